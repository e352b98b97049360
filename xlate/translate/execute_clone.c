/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/execute_clone.h"

#include "run/run_state.h"
#include "translate/execute.h"

/* State that run_save() does not cover, since no action of a bucket changes it. */
struct outer {
	struct run_state state;
	struct action_set set;
	struct value_stack stack;
	const struct left *left;
	bool lends_set, is_copy;
};

/* Gives the clone copies of the state that it may change. */
static int
enter(struct run *run, struct outer *outer)
{
	struct action_set set = {0};
	struct value_stack stack;
	int rc = value_stack_copy(&stack, &run->stack);

	if (!rc)
		rc = action_set_copy(&set, &run->set);
	if (rc) {
		value_stack_free(&stack);
		return rc;
	}
	run_save(run, &outer->state);
	outer->set = run->set;
	outer->stack = run->stack;
	outer->left = run->at.left;
	outer->lends_set = run->at.lends_set;
	outer->is_copy = run->at.is_copy;
	run->set = set;
	run->stack = stack;
	run->at.left = NULL;
	run->at.lends_set = false;
	run->at.is_copy = true;
	run->spent.depth++;
	run->indent++;
	return 0;
}

static void
leave(struct run *run, const struct outer *outer)
{
	action_set_clear(&run->set);
	value_stack_free(&run->stack);
	run->set = outer->set;
	run->stack = outer->stack;
	run->at.left = outer->left;
	run->at.lends_set = outer->lends_set;
	run->at.is_copy = outer->is_copy;
	run_restore(run, &outer->state);
	run->spent.depth--;
	run->indent--;
}

/* An exit among the actions skips the clone's action set, and ends with the clone. */
void
execute_clone(struct run *run, const struct xlate_action *a)
{
	struct outer outer;
	int rc;

	if (run->spent.depth >= XLATE_DEPTH_MAX) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return;
	}
	rc = enter(run, &outer);
	if (rc) {
		run_emitted(run, rc);
		return;
	}
	run_actions(run, a->nested);
	run_action_set(run);
	leave(run, &outer);
}
