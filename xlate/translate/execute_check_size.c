/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/execute_check_size.h"

#include "action/subfield.h"
#include "run/commit.h"
#include "run/recirculate.h"

/* Stores the state in which the packet continues if the bit is 'bit': with an action that sets it,
 * and then with what is left of the list. Returns the ID, or 0 if the run has failed. */
static uint32_t
continue_with(struct run *run, const struct xlate_subfield *dst, uint32_t bit)
{
	struct xlate_action load = {.type = XLATE_ACT_SET_FIELD,
				    .set = {.field = dst->field, .verb = "load"}};
	const struct left left = {.a = &load,
				  .n = 1,
				  .cookie = run->at.cookie,
				  .table = run->at.table,
				  .outer = run->at.left};
	const struct flow_value value = flow_value_from_u64(bit);
	struct frozen *f;
	int rc;

	subfield_place(dst, &value, &load.set.value, &load.set.mask);
	rc = run_freeze_rest(run, &left, &f);
	if (rc) {
		run_emitted(run, rc);
		return 0;
	}
	run_forked(run, f, NULL);
	return frozen_id(f);
}

static void
branch(struct run *run, const struct xlate_action *a)
{
	struct flow_action check = {.type = FLOW_ACTION_CHECK_LEN,
				    .check_len.n_bytes = a->check_size.n_bytes};

	check.check_len.longer = continue_with(run, &a->check_size.dst, 1);
	if (check.check_len.longer)
		check.check_len.others = continue_with(run, &a->check_size.dst, 0);
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
	if (!run_dp_can(run, FLOW_ACTION_CHECK_LEN))
		return;
	commit(run);
	if (!run->end.stop)
		branch(run, a);
}
