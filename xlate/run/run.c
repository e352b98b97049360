/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"

#include "run/recirculate.h"

#include <errno.h>
#include <stdarg.h>

/* Most of a run is 0 at its begin, but a draft's room and the keys are large. */
void
run_init(struct run *run, struct xlate *x, const struct xlate_in *in, struct xlate_out *out)
{
	memset(run, 0, offsetof(struct run, dp.key));
	run->dp.key = *in->key;
	run->key = match_start;
	run->key.flow = *in->key;
	memset(&run->start, 0, offsetof(struct visit, record.room));
	run->record = &run->start.record;
	run->x = x;
	run->in = in;
	run->out = out;
	run->end.why = FLOW_DROP_EXPLICIT;
	run->tracked = !in->key->recirc_id && (in->key->ct_state & FLOW_CT_STATE_TRACKED);
}

void
run_note(struct run *run, const char *fmt, ...)
{
	va_list args;

	if (!run->in->trace)
		return;
	fprintf(run->in->trace, "%*s -> ", (int)(8 * run->indent + 4), "");
	va_start(args, fmt);
	vfprintf(run->in->trace, fmt, args);
	va_end(args);
	fputc('\n', run->in->trace);
}

void
run_fail(struct run *run, enum flow_drop why)
{
	run_note(run, "%s, dropping", flow_drop_names[why]);
	run->end.why = why;
	run->end.failed = true;
	run->end.stop = true;
}

bool
run_steps(struct run *run, size_t n)
{
	if (run->end.stop || n <= XLATE_STEPS_MAX - run->spent.n_steps) {
		run->spent.n_steps += run->end.stop ? 0 : (unsigned int)n;
		return !run->end.stop;
	}
	run_fail(run, FLOW_DROP_STEPS);
	return false;
}

void
run_emitted(struct run *run, int rc)
{
	if (!rc || run->end.stop)
		return;
	if (rc == -ELOOP) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return;
	}
	if (rc == -E2BIG) {
		run_fail(run, FLOW_DROP_TOO_MANY_ACTIONS);
		return;
	}
	run->end.error = rc;
	run->end.stop = true;
}

void
run_credit(struct run *run, struct rule_count *count)
{
	run_emitted(run, held_add_count(&run->record->held, count));
}

bool
run_resubmit_allowed(struct run *run)
{
	if (run->spent.n_resubmits >= XLATE_RESUBMITS_MAX) {
		run_fail(run, FLOW_DROP_RESUBMITS);
		return false;
	}
	run->spent.n_resubmits++;
	return true;
}

bool
run_enter(struct run *run)
{
	if (run->spent.depth >= XLATE_DEPTH_MAX) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return false;
	}
	if (!run_resubmit_allowed(run))
		return false;
	run->spent.depth++;
	run->indent++;
	return true;
}

void
run_leave(struct run *run)
{
	run->indent--;
	run->spent.depth--;
}

void
run_end_list(struct run *run, enum flow_drop why)
{
	run->end.why = why;
	run->end.list = true;
}

bool
run_dp_has(const struct run *run, enum flow_action_type type)
{
	uint32_t actions = run->x->config.dp_actions;

	return !actions || (run->follow && run->follow->all) || (actions >> type & 1);
}

bool
run_dp_can(struct run *run, enum flow_action_type type)
{
	if (run_dp_has(run, type))
		return true;
	run_note(run, "%s: the datapath does not execute it (--ct traces a datapath that does)",
		 flow_action_names[type]);
	run_fail(run, FLOW_DROP_UNSUPPORTED);
	return false;
}
