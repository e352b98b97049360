/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/frame.h"

#include "bridge/mirror_set.h"
#include "bridge/port.h"
#include "run/consult.h"
#include "run/tags.h"
#include "translate/port_run.h"

#include <arpa/inet.h>
#include <net/ethernet.h>

/* Addresses of protocols between neighbours, as listed in ovs-vswitchd.conf.db(5). */
static const struct {
	uint8_t mac[6];
	uint8_t n_more; /* number of addresses that follow this one */
} reserved[] = {
	{{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00}, 15}, /* IEEE 802.1D: STP, pause, LACP, LLDP .. */
	{{0x00, 0xe0, 0x2b, 0x00, 0x00, 0x00}, 0},  /* Extreme Networks: discovery (EDP) */
	{{0x00, 0xe0, 0x2b, 0x00, 0x00, 0x04}, 0},  /* protection switching (EAPS) */
	{{0x00, 0xe0, 0x2b, 0x00, 0x00, 0x06}, 0},
	{{0x01, 0x00, 0x0c, 0x00, 0x00, 0x00}, 0}, /* Cisco: ISL */
	{{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc}, 1}, /* CDP, VTP, DTP, PAgP, UDLD; PVST+ */
	{{0x01, 0x00, 0x0c, 0xcd, 0xcd, 0xcd}, 0}, /* uplink fast, FlexLink */
	{{0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xc0}, 7}, /* CFM */
};

bool
frame_is_reserved(struct run *run)
{
	const struct flow_field *f = &flow_fields[FLOW_FIELD_ETH_DST];
	const uint8_t *dst = run->key.flow.eth_dst.b;
	struct flow_value ones;

	flow_field_ones(f, &ones);
	consult_field(run, f, &ones);
	for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
		const uint8_t *first = reserved[i].mac;

		if (!memcmp(dst, first, 5) && dst[5] >= first[5] &&
		    dst[5] <= first[5] + reserved[i].n_more)
			return true;
	}
	return false;
}

static bool
has_inner_vlan(struct run *run, struct frame *f)
{
	if (!f->tagged)
		return false;
	if (f->inner == INNER_UNKNOWN) {
		f->inner = INNER_NONE;
		if (tags_present(run, 1)) {
			tags_consult(run, 1, htons(FLOW_VLAN_VID), 0);
			if (run->key.flow.vlan[1].tci & htons(FLOW_VLAN_VID))
				f->inner = INNER_VLAN;
		}
	}
	return f->inner == INNER_VLAN;
}

/* A tag with VID 0 carries only a priority. */
bool
frame_admit(struct run *run, struct frame *f)
{
	const struct port *port = f->in;

	f->inner = INNER_UNKNOWN;
	f->tagged = tags_present(run, 0);
	if (f->tagged) {
		tags_consult(run, 0, htons(FLOW_VLAN_VID), 0);
		f->vid = ntohs(run->key.flow.vlan[0].tci) & FLOW_VLAN_VID;
	}
	/* The tag of a trunk port is 0. */
	f->vlan = f->vid ? f->vid : port->config.tag;
	if (port_in_vlan(port, f->vlan) && !(f->vid && port->config.vlan_mode == XLATE_VLAN_ACCESS))
		return true;
	run_note(run, "VLAN %u is not accepted by port %s", f->vid, port->name);
	return false;
}

/* Returns true if frames of the VLAN are sent without its tag. */
static bool
strips(const struct port *port, uint16_t vlan)
{
	const struct xlate_port *c = &port->config;

	return c->vlan_mode == XLATE_VLAN_ACCESS ||
	       (c->vlan_mode == XLATE_VLAN_NATIVE_UNTAGGED && vlan == c->tag);
}

/* A frame with a second tag is sent only where the first tag stays. Removing the first would expose
 * the second, which an attacker may have added to reach another VLAN at the next switch. */
bool
frame_is_taken(struct run *run, struct frame *f, const struct port *port)
{
	const struct mirror_port *mirrors = port_mirrors(run->ports, port);

	if (!port_in_vlan(port, f->vlan) || (mirrors && mirrors->reserved))
		return false;
	return !strips(port, f->vlan) || !has_inner_vlan(run, f);
}

/* Returns the change of tags that the port requires. */
static enum egress
frame_egress(const struct frame *f, const struct port *port)
{
	if (!f->vlan || strips(port, f->vlan))
		return f->tagged ? EGRESS_UNTAG : EGRESS_AS_IS;
	return f->tagged && f->vid == f->vlan ? EGRESS_AS_IS : EGRESS_TAG;
}

/* Changes the tags for copies to be sent. Returns false if the packet has no room for the tag. */
static bool
frame_apply(struct run *run, const struct frame *f, enum egress how)
{
	if (how == EGRESS_UNTAG)
		tags_pop(run);
	else if (how == EGRESS_TAG && f->tagged)
		tags_write(run, 0, htons(f->vlan), htons(FLOW_VLAN_VID));
	else if (how == EGRESS_TAG)
		return tags_push(run, htons(ETHERTYPE_VLAN), htons(f->vlan));
	return true;
}

void
frame_send(struct run *run, const struct frame *f, const struct port *port)
{
	struct tags saved = run->tags;

	if (frame_apply(run, f, frame_egress(f, port)))
		run_output(run, port);
	tags_restore(run, &saved);
}

static void
flood_how(struct run *run, struct frame *f, uint32_t left_out, enum egress how)
{
	const struct port *port = NULL;
	struct tags saved = run->tags;
	bool applied = false;

	while (!run->end.stop && (port = port_set_next(run->ports, port)) != NULL) {
		if (port == f->not_to || !frame_is_taken(run, f, port) ||
		    frame_egress(f, port) != how || (port_flags(port) & left_out))
			continue;
		if (!applied && !frame_apply(run, f, how))
			break;
		applied = true;
		run_output(run, port);
	}
	tags_restore(run, &saved);
}

void
frame_flood(struct run *run, struct frame *f, uint32_t left_out)
{
	run_steps(run, port_set_count(run->ports) * N_EGRESS);
	for (enum egress how = EGRESS_AS_IS; how < N_EGRESS && !run->end.stop; how++)
		flood_how(run, f, left_out, how);
}
