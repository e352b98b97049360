/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of the packet in the bridge of a patch port's peer. As in Open vSwitch, it arrives there
 * without registers, metadata, action set, connection tracking and tunnel, and keeps its mark and
 * queue. Mirrors do not select it by patch ports.
 *
 * A loop of patch ports ends as one of resubmits does, and the whole packet is dropped. */
#include "translate/patch_run.h"

#include "bridge/port.h"
#include "run/enter.h"
#include "run/megaflow_mask.h"
#include "run/run_field.h"
#include "run/run_state.h"
#include "run/trace_lines.h"

/* State of the packet outside that run_save() does not cover. */
struct outside {
	struct run_state state;
	struct xlate_bridge *br;
	struct action_set set;
	struct value_stack stack;
	struct run_at at;
	uint32_t mirrored;
};

static void
save(struct run *run, struct outside *o)
{
	run_save(run, &o->state);
	o->br = run->br;
	o->set = run->set;
	o->stack = run->stack;
	o->at = run->at;
	o->mirrored = run->mirrored;
}

static void
restore(struct run *run, const struct outside *o)
{
	const struct xlate_bridge *peer_bridge = run->br;

	action_set_clear(&run->set);
	value_stack_free(&run->stack);
	run->set = o->set;
	run->stack = o->stack;
	/* The visit exists, so this does not fail. */
	run_enter_bridge(run, o->br, o->state.key.in_port);
	run_restore(run, &o->state);
	run->at = o->at;
	if (run->br != peer_bridge)
		run->mirrored = o->mirrored;
}

/* Of most packets only what an action wrote differs from 0. The other bits stay unknown, for records of
 * lookups are longer if they are known. */
static void
forget_tunnel(struct run *run)
{
	struct xlate_tunnel_fields fields;

	fields.mask = run->key.flow.tun;
	memset(&fields.value, 0, sizeof fields.value);
	if (!megaflow_no_tunnel(run->in->key))
		memset(&fields.mask, 0xff, sizeof fields.mask);
	run_tunnel_fields_set(run, &fields);
}

/* Returns true if the packet outside may still do something after this output. */
static bool
outside_continues(const struct run *run)
{
	const struct left *left = run->at.left;

	while (left && !left->n)
		left = left->outer;
	return left || run->at.is_copy || !run->at.alone || run->set.n;
}

/* Returns 0 or -ENOMEM: then the bridge has not been entered. */
static int
arrive(struct run *run, const struct port *peer)
{
	bool same_bridge = peer->br == run->br, is_copy = outside_continues(run);
	int rc = run_enter_bridge(run, peer->br, xlate_ofp_port(peer->config.ofp_port));

	if (rc)
		return rc;
	run->set = (struct action_set){0};
	run->stack = (struct value_stack){0};
	run->key.metadata = 0;
	memset(run->key.reg, 0, sizeof run->key.reg);
	run->key.set_output = XLATE_PORT_UNSET;
	forget_tunnel(run);
	run_untracked(run);
	run->at.in_peer = true;
	run->at.is_copy = is_copy;
	run->at.alone = false;
	run->at.left = NULL;
	run->at.lends_set = false;
	run->at.rule = NULL;
	run->at.table_miss = false;
	if (!same_bridge)
		run->mirrored = 0;
	return 0;
}

static void
run_there(struct run *run, const struct port *peer)
{
	/* A peer that its bridge does not have any more is being removed. */
	if (port_set_find(run->ports, run->key.in_port) != peer) {
		run_note(run, "port %s is being removed, not sent", peer->name);
		return;
	}
	trace_bridge(run);
	run_credit(run, peer->received);
	if (!run->end.stop)
		run->pipeline(run);
}

void
run_patch(struct run *run, const struct port *port)
{
	const struct port *peer = rcu_read(&port->peer);
	struct outside outside;
	int rc;

	if (!peer) {
		run_note(run, "port %s has no peer, not sent", port->name);
		return;
	}
	if (run->n_bytes_max) {
		run_note(run, "port %s is a patch port, which packets cannot be cut for, not sent",
			 port->name);
		return;
	}
	run_credit(run, port->sent);
	if (run->end.stop || !run_enter(run))
		return;
	save(run, &outside);
	rc = arrive(run, peer);
	if (rc) {
		run_emitted(run, rc);
	} else {
		run_there(run, peer);
		restore(run, &outside);
	}
	run_leave(run);
}
