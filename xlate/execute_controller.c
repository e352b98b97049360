/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that send a packet to a handler. */
#include "execute.h"

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
	if (run->stop)
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
	if (!run->stop)
		run_end_list(run, FLOW_DROP_TTL_EXPIRED);
}

/* ovs-actions(7), "The sample action": without the collector set nothing is sampled. There are none. */
void
execute_sample(struct run *run, const struct xlate_action *a)
{
	run_note(run, "there is no collector set %u, nothing is sampled",
		 a->sample.collector_set_id);
}
