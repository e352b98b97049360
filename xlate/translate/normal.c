/* SPDX-License-Identifier: Apache-2.0 */
/* The NORMAL action: a learning bridge with VLANs, as in IEEE 802.1Q. */
#include "translate/normal.h"

#include "bridge/mirror_set.h"
#include "bridge/port.h"
#include "bridge/version.h"
#include "run/consult.h"
#include "translate/frame.h"

#include <errno.h>

/* Input port of packets that a controller made, or whose in_port an action has set so. As in Open
 * vSwitch it is a trunk on which no MAC is learned. */
static const struct port no_port = {
	.name = "none",
	.every_vlan = true,
	.config = {.ofp_port = XLATE_PORT_NONE, .vlan_mode = XLATE_VLAN_TRUNK},
};

static const struct port *
find_source(const struct run *run)
{
	struct xlate_ofp_port in_port = run->key.in_port;

	if (in_port.number == XLATE_PORT_NONE || in_port.number == XLATE_PORT_CONTROLLER)
		return &no_port;
	return port_set_find(run->ports, in_port);
}

static void
normal_refuse(struct run *run, enum flow_drop why)
{
	if (run->end.why == FLOW_DROP_EXPLICIT)
		run->end.why = why;
}

static void
learn(struct run *run, const struct frame *f)
{
	struct record_source source = {
		.key = {.mac = run->key.flow.eth_src, .vlan = f->vlan},
		.ofp_port = f->in->config.ofp_port,
	};
	const uint8_t *b = source.key.mac.b;

	if (mac_is_multicast(&source.key.mac) || f->in == &no_port)
		return;
	if (record_add_source(run->record, &source)) {
		run->end.error = -ENOMEM;
		run->end.stop = true;
		return;
	}
	if (!run->in->learn || !mac_learn(run->br->macs, &source.key, f->in, run->in->now_ns))
		return;
	xlate_entries_changed(run->x);
	run_note(run, "learned that %02x:%02x:%02x:%02x:%02x:%02x is on port %s in VLAN %u", b[0],
		 b[1], b[2], b[3], b[4], b[5], f->in->name, f->vlan);
}

/* Returns the port to send to, or NULL to flood. */
static const struct port *
find_destination(struct run *run, uint16_t vlan)
{
	struct mac_key key = {.mac = run->key.flow.eth_dst, .vlan = vlan};
	const struct mirror_port *mirrors;
	const struct port *port;
	struct mac_seen seen;
	uint16_t ofp_port;

	if (mac_is_multicast(&key.mac)) {
		run_note(run, "multicast destination, flooding");
		return NULL;
	}
	ofp_port = mac_find(run->br->macs, &key, &seen);
	if (record_add_mac(run->record, &seen)) {
		run->end.error = -ENOMEM;
		run->end.stop = true;
		return NULL;
	}
	port = ofp_port ? port_set_find(run->ports, xlate_ofp_port(ofp_port)) : NULL;
	mirrors = port ? port_mirrors(run->ports, port) : NULL;
	if (!port || !port_in_vlan(port, vlan) || (mirrors && mirrors->reserved)) {
		run_note(run, "no learned MAC for destination, flooding");
		return NULL;
	}
	return port;
}

static void
forward(struct run *run, struct frame *f)
{
	const struct port *out = find_destination(run, f->vlan);

	if (run->end.stop)
		return;
	if (out == f->in) {
		run_note(run, "learned port is the input port, dropping");
	} else if (out && !frame_is_taken(run, f, out)) {
		run_note(run, "port %s does not accept a frame with two tags, dropping", out->name);
		normal_refuse(run, FLOW_DROP_VLAN_POLICY);
	} else if (out) {
		run_note(run, "forwarding to learned port %s", out->name);
		run->at.alone = true;
		frame_send(run, f, out);
		run->at.alone = false;
	} else {
		frame_flood(run, f, XLATE_CONFIG_NO_FLOOD);
	}
}

void
run_normal(struct run *run)
{
	struct frame f = {.in = find_source(run)};
	struct flow_value ones;

	if (!f.in) {
		run_note(run, "no input port, dropping");
		return;
	}
	f.not_to = f.in;
	flow_field_ones(&flow_fields[FLOW_FIELD_ETH_SRC], &ones);
	consult_field(run, &flow_fields[FLOW_FIELD_ETH_SRC], &ones);
	if (frame_is_reserved(run) && !run->ports->mode.forward_bpdu) {
		run_note(run, "reserved destination address, dropping");
		normal_refuse(run, FLOW_DROP_FORWARD_BPDU);
		return;
	}
	if (!frame_admit(run, &f)) {
		normal_refuse(run, FLOW_DROP_VLAN_POLICY);
		return;
	}
	learn(run, &f);
	if (!run->end.stop)
		forward(run, &f);
}
