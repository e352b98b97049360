/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/execute_check_size.h"

#include "action/subfield.h"
#include "run/commit.h"
#include "run/recirculate.h"

#include <errno.h>
#include <stdlib.h>

/* Stores the state in which the packet continues if the bit is 'bit'. 'list': room for an action
 * that sets it, and then what is left of the list. Returns the ID, or 0 if the run has failed. */
static uint32_t
continue_with(struct run *run, const struct xlate_subfield *dst, uint32_t bit,
	      struct xlate_action *list)
{
	const struct left left = {.a = list,
				  .n = run->at.left->n + 1,
				  .cookie = run->at.cookie,
				  .table = run->at.table,
				  .outer = run->at.left->outer};
	const struct flow_value value = flow_value_from_u64(bit);
	struct frozen *f;
	int rc;

	*list = (struct xlate_action){.type = XLATE_ACT_SET_FIELD,
				      .set = {.field = dst->field, .verb = "load"}};
	subfield_place(dst, &value, &list->set.value, &list->set.mask);
	rc = run_freeze_rest(run, &left, &f);
	if (rc) {
		run_emitted(run, rc);
		return 0;
	}
	run_forked(run, f, NULL);
	return frozen_id(f);
}

static void
branch(struct run *run, const struct xlate_action *a, struct xlate_action *list)
{
	struct flow_action check = {.type = FLOW_ACTION_CHECK_LEN,
				    .check_len.n_bytes = a->check_size.n_bytes};

	check.check_len.longer = continue_with(run, &a->check_size.dst, 1, list);
	if (check.check_len.longer)
		check.check_len.others = continue_with(run, &a->check_size.dst, 0, list);
	if (!check.check_len.others)
		return;
	run_emitted(run, flow_actions_add(&run->out->actions, &check));
	run_note(run,
		 "packets of more than %u bytes continue as recirc(%#x), others as recirc(%#x)",
		 a->check_size.n_bytes, check.check_len.longer, check.check_len.others);
	run->end.exit = true;
}

void
execute_check_size(struct run *run, const struct xlate_action *a)
{
	const struct left *left = run->at.left;
	struct xlate_action *list;

	if (!run_dp_can(run, FLOW_ACTION_CHECK_LEN))
		return;
	commit(run);
	if (run->end.stop)
		return;
	list = malloc((left->n + 1) * sizeof *list);
	if (!list) {
		run_emitted(run, -ENOMEM);
		return;
	}
	if (left->n)
		memcpy(list + 1, left->a, left->n * sizeof *list);
	branch(run, a, list);
	free(list);
}
