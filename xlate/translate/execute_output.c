/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that send. */
#include "translate/execute_output.h"

#include "run/run_field.h"
#include "translate/execute.h"
#include "translate/execute_controller.h"
#include "translate/execute_link.h"
#include "translate/execute_queue.h"
#include "translate/normal.h"
#include "translate/port_run.h"
#include "translate/table_run.h"

static void
output_number(struct run *run, struct xlate_ofp_port to)
{
	const struct port *port = port_set_find(run->ports, to);

	run->at.alone = true;
	if (port)
		run_output(run, port);
	else
		run_note(run, "port %u does not exist, not sent", to.number);
	run->at.alone = false;
}

/* Sends a packet-out message through the tables. */
static void
output_table(struct run *run)
{
	uint8_t table = run->at.table;

	if (!run_enter(run))
		return;
	run_table(run, 0, run->key.in_port, true);
	run->at.table = table;
	run_leave(run);
}

static bool
has_local(const struct run *run)
{
	return port_set_find(run->ports, xlate_ofp_port(XLATE_PORT_LOCAL)) != NULL;
}

/* OpenFlow 1.3 section 5.12: a packet is sent back to its input port only by IN_PORT. */
void
execute_output(struct run *run, const struct xlate_action *a)
{
	switch (a->output.port) {
	case XLATE_PORT_NORMAL:
		run_normal(run);
		break;
	case XLATE_PORT_IN_PORT:
		output_number(run, run->key.in_port);
		break;
	case XLATE_PORT_FLOOD:
		run_flood(run, XLATE_CONFIG_NO_FLOOD);
		break;
	case XLATE_PORT_ALL:
		run_flood(run, 0);
		break;
	case XLATE_PORT_CONTROLLER:
		execute_controller(run, a);
		break;
	case XLATE_PORT_TABLE:
		output_table(run);
		break;
	case XLATE_PORT_NONE:
		run_note(run, "no port, not sent");
		break;
	default:
		if (a->output.port == run->key.in_port.number)
			run_note(run, "output to the input port, not sent");
		else if (a->output.port == XLATE_PORT_LOCAL && !has_local(run))
			run_note(run, "the bridge has no LOCAL port, not sent");
		else
			output_number(run, xlate_ofp_port(a->output.port));
	}
}

void
execute_output_trunc(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT,
				      .output.port = a->output_trunc.port};

	if (!run_dp_can(run, FLOW_ACTION_TRUNC))
		return;
	run->n_bytes_max = a->output_trunc.max_len;
	execute_output(run, &output);
	run->n_bytes_max = 0;
}

void
execute_enqueue(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT,
				      .output = {.port = a->enqueue.port}};
	uint32_t queue = run->queue;

	execute_queue_note(run);
	run->queue = a->enqueue.queue;
	run_action(run, &output);
	run->queue = queue;
}

void
execute_output_reg(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT};
	struct flow_value v;
	uint64_t port;

	run_read_bits(run, &a->output_reg.src, &v);
	port = flow_value_u64(&v);
	if (port > UINT16_MAX || port == XLATE_PORT_NONE) {
		run_note(run, "%llu is not a port, not sent", (unsigned long long)port);
		return;
	}
	output.output.port = (uint16_t)port;
	if (port == XLATE_PORT_CONTROLLER) {
		output.type = XLATE_ACT_CONTROLLER;
		output.controller.max_len = a->output_reg.max_len;
		output.controller.reason = XLATE_REASON_ACTION;
	}
	run_action(run, &output);
}

void
execute_bundle(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT};

	if (!run_steps(run, a->bundle->n))
		return;
	output.output.port = execute_bundle_member(run, a->bundle);
	if (a->bundle->dst.field)
		run_load(run, &a->bundle->dst, output.output.port);
	else if (output.output.port == XLATE_PORT_NONE)
		run_note(run, "no member is live, not sent");
	else
		run_action(run, &output);
}
