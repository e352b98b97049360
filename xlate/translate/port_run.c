/* SPDX-License-Identifier: Apache-2.0 */
/* Ports in translation: effects of their configuration and mirrors. */
#include "translate/port_run.h"

#include "bridge/mirror_set.h"
#include "bridge/port.h"
#include "run/commit.h"
#include "run/consult.h"
#include "translate/mirror_run.h"
#include "translate/patch_run.h"
#include "translate/tunnel_run.h"

/* Destination of the spanning tree protocol, IEEE 802.1D. */
static const struct flow_mac stp_mac = {{0x01, 0x80, 0xc2, 0x00, 0x00, 0x00}};

#define ETH_DST_WORD (UINT64_C(1) << offsetof(struct flow_key, eth_dst) / sizeof(uint64_t))
_Static_assert(offsetof(struct flow_key, eth_dst) % sizeof(uint64_t) == 0, "it is in one word");

/* Consults one bit that differs, which proves that a frame is not of the spanning tree protocol. */
static bool
is_stp(struct run *run)
{
	const uint8_t *dst = run->key.flow.eth_dst.b;
	struct xlate_key bits = {0};

	for (size_t i = 0; i < sizeof stp_mac.b; i++) {
		unsigned int differ = dst[i] ^ stp_mac.b[i];

		if (!differ)
			continue;
		bits.flow.eth_dst.b[i] = (uint8_t)(differ & -differ);
		consult(run, &bits, ETH_DST_WORD);
		return false;
	}
	memset(&bits.flow.eth_dst, 0xff, sizeof bits.flow.eth_dst);
	consult(run, &bits, ETH_DST_WORD);
	return true;
}

static bool
receives(struct run *run, uint32_t flags)
{
	uint32_t bits = flags & (XLATE_CONFIG_NO_RECV | XLATE_CONFIG_NO_RECV_STP);

	if (!bits || bits == (XLATE_CONFIG_NO_RECV | XLATE_CONFIG_NO_RECV_STP))
		return !bits;
	return !(flags & (is_stp(run) ? XLATE_CONFIG_NO_RECV_STP : XLATE_CONFIG_NO_RECV));
}

bool
run_admit(struct run *run)
{
	const struct port *port = port_set_find(run->ports, run->key.in_port);
	const struct mirror_port *mirrors = port ? port_mirrors(run->ports, port) : NULL;
	uint32_t flags = port ? port_flags(port) : 0;

	if (mirrors && mirrors->reserved) {
		run_note(run, "port %s is reserved for a mirror, dropping", port->name);
		run->end.why = FLOW_DROP_MIRROR_PORT;
		return false;
	}
	if ((flags & XLATE_CONFIG_DOWN) && (!run->in->actions || run->spent.depth)) {
		run_note(run, "port %s is down, dropping", port->name);
		run->end.why = FLOW_DROP_PORT_DOWN;
		return false;
	}
	if (!receives(run, flags)) {
		run_note(run, "port %s does not receive, dropping", port->name);
		run->end.why = FLOW_DROP_NO_RECEIVE;
		return false;
	}
	return true;
}

bool
run_receive(struct run *run)
{
	const struct port *port = port_set_find(run->ports, run->key.in_port);

	if (port && port->config.tunnel && !run->in->br)
		run_credit(run, port->received);
	if (!run_admit(run))
		return false;
	if (port)
		run_mirror_in(run, port);
	return true;
}

static void
send_to(struct run *run, const struct port *port)
{
	struct flow_action trunc = {.type = FLOW_ACTION_TRUNC, .n_bytes = run->n_bytes_max};

	if (trunc.n_bytes)
		run_emitted(run, flow_actions_add(&run->out->actions, &trunc));
	if (!run->end.stop)
		run_emitted(run, flow_actions_add_output(&run->out->actions, port->config.dp_port));
}

void
run_output(struct run *run, const struct port *port)
{
	uint32_t flags = port_flags(port);

	if (flags & (XLATE_CONFIG_NO_FWD | XLATE_CONFIG_DOWN)) {
		run_note(run, "port %s %s, not sent", port->name,
			 flags & XLATE_CONFIG_DOWN ? "is down" : "does not forward");
		return;
	}
	if (port_is_patch(port)) {
		run_patch(run, port);
		return;
	}
	if (port->config.tunnel && !run_tunnel(run, port->config.tunnel))
		return;
	commit(run);
	if (!run->end.stop)
		send_to(run, port);
	run->at.alone = false;
	if (!run->end.stop && port->config.tunnel)
		run_credit(run, port->sent);
	if (!run->end.stop && run->ports->mirrors)
		run_mirror_out(run, port);
}

void
run_flood(struct run *run, uint32_t left_out)
{
	const struct port *port = NULL;

	run_steps(run, port_set_count(run->ports));
	while (!run->end.stop && (port = port_set_next(run->ports, port)) != NULL) {
		if (port->config.ofp_port != run->key.in_port.number &&
		    !(port_flags(port) & left_out))
			run_output(run, port);
	}
}
