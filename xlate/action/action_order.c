/* SPDX-License-Identifier: Apache-2.0 */
/* Order of the instructions among the actions of a rule: OpenFlow 1.3 section 5.9. */
#include "action/refuse.h"

#include <xlate/action.h>

/* In OpenFlow's order of execution, whatever their order in a text. A meter is an action in
 * OpenFlow 1.5, and may be anywhere among these. */
enum instruction {
	INSTRUCTION_APPLY,
	INSTRUCTION_CLEAR,
	INSTRUCTION_WRITE,
	INSTRUCTION_METADATA,
	INSTRUCTION_GOTO,
};

static const char *const instruction_names[] = {
	[INSTRUCTION_APPLY] = "actions",       [INSTRUCTION_CLEAR] = "clear_actions",
	[INSTRUCTION_WRITE] = "write_actions", [INSTRUCTION_METADATA] = "write_metadata",
	[INSTRUCTION_GOTO] = "goto_table",
};

static enum instruction
instruction_of(const struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_CLEAR_ACTIONS:
		return INSTRUCTION_CLEAR;
	case XLATE_ACT_WRITE_ACTIONS:
		return INSTRUCTION_WRITE;
	case XLATE_ACT_GOTO_TABLE:
		return INSTRUCTION_GOTO;
	case XLATE_ACT_SET_FIELD:
		return strcmp(a->set.verb, "write_metadata") ? INSTRUCTION_APPLY
							     : INSTRUCTION_METADATA;
	default:
		return INSTRUCTION_APPLY;
	}
}

int
xlate_actions_check_order(const struct xlate_actions *a, bool nested, char *err, size_t n_err)
{
	enum instruction last = INSTRUCTION_APPLY;

	for (size_t i = 0; i < a->n; i++) {
		enum instruction now = instruction_of(&a->a[i]);

		if (now != INSTRUCTION_APPLY && nested)
			return refuse(err, n_err,
				      "%s: is an instruction, which a nested list cannot contain",
				      instruction_names[now]);
		if (now < last)
			return refuse(err, n_err, "%s: must precede %s", instruction_names[now],
				      instruction_names[last]);
		if (i && now == last && now != INSTRUCTION_APPLY)
			return refuse(err, n_err, "%s: is given twice", instruction_names[now]);
		last = now;
	}
	return 0;
}
