/* SPDX-License-Identifier: Apache-2.0 */
/* The NORMAL action: a learning bridge with VLANs, as IEEE 802.1Q has it. */
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>

/* What must happen to the tags before a copy goes out. Copies that go out as the packet is come
 * first: a tag that was popped would have to be known in full to be pushed again. */
enum egress { EGRESS_AS_IS, EGRESS_TAG, EGRESS_UNTAG, N_EGRESS };

struct frame {
	const struct port *in;
	uint16_t vlan; /* that it belongs to */
	bool tagged;
	uint16_t vid; /* of its tag */
	bool inner;   /* has a VLAN in its second tag */
};

static void
normal_refuse(struct run *run, enum flow_drop why)
{
	if (run->why == FLOW_DROP_EXPLICIT)
		run->why = why;
}

static void
consult_whole(struct run *run, enum flow_field_id id)
{
	struct flow_value ones;

	flow_field_ones(&flow_fields[id], &ones);
	consult_field(run, &flow_fields[id], &ones);
}

/* IEEE 802.1D: link-constrained protocols, never forwarded by a bridge. */
static bool
is_reserved(const struct flow_mac *m)
{
	static const uint8_t prefix[5] = {0x01, 0x80, 0xc2, 0x00, 0x00};

	return !memcmp(m->b, prefix, sizeof prefix) && (m->b[5] & 0xf0) == 0;
}

static bool
has_inner_vlan(struct run *run)
{
	if (!tags_present(run, 1))
		return false;
	tags_consult(run, 1, htons(FLOW_VLAN_VID), 0);
	return run->key.flow.vlan[1].tci & htons(FLOW_VLAN_VID);
}

/* VLAN that the frame belongs to. False: the port does not take it. A tag with VID 0 only carries a
 * priority. */
static bool
admit(struct run *run, struct frame *f)
{
	const struct port *port = f->in;

	f->tagged = tags_present(run, 0);
	if (f->tagged) {
		tags_consult(run, 0, htons(FLOW_VLAN_VID), 0);
		f->vid = ntohs(run->key.flow.vlan[0].tci) & FLOW_VLAN_VID;
		f->inner = has_inner_vlan(run);
	}
	if (port->config.vlan_mode == XLATE_VLAN_ACCESS) {
		f->vlan = port->config.tag;
		if (!f->vid)
			return true;
	} else {
		f->vlan = f->vid;
		if (port_in_vlan(port, f->vid))
			return true;
	}
	run_note(run, "VLAN %u is not taken by port %s, dropping", f->vid, port->name);
	return false;
}

/* Behind an access port nobody knows tags. A second tag that the first one's removal would bring out
 * may be there to get the frame into another VLAN at the next switch, so it goes to trunks only. */
static bool
port_takes(const struct port *port, const struct frame *f)
{
	return port_in_vlan(port, f->vlan) &&
	       !(f->inner && port->config.vlan_mode == XLATE_VLAN_ACCESS);
}

static enum egress
egress_of(const struct frame *f, const struct port *port)
{
	if (port->config.vlan_mode == XLATE_VLAN_ACCESS || !f->vlan)
		return f->tagged ? EGRESS_UNTAG : EGRESS_AS_IS;
	return f->tagged && f->vid == f->vlan ? EGRESS_AS_IS : EGRESS_TAG;
}

/* False: no room for the tag. */
static bool
egress_apply(struct run *run, const struct frame *f, enum egress how)
{
	if (how == EGRESS_UNTAG)
		tags_pop(run);
	else if (how == EGRESS_TAG && f->tagged)
		tags_write(run, 0, htons(f->vlan), htons(FLOW_VLAN_VID));
	else if (how == EGRESS_TAG)
		return tags_push(run, htons(ETHERTYPE_VLAN), htons(f->vlan));
	return true;
}

static void
send_one(struct run *run, const struct frame *f, const struct port *port)
{
	struct tags saved = run->tags;

	if (egress_apply(run, f, egress_of(f, port)))
		run_output(run, port);
	tags_restore(run, &saved);
}

static void
flood_how(struct run *run, const struct frame *f, enum egress how)
{
	const struct port_set *set = run->ports;
	struct tags saved = run->tags;
	bool applied = false;

	for (size_t i = 0; i < set->n && !run->stop; i++) {
		const struct port *port = set->port[i];

		if (port == f->in || !port_takes(port, f) || egress_of(f, port) != how ||
		    (port_flags(port) & XLATE_CONFIG_NO_FLOOD))
			continue;
		if (!applied && !egress_apply(run, f, how))
			break;
		applied = true;
		run_output(run, port);
	}
	tags_restore(run, &saved);
}

static void
learn(struct run *run, const struct frame *f)
{
	struct record_source source = {
		.key = {.mac = run->key.flow.eth_src, .vlan = f->vlan},
		.ofp_port = f->in->config.ofp_port,
	};
	const uint8_t *b = source.key.mac.b;

	if (mac_is_multicast(&source.key.mac))
		return;
	if (record_add_source(&run->record, &source)) {
		run->error = -ENOMEM;
		run->stop = true;
		return;
	}
	if (!run->in->learn || !mac_learn(run->br->macs, &source.key, f->in, run->in->now_ns))
		return;
	xlate_changed(run->x);
	run_note(run, "learned that %02x:%02x:%02x:%02x:%02x:%02x is on port %s in VLAN %u", b[0],
		 b[1], b[2], b[3], b[4], b[5], f->in->name, f->vlan);
}

/* Returns the port to send to, or NULL: flood. */
static const struct port *
find_destination(struct run *run, uint16_t vlan)
{
	struct mac_key key = {.mac = run->key.flow.eth_dst, .vlan = vlan};
	const struct port *port;
	struct mac_seen seen;
	uint16_t ofp_port;

	if (mac_is_multicast(&key.mac)) {
		run_note(run, "multicast destination, flooding");
		return NULL;
	}
	ofp_port = mac_find(run->br->macs, &key, &seen);
	if (record_add_mac(&run->record, &seen)) {
		run->error = -ENOMEM;
		run->stop = true;
		return NULL;
	}
	port = ofp_port ? port_set_find(run->ports, ofp_port) : NULL;
	if (!port || !port_in_vlan(port, vlan)) {
		run_note(run, "no learned MAC for destination, flooding");
		return NULL;
	}
	return port;
}

static void
forward(struct run *run, const struct frame *f)
{
	const struct port *out = find_destination(run, f->vlan);

	if (run->stop)
		return;
	if (out == f->in) {
		run_note(run, "learned port is the input port, dropping");
	} else if (out && !port_takes(out, f)) {
		run_note(run, "port %s takes no frame with two tags, dropping", out->name);
		normal_refuse(run, FLOW_DROP_VLAN_POLICY);
	} else if (out) {
		run_note(run, "forwarding to learned port %s", out->name);
		send_one(run, f, out);
	} else {
		for (enum egress how = EGRESS_AS_IS; how < N_EGRESS && !run->stop; how++)
			flood_how(run, f, how);
	}
}

void
run_normal(struct run *run)
{
	struct frame f = {.in = port_set_find(run->ports, run->key.flow.in_port)};

	if (!f.in) {
		run_note(run, "no input port, dropping");
		return;
	}
	consult_whole(run, FLOW_FIELD_ETH_SRC);
	consult_whole(run, FLOW_FIELD_ETH_DST);
	if (is_reserved(&run->key.flow.eth_dst)) {
		run_note(run, "reserved destination address, dropping");
		normal_refuse(run, FLOW_DROP_FORWARD_BPDU);
		return;
	}
	if (!admit(run, &f)) {
		normal_refuse(run, FLOW_DROP_VLAN_POLICY);
		return;
	}
	learn(run, &f);
	if (!run->stop)
		forward(run, &f);
}
