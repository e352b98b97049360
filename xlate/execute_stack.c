/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that carry bits from one place to another by way of something else than a field. */
#include "execute.h"
#include "subfield.h"

#include <errno.h>

/* Reads and consults; what the packet has not reads as 0. */
static void
read_bits(struct run *run, const struct xlate_subfield *sf, struct flow_value *out)
{
	static const struct flow_value none;
	struct flow_value unused, mask;

	memset(out, 0, sizeof *out);
	if (!run_has_field(run, sf->field)) {
		run_note(run, "the packet has no %s", sf->field->name);
		return;
	}
	subfield_place(sf, &none, &unused, &mask);
	consult_field(run, sf->field, &mask);
	subfield_read(sf, &run->key, out);
}

void
execute_push(struct run *run, const struct xlate_action *a)
{
	struct flow_value v;
	int rc;

	read_bits(run, &a->stack, &v);
	rc = value_stack_push(&run->stack, &v, a->stack.n_bits);
	if (rc == -E2BIG)
		run_fail(run, FLOW_DROP_STACK);
	else
		run_emitted(run, rc);
}

void
execute_pop(struct run *run, const struct xlate_action *a)
{
	struct flow_value v, value, mask;

	if (!value_stack_pop(&run->stack, &v)) {
		run_note(run, "the stack is empty");
		return;
	}
	if (!run_has_field(run, a->stack.field)) {
		run_note(run, "the packet has no %s", a->stack.field->name);
		return;
	}
	subfield_place(&a->stack, &v, &value, &mask);
	run_write_field(run, a->stack.field, &value, &mask);
	trace_field(run, a->stack.field);
}

void
execute_output_reg(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT};
	struct flow_value v;
	uint64_t port;

	read_bits(run, &a->output_reg.src, &v);
	port = flow_value_u64(&v);
	if (port > UINT16_MAX || port == XLATE_PORT_NONE) {
		run_note(run, "%llu is no port, not sent", (unsigned long long)port);
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
