/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart requests: OpenFlow 1.0.1 section 5.3.5, 1.3.5 section 7.3.5. */
#include "messages/multipart.h"

#include "fields/match10.h"
#include "messages/message.h"
#include "messages/multipart_numbers.h"

#include <stdlib.h>
#include <string.h>

#define V10 OFP_VERSION_10
#define V13 OFP_VERSION_13
#define V14 OFP_VERSION_14
#define V15 OFP_VERSION_15

static int
find_kind(struct ofp_reader *r, uint32_t code, uint32_t experimenter)
{
	struct ofp_multipart *mp = &r->m->multipart;

	for (int i = 0; i < OFP_N_STATS; i++) {
		struct ofp_multipart_number n;

		if (ofp_multipart_number((enum ofp_stats)i, experimenter, r->version, &n) &&
		    n.code == code && n.experimenter == experimenter) {
			mp->kind = (enum ofp_stats)i;
			mp->experimenter = experimenter;
			return 0;
		}
	}
	return ofp_refuse(r->err, experimenter ? OFP_E_BR_BAD_EXP_TYPE : OFP_E_BR_BAD_STAT,
			  "multipart: kind %u is not supported in version 0x%02x", code,
			  r->version);
}

static int
read_kind(struct ofp_reader *r)
{
	const uint8_t *p = ofp_take(&r->body, r->version > V10 ? 8 : 4);
	uint16_t code = ofp_get_u16(p);

	/* In 1.0 requests have no flags. */
	r->m->multipart.more = r->version > V10 && (ofp_get_u16(p + 2) & OFP_MULTIPART_MORE);
	if (code != OFP_MULTIPART_EXPERIMENTER)
		return find_kind(r, code, 0);
	p = ofp_pull(&r->body, r->version > V10 ? 8 : 12);
	if (!p)
		return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
				  "multipart: the message is too short for a header");
	if (ofp_get_u32(p) != OFP_NICIRA && ofp_get_u32(p) != OFP_ONF)
		return ofp_refuse(r->err, OFP_E_BR_BAD_EXPERIMENTER,
				  "multipart: experimenter 0x%x; expected 0x%x or 0x%x",
				  ofp_get_u32(p), OFP_NICIRA, OFP_ONF);
	return find_kind(r, ofp_get_u32(p + 4), ofp_get_u32(p));
}

static int
refuse_length(struct ofp_reader *r)
{
	return ofp_refuse(r->err, OFP_E_BR_BAD_LEN,
			  "multipart: wrong length of the body, %zu bytes", r->body.n);
}

static int
set_table(struct ofp_reader *r, uint8_t table)
{
	r->m->multipart.filter.table = table;
	if (table < XLATE_TABLES || table == XLATE_TABLE_ALL)
		return 0;
	return ofp_refuse(r->err, OFP_E_BR_BAD_TABLE_ID,
			  "multipart: table %u; expected 0..%d or %d", table, XLATE_TABLES - 1,
			  XLATE_TABLE_ALL);
}

static int
read_flow10(struct ofp_reader *r)
{
	struct xlate_flow_mod *filter = &r->m->multipart.filter;

	if (r->body.n != 44)
		return refuse_length(r);
	ofp_match10_read(r->body.p, &filter->match);
	filter->out_port = ofp_get_u16(r->body.p + 42);
	return set_table(r, r->body.p[40]);
}

static int
read_flow_nxm(struct ofp_reader *r)
{
	struct xlate_flow_mod *filter = &r->m->multipart.filter;
	const uint8_t *p = ofp_pull(&r->body, 8);
	struct ofp_cookie cookie;
	int rc;

	if (!p)
		return refuse_length(r);
	filter->out_port = ofp_get_u16(p);
	rc = set_table(r, p[4]);
	if (!rc)
		rc = ofp_nxm_match_pull(&r->body, r->ctx->br, ofp_get_u16(p + 2), &filter->match,
					&cookie, r->err);
	if (rc)
		return rc;
	filter->cookie = cookie.value;
	filter->cookie_mask = cookie.mask;
	return r->body.n ? refuse_length(r) : 0;
}

static int
read_flow13(struct ofp_reader *r)
{
	struct xlate_flow_mod *filter = &r->m->multipart.filter;
	const uint8_t *p = ofp_pull(&r->body, 32);
	int rc;

	if (!p)
		return refuse_length(r);
	filter->out_group = ofp_get_u32(p + 8);
	filter->has_out_group = filter->out_group != XLATE_GROUP_ANY;
	filter->cookie_mask = ofp_get_u64(p + 24);
	filter->cookie = ofp_get_u64(p + 16) & filter->cookie_mask;
	rc = set_table(r, p[0]);
	if (!rc)
		rc = ofp_port_from32(ofp_get_u32(p + 4), OFP_E_BA_BAD_OUT_PORT, &filter->out_port,
				     r->err);
	if (!rc)
		rc = ofp_oxm_match_pull(&r->body, r->ctx->br, true, &filter->match, r->err);
	if (rc)
		return rc;
	return r->body.n ? refuse_length(r) : 0;
}

static int
read_flow(struct ofp_reader *r)
{
	r->m->multipart.filter.command = XLATE_DELETE;
	if (r->m->multipart.experimenter)
		return read_flow_nxm(r);
	return r->version == V10 ? read_flow10(r) : read_flow13(r);
}

static int
read_port(struct ofp_reader *r)
{
	struct ofp_multipart *mp = &r->m->multipart;

	if (r->body.n != 8)
		return refuse_length(r);
	mp->queue = ofp_get_u32(r->body.p + 4);
	if (r->version > V10)
		return ofp_port_from32(ofp_get_u32(r->body.p), OFP_E_BR_BAD_PORT, &mp->port,
				       r->err);
	mp->port = ofp_get_u16(r->body.p);
	if (mp->kind == OFP_STATS_QUEUE && mp->port == XLATE_PORT_ALL)
		mp->port = XLATE_PORT_NONE;
	return 0;
}

static int
read_id(struct ofp_reader *r, uint32_t *id)
{
	if (r->body.n != 8)
		return refuse_length(r);
	*id = ofp_get_u32(r->body.p);
	return 0;
}

static int
add_monitor(struct ofp_reader *r, const struct ofp_monitor *mon)
{
	struct ofp_multipart *mp = &r->m->multipart;
	size_t n = mp->n_monitors;

	if (!(n & (n - 1))) {
		struct ofp_monitor *more = realloc(mp->monitors, (n ? 2 * n : 1) * sizeof *more);

		if (!more)
			return -ENOMEM;
		mp->monitors = more;
	}
	mp->monitors[mp->n_monitors++] = *mon;
	return 0;
}

static int
check_monitor(struct ofp_reader *r, const struct ofp_monitor *mon, uint16_t known)
{
	if (mon->command != OFP_MONITOR_CMD_DELETE &&
	    (mon->flags & ~known ||
	     !(mon->flags & (OFP_MONITOR_ADD | OFP_MONITOR_REMOVED | OFP_MONITOR_MODIFY))))
		return ofp_refuse(r->err, OFP_E_MO_BAD_FLAGS,
				  "monitor: flags 0x%x; expected bits of 0x%x, one of add, removed "
				  "or modified among them",
				  mon->flags, known);
	if (mon->table >= XLATE_TABLES && mon->table != XLATE_TABLE_ALL)
		return ofp_refuse(r->err, OFP_E_MO_BAD_TABLE_ID, "monitor: table %u is unknown",
				  mon->table);
	return 0;
}

static int
read_monitor_nxm(struct ofp_reader *r)
{
	struct ofp_monitor mon = {.command = OFP_MONITOR_CMD_ADD, .out_group = XLATE_GROUP_ANY};
	const uint8_t *p = ofp_pull(&r->body, 16);
	int rc;

	if (!p)
		return refuse_length(r);
	mon.id = ofp_get_u32(p);
	mon.flags = ofp_get_u16(p + 4);
	mon.out_port = ofp_get_u16(p + 6);
	mon.table = p[10];
	rc = check_monitor(r, &mon, OFP_MONITOR_ONLY_OWN - 1);
	if (!rc)
		rc = ofp_nxm_match_pull(&r->body, r->ctx->br, ofp_get_u16(p + 8), &mon.match, NULL,
					r->err);
	return rc ? rc : add_monitor(r, &mon);
}

/* ONF's form for 1.3: Nicira's, with ports and matches of that version. */
static int
read_monitor_onf(struct ofp_reader *r)
{
	struct ofp_monitor mon = {.command = OFP_MONITOR_CMD_ADD, .out_group = XLATE_GROUP_ANY};
	const uint8_t *p = ofp_pull(&r->body, 16);
	int rc;

	if (!p)
		return refuse_length(r);
	mon.id = ofp_get_u32(p);
	mon.flags = ofp_get_u16(p + 4);
	mon.table = p[12];
	rc = ofp_port_from32(ofp_get_u32(p + 8), OFP_E_MO_BAD_OUT, &mon.out_port, r->err);
	if (!rc)
		rc = check_monitor(r, &mon, OFP_MONITOR_ONLY_OWN - 1);
	if (!rc)
		rc = ofp_oxm_match_pull(&r->body, r->ctx->br, true, &mon.match, r->err);
	return rc ? rc : add_monitor(r, &mon);
}

static int
read_monitor14(struct ofp_reader *r)
{
	const uint8_t *p = ofp_pull(&r->body, 16);
	struct ofp_monitor mon;
	int rc;

	if (!p)
		return refuse_length(r);
	mon.id = ofp_get_u32(p);
	mon.out_group = ofp_get_u32(p + 8);
	mon.flags = ofp_get_u16(p + 12);
	mon.table = p[14];
	mon.command = (enum ofp_monitor_command)p[15];
	if (p[15] > OFP_MONITOR_CMD_DELETE)
		return ofp_refuse(r->err, OFP_E_MO_BAD_COMMAND, "monitor: command %u is unknown",
				  p[15]);
	rc = ofp_port_from32(ofp_get_u32(p + 4), OFP_E_MO_BAD_OUT, &mon.out_port, r->err);
	if (!rc)
		rc = check_monitor(r, &mon, 2 * OFP_MONITOR_ONLY_OWN - 1);
	if (!rc)
		rc = ofp_oxm_match_pull(&r->body, r->ctx->br, true, &mon.match, r->err);
	return rc ? rc : add_monitor(r, &mon);
}

static int
read_monitors(struct ofp_reader *r)
{
	ofp_read_fn *read = r->version == V10	? read_monitor_nxm
			    : r->version == V13 ? read_monitor_onf
						: read_monitor14;
	int rc = 0;

	while (!rc && r->body.n)
		rc = read(r);
	return rc;
}

static int
read_body(struct ofp_reader *r)
{
	struct ofp_multipart *mp = &r->m->multipart;

	switch (mp->kind) {
	case OFP_STATS_FLOW:
	case OFP_STATS_AGGREGATE:
		return read_flow(r);
	case OFP_STATS_PORT:
	case OFP_STATS_QUEUE:
	case OFP_STATS_QUEUE_DESC:
		return read_port(r);
	case OFP_STATS_GROUP:
		return read_id(r, &mp->group);
	case OFP_STATS_METER:
	case OFP_STATS_METER_CONFIG:
		return read_id(r, &mp->meter);
	case OFP_STATS_FLOW_MONITOR:
		return read_monitors(r);
	case OFP_STATS_TABLE_FEATURES:
		return ofp_own_bytes(&r->body, &mp->body, &mp->n_body);
	case OFP_STATS_GROUP_DESC: /* Nicira's of 1.0 has the form of 1.5 */
		return r->version >= V15 || mp->experimenter ? read_id(r, &mp->group)
		       : r->body.n			     ? refuse_length(r)
							     : 0;
	case OFP_STATS_PORT_DESC:
		return r->version >= V15 ? read_port(r) : r->body.n ? refuse_length(r) : 0;
	default:
		return r->body.n ? refuse_length(r) : 0;
	}
}

int
ofp_read_multipart(struct ofp_reader *r)
{
	struct ofp_multipart *mp = &r->m->multipart;
	int rc = read_kind(r);

	/* Only TABLE_FEATURES requests may span several messages. */
	if (!rc && mp->more && mp->kind != OFP_STATS_TABLE_FEATURES)
		rc = ofp_refuse(r->err, OFP_E_BR_MULTIPART_OVERFLOW,
				"multipart: a request in several messages is not accepted");
	mp->port = XLATE_PORT_NONE;
	mp->queue = OFP_QUEUE_ALL;
	mp->group = XLATE_GROUP_EVERY;
	mp->meter = XLATE_METER_EVERY;
	mp->table = XLATE_TABLE_ALL;
	mp->filter.out_port = XLATE_PORT_NONE;
	mp->filter.table = XLATE_TABLE_ALL;
	return rc ? rc : read_body(r);
}

static void
put_flow_nxm(struct ofp_buffer *b, const struct xlate_flow_mod *f)
{
	struct ofp_cookie cookie = {f->cookie, f->cookie_mask};
	size_t length = b->n + 2, start = b->n + 8;

	ofp_put_u16(b, f->out_port);
	ofp_put_u16(b, 0);
	ofp_put_u8(b, f->table);
	ofp_put_zeros(b, 3);
	ofp_match_fields_put(b, &f->match, V10);
	ofp_cookie_put(b, &cookie);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}

static void
put_flow(struct ofp_buffer *b, const struct ofp_multipart *mp, uint8_t version)
{
	const struct xlate_flow_mod *f = &mp->filter;

	if (mp->experimenter) {
		put_flow_nxm(b, f);
	} else if (version == V10) {
		ofp_match10_put(b, &f->match);
		ofp_put_u8(b, f->table);
		ofp_put_u8(b, 0);
		ofp_put_u16(b, f->out_port);
	} else {
		ofp_put_u8(b, f->table);
		ofp_put_zeros(b, 3);
		ofp_put_u32(b, ofp_port_to32(f->out_port));
		ofp_put_u32(b, f->has_out_group ? f->out_group : XLATE_GROUP_ANY);
		ofp_put_zeros(b, 4);
		ofp_put_u64(b, f->cookie);
		ofp_put_u64(b, f->cookie_mask);
		ofp_oxm_match_put(b, &f->match, version);
	}
}

static void
put_monitor_nxm(struct ofp_buffer *b, const struct ofp_monitor *mon)
{
	size_t length = b->n + 8, start = b->n + 16;

	ofp_put_u32(b, mon->id);
	ofp_put_u16(b, mon->flags);
	ofp_put_u16(b, mon->out_port);
	ofp_put_u16(b, 0);
	ofp_put_u8(b, mon->table);
	ofp_put_zeros(b, 5);
	ofp_match_fields_put(b, &mon->match, V10);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
	ofp_put_pad8(b, start);
}

static void
put_monitor_onf(struct ofp_buffer *b, const struct ofp_monitor *mon)
{
	size_t length = b->n + 6, start = b->n + 16;

	ofp_put_u32(b, mon->id);
	ofp_put_u16(b, mon->flags);
	ofp_put_u16(b, 0);
	ofp_put_u32(b, ofp_port_to32(mon->out_port));
	ofp_put_u8(b, mon->table);
	ofp_put_zeros(b, 3);
	ofp_oxm_match_put(b, &mon->match, V13);
	ofp_set_u16(b, length, (uint16_t)(b->n - start));
}

static void
put_monitors(struct ofp_buffer *b, const struct ofp_multipart *mp, uint8_t version)
{
	for (size_t i = 0; i < mp->n_monitors; i++) {
		const struct ofp_monitor *mon = &mp->monitors[i];

		if (mp->experimenter) {
			if (version == V10)
				put_monitor_nxm(b, mon);
			else
				put_monitor_onf(b, mon);
			continue;
		}
		ofp_put_u32(b, mon->id);
		ofp_put_u32(b, ofp_port_to32(mon->out_port));
		ofp_put_u32(b, mon->out_group);
		ofp_put_u16(b, mon->flags);
		ofp_put_u8(b, mon->table);
		ofp_put_u8(b, (uint8_t)mon->command);
		ofp_oxm_match_put(b, &mon->match, version);
	}
}

static void
put_port(struct ofp_buffer *b, const struct ofp_multipart *mp, uint8_t version)
{
	bool queued = mp->kind == OFP_STATS_QUEUE || mp->kind == OFP_STATS_QUEUE_DESC;

	if (version == V10) {
		ofp_put_u16(b, mp->port);
		ofp_put_zeros(b, 2);
	} else {
		ofp_put_u32(b, ofp_port_to32(mp->port));
	}
	ofp_put_u32(b, queued ? mp->queue : 0);
}

static void
put_id(struct ofp_buffer *b, uint32_t id)
{
	ofp_put_u32(b, id);
	ofp_put_zeros(b, 4);
}

static void
put_body(struct ofp_buffer *b, const struct ofp_multipart *mp, uint8_t version)
{
	switch (mp->kind) {
	case OFP_STATS_FLOW:
	case OFP_STATS_AGGREGATE:
		put_flow(b, mp, version);
		break;
	case OFP_STATS_PORT:
	case OFP_STATS_QUEUE:
	case OFP_STATS_QUEUE_DESC:
		put_port(b, mp, version);
		break;
	case OFP_STATS_GROUP:
		put_id(b, mp->group);
		break;
	case OFP_STATS_METER:
	case OFP_STATS_METER_CONFIG:
		put_id(b, mp->meter);
		break;
	case OFP_STATS_FLOW_MONITOR:
		put_monitors(b, mp, version);
		break;
	case OFP_STATS_GROUP_DESC:
		if (version >= V15 || mp->experimenter)
			put_id(b, mp->group);
		break;
	case OFP_STATS_PORT_DESC:
		if (version >= V15)
			put_port(b, mp, version);
		break;
	default:
		break;
	}
}

void
ofp_put_multipart(struct ofp_buffer *b, const struct ofp_message *m, uint8_t version)
{
	const struct ofp_multipart *mp = &m->multipart;
	struct ofp_multipart_number number;

	ofp_multipart_number(mp->kind, mp->experimenter, version, &number);
	ofp_put_u16(b, mp->experimenter ? OFP_MULTIPART_EXPERIMENTER : (uint16_t)number.code);
	ofp_put_u16(b, mp->more ? OFP_MULTIPART_MORE : 0);
	if (version > V10)
		ofp_put_zeros(b, 4);
	if (mp->experimenter) {
		ofp_put_u32(b, number.experimenter);
		ofp_put_u32(b, number.code);
		ofp_put_zeros(b, version > V10 ? 0 : 4);
	}
	put_body(b, mp, version);
}
