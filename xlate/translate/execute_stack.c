/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of the stack. */
#include "translate/execute_stack.h"

#include "action/subfield.h"
#include "run/run_field.h"
#include "run/trace_lines.h"

#include <errno.h>

void
execute_push(struct run *run, const struct xlate_action *a)
{
	struct flow_value v;
	int rc;

	run_read_bits(run, &a->stack, &v);
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
