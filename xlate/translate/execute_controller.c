/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that send a packet to controllers, by a handler. */
#include "translate/execute_controller.h"

#include "record/packet_in.h"
#include "run/commit.h"
#include "run/run_field.h"

#include <string.h>

/* Returns the reason in the action, or the one of the place where it is executed. An output to
 * CONTROLLER and "controller" without arguments are the same action. */
static uint8_t
reason_of(const struct run *run, const struct xlate_action *a)
{
	bool plain = a->type == XLATE_ACT_OUTPUT || (a->controller.reason == XLATE_REASON_ACTION &&
						     !a->controller.id && !a->controller.userdata);
	uint8_t reason = plain ? XLATE_REASON_ACTION : a->controller.reason;

	if (plain && run->in->actions)
		return XLATE_REASON_PACKET_OUT;
	if (plain && run->at.in_group)
		return XLATE_REASON_GROUP;
	if (plain && run->at.in_set)
		return XLATE_REASON_ACTION_SET;
	return reason == XLATE_REASON_ACTION && run->at.table_miss ? XLATE_REASON_EXPLICIT_MISS
								   : reason;
}

/* Returns the number of a packet-in's content. Registers and metadata are known: bits that an
 * action moved into them were consulted. */
static uint32_t
run_packet_in(struct run *run, const struct xlate_action *a)
{
	struct xlate_packet_in content = {
		.bridge = run->br->id,
		.cookie = run->in->actions && !run->spent.depth ? UINT64_MAX : run->at.cookie,
		.metadata = run->key.metadata,
		.table = run->at.table,
		.reason = reason_of(run, a),
		.in_port = (uint16_t)run->key.in_port.number,
	};
	struct xlate_tunnel_fields tunnel;

	if (run_tunnel_fields(run, &tunnel))
		content.tunnel = &tunnel;
	memcpy(content.reg, run->key.reg, sizeof content.reg);
	if (a->type == XLATE_ACT_CONTROLLER) {
		content.controller_id = a->controller.id;
		if (a->controller.userdata) {
			content.n_userdata = (uint16_t)a->controller.userdata->n;
			content.userdata = a->controller.userdata->b;
		}
	}
	return packet_ins_put(run->x->packet_ins, &content);
}

void
execute_controller(struct run *run, const struct xlate_action *a)
{
	const struct meter *meter;
	struct flow_action upcall = {
		.type = FLOW_ACTION_UPCALL,
		.upcall = {.reason = FLOW_UPCALL_CONTROLLER, .max_len = a->output.max_len},
	};

	meter = meters_find(run->meters, XLATE_METER_CONTROLLER);
	commit(run);
	if (run->end.stop)
		return;
	upcall.upcall.cookie = run_packet_in(run, a);
	upcall.upcall.meter = meter ? meter->dp_meter : 0;
	run_emitted(run, flow_actions_add(&run->out->actions, &upcall));
}

void
execute_invalid_ttl(struct run *run, const struct xlate_bytes *ids)
{
	struct xlate_action a = {
		.type = XLATE_ACT_CONTROLLER,
		.controller = {.max_len = UINT16_MAX, .reason = XLATE_REASON_INVALID_TTL},
	};

	if (!ids)
		execute_controller(run, &a);
	for (size_t i = 0; ids && i + 1 < ids->n; i += 2) {
		a.controller.id = (uint16_t)(ids->b[i] << 8 | ids->b[i + 1]);
		execute_controller(run, &a);
	}
	if (!run->end.stop)
		run_end_list(run, FLOW_DROP_TTL_EXPIRED);
}

/* ovs-actions(7), "The sample action": without the collector set nothing is sampled. Tandem has no
 * collector sets. */
void
execute_sample(struct run *run, const struct xlate_action *a)
{
	run_note(run, "collector set %u does not exist, nothing is sampled",
		 a->sample.collector_set_id);
}
