/* SPDX-License-Identifier: Apache-2.0 */
/* Ports: descriptions and changes; the features of a switch. */
#include "messages/message_port.h"

#include "messages/message.h"
#include "wire/property.h"

#include <string.h>

#define PROP_ETHERNET 0
#define NAME_BYTES 16
/* Bits of links in 1.0: those for 40 Gbit/s and faster are missing, and the bits above 10 Gbit/s
 * are shifted down. */
#define LINKS_10_COMMON 0x7f
#define LINKS_10_SHIFTED (0x1fu << 7)
#define LINKS_10_SHIFT 4
#define LINK_DOWN_10 1

static uint32_t
links_to10(uint32_t links)
{
	return (links & LINKS_10_COMMON) | (links >> LINKS_10_SHIFT & LINKS_10_SHIFTED);
}

static uint32_t
links_from10(uint32_t links)
{
	return (links & LINKS_10_COMMON) | (links & LINKS_10_SHIFTED) << LINKS_10_SHIFT;
}

#define CONFIG_13                                                                                  \
	(XLATE_CONFIG_DOWN | XLATE_CONFIG_NO_RECV | XLATE_CONFIG_NO_FWD | XLATE_CONFIG_NO_PACKET_IN)
#define CONFIG_10                                                                                  \
	(CONFIG_13 | XLATE_CONFIG_NO_STP | XLATE_CONFIG_NO_RECV_STP | XLATE_CONFIG_NO_FLOOD)

static void
put_port10(struct ofp_buffer *b, const struct ofp_port *p)
{
	ofp_put_u16(b, p->number);
	ofp_put(b, p->mac.b, sizeof p->mac.b);
	ofp_put_text(b, p->name, NAME_BYTES);
	ofp_put_u32(b, p->config & CONFIG_10);
	ofp_put_u32(b, p->state & LINK_DOWN_10);
	ofp_put_u32(b, links_to10(p->curr));
	ofp_put_u32(b, links_to10(p->advertised));
	ofp_put_u32(b, links_to10(p->supported));
	ofp_put_u32(b, links_to10(p->peer));
}

static void
put_links(struct ofp_buffer *b, const struct ofp_port *p)
{
	ofp_put_u32(b, p->curr);
	ofp_put_u32(b, p->advertised);
	ofp_put_u32(b, p->supported);
	ofp_put_u32(b, p->peer);
	ofp_put_u32(b, p->curr_speed_kbps);
	ofp_put_u32(b, p->max_speed_kbps);
}

void
ofp_put_port(struct ofp_buffer *b, const struct ofp_port *p, uint8_t version)
{
	if (version == OFP_VERSION_10) {
		put_port10(b, p);
		return;
	}
	ofp_put_u32(b, ofp_port_to32(p->number));
	if (version >= OFP_VERSION_14) {
		ofp_put_u16(b, 40 + 32);
		ofp_put_zeros(b, 2);
	} else {
		ofp_put_zeros(b, 4);
	}
	ofp_put(b, p->mac.b, sizeof p->mac.b);
	ofp_put_zeros(b, 2);
	ofp_put_text(b, p->name, NAME_BYTES);
	ofp_put_u32(b, p->config & CONFIG_13);
	ofp_put_u32(b, p->state);
	if (version >= OFP_VERSION_14) {
		ofp_put_u16(b, PROP_ETHERNET);
		ofp_put_u16(b, 32);
		ofp_put_zeros(b, 4);
	}
	put_links(b, p);
}

void
ofp_put_port_status(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	ofp_put_u8(b, (uint8_t)m->port_status.reason);
	ofp_put_zeros(b, 7);
	ofp_put_port(b, &m->port_status.port, version);
}

/* All actions of 1.0. */
#define ACTIONS_10 0xfff
#define FEATURES_PORTS_MAX ((UINT16_MAX - 32) / 48)

void
ofp_put_features(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_features *f = &m->features;
	uint32_t known = OFP_CAP_FLOW_STATS | OFP_CAP_TABLE_STATS | OFP_CAP_PORT_STATS |
			 OFP_CAP_IP_REASM | OFP_CAP_QUEUE_STATS;

	if (version == OFP_VERSION_10)
		known |= OFP_CAP_ARP_MATCH_IP;
	else
		known |= OFP_CAP_GROUP_STATS | OFP_CAP_PORT_BLOCKED;
	if (version >= OFP_VERSION_14)
		known |= OFP_CAP_BUNDLES;
	if (version >= OFP_VERSION_15)
		known |= OFP_CAP_FLOW_MONITORING;
	ofp_put_u64(b, f->datapath_id);
	ofp_put_u32(b, f->n_buffers);
	ofp_put_u8(b, f->n_tables);
	ofp_put_u8(b, version == OFP_VERSION_10 ? 0 : f->auxiliary_id);
	ofp_put_zeros(b, 2);
	ofp_put_u32(b, f->capabilities & known);
	ofp_put_u32(b, version == OFP_VERSION_10 ? ACTIONS_10 : 0);
	for (size_t i = 0; version == OFP_VERSION_10 && i < f->n_ports && i < FEATURES_PORTS_MAX;
	     i++)
		put_port10(b, &f->ports[i]);
}

static int
check_config(struct ofp_reader *r, uint32_t known)
{
	if (r->m->port_mod.mask & ~known || r->m->port_mod.config & ~known)
		return ofp_refuse(r->err, OFP_E_PM_BAD_CONFIG,
				  "port_mod: config 0x%x with mask 0x%x; expected bits of 0x%x",
				  r->m->port_mod.config, r->m->port_mod.mask, known);
	return 0;
}

int
ofp_read_port_mod10(struct ofp_reader *r)
{
	struct ofp_port_mod *pm = &r->m->port_mod;
	const uint8_t *p = r->body.p;

	pm->number = ofp_get_u16(p);
	memcpy(pm->mac.b, p + 2, sizeof pm->mac.b);
	pm->config = ofp_get_u32(p + 8);
	pm->mask = ofp_get_u32(p + 12);
	pm->advertise = links_from10(ofp_get_u32(p + 16));
	return check_config(r, CONFIG_10);
}

static int
read_head(struct ofp_reader *r)
{
	struct ofp_port_mod *pm = &r->m->port_mod;
	const uint8_t *p = ofp_take(&r->body, 24);

	memcpy(pm->mac.b, p + 8, sizeof pm->mac.b);
	pm->config = ofp_get_u32(p + 16);
	pm->mask = ofp_get_u32(p + 20);
	return ofp_port_from32(ofp_get_u32(p), OFP_E_PM_BAD_PORT, &pm->number, r->err);
}

int
ofp_read_port_mod13(struct ofp_reader *r)
{
	int rc = read_head(r);

	r->m->port_mod.advertise = ofp_get_u32(r->body.p);
	return rc ? rc : check_config(r, CONFIG_13);
}

int
ofp_read_port_mod14(struct ofp_reader *r)
{
	int rc = read_head(r);

	while (!rc && r->body.n) {
		struct ofp_property prop;

		rc = ofp_property_pull(&r->body, &prop, r->err);
		if (rc)
			break;
		if (prop.type != PROP_ETHERNET || prop.n != 4)
			rc = ofp_property_refuse(&prop, "port_mod", r->err);
		else
			r->m->port_mod.advertise = ofp_get_u32(prop.p);
	}
	return rc ? rc : check_config(r, CONFIG_13);
}

void
ofp_put_port_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_port_mod *pm = &m->port_mod;

	if (version == OFP_VERSION_10) {
		ofp_put_u16(b, pm->number);
		ofp_put(b, pm->mac.b, sizeof pm->mac.b);
	} else {
		ofp_put_u32(b, ofp_port_to32(pm->number));
		ofp_put_zeros(b, 4);
		ofp_put(b, pm->mac.b, sizeof pm->mac.b);
		ofp_put_zeros(b, 2);
	}
	ofp_put_u32(b, pm->config);
	ofp_put_u32(b, pm->mask);
	if (version >= OFP_VERSION_14) {
		ofp_put_u16(b, PROP_ETHERNET);
		ofp_put_u16(b, 8);
	}
	ofp_put_u32(b, version == OFP_VERSION_10 ? links_to10(pm->advertise) : pm->advertise);
	ofp_put_zeros(b, version >= OFP_VERSION_14 ? 0 : 4);
}

#define PROP_EVICTION 2
#define PROP_VACANCY 3

static int
read_table_property(struct ofp_reader *r)
{
	struct ofp_table_mod *tm = &r->m->table_mod;
	struct ofp_property prop;
	int rc = ofp_property_pull(&r->body, &prop, r->err);

	if (rc)
		return rc;
	if (prop.type == PROP_EVICTION && prop.n == 4) {
		tm->has_eviction = true;
		tm->eviction = ofp_get_u32(prop.p);
	} else if (prop.type == PROP_VACANCY && prop.n == 4) {
		tm->has_vacancy = true;
		tm->vacancy_down = prop.p[0];
		tm->vacancy_up = prop.p[1];
		if (tm->vacancy_down > tm->vacancy_up || tm->vacancy_up > 100)
			return ofp_refuse(r->err, OFP_E_BP_BAD_VALUE,
					  "table_mod: vacancy from %u to %u; expected two "
					  "percentages, the lower one first",
					  tm->vacancy_down, tm->vacancy_up);
	} else {
		return ofp_property_refuse(&prop, "table_mod", r->err);
	}
	return 0;
}

int
ofp_read_table_mod(struct ofp_reader *r)
{
	struct ofp_table_mod *tm = &r->m->table_mod;
	const uint8_t *p = ofp_take(&r->body, 8);
	uint32_t known = r->version >= OFP_VERSION_14
				 ? OFP_TABLE_EVICTION | OFP_TABLE_VACANCY_EVENTS
				 : 3; /* bits of 1.1 that 1.3 keeps without meaning */
	int rc = 0;

	tm->table = p[0];
	tm->config = ofp_get_u32(p + 4);
	if (tm->config & ~known)
		return ofp_refuse(r->err, OFP_E_TM_BAD_CONFIG,
				  "table_mod: config 0x%x; expected bits of 0x%x", tm->config,
				  known);
	if (r->version < OFP_VERSION_14 && r->body.n)
		return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
				  "table_mod: the message is %zu bytes too long", r->body.n);
	while (!rc && r->body.n)
		rc = read_table_property(r);
	return rc;
}

void
ofp_put_table_mod(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_table_mod *tm = &m->table_mod;

	ofp_put_u8(b, tm->table);
	ofp_put_zeros(b, 3);
	ofp_put_u32(b, tm->config);
	if (version >= OFP_VERSION_14 && tm->has_eviction) {
		ofp_put_u16(b, PROP_EVICTION);
		ofp_put_u16(b, 8);
		ofp_put_u32(b, tm->eviction);
	}
	if (version >= OFP_VERSION_14 && tm->has_vacancy) {
		ofp_put_u16(b, PROP_VACANCY);
		ofp_put_u16(b, 8);
		ofp_put_u8(b, tm->vacancy_down);
		ofp_put_u8(b, tm->vacancy_up);
		ofp_put_zeros(b, 2);
	}
}
