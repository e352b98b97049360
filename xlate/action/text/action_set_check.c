/* SPDX-License-Identifier: Apache-2.0 */
/* The actions that an action set accepts: OpenFlow 1.3 section 5.10. */
#include "action/action_set.h"
#include "action/refuse.h"

#include <errno.h>
#include <stdlib.h>

/* Of controller actions, only a plain output to CONTROLLER is accepted, as in Open vSwitch. */
static bool
is_of_set(const struct xlate_action *a)
{
	switch (a->type) {
	case XLATE_ACT_SET_FIELD:
		return strcmp(a->set.verb, "write_metadata");
	case XLATE_ACT_CONTROLLER:
		return a->controller.reason == XLATE_REASON_ACTION && !a->controller.id &&
		       !a->controller.userdata;
	default:
		return action_set_takes(a->type);
	}
}

int
xlate_action_set_check(const struct xlate_actions *actions, const char *where, char *err,
		       size_t n_err)
{
	for (size_t i = 0; i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];
		char *text = NULL;
		size_t n_text;
		FILE *mem;

		if (is_of_set(a))
			continue;
		mem = open_memstream(&text, &n_text);
		if (!mem)
			return -ENOMEM;
		xlate_action_print(NULL, a, mem);
		fclose(mem);
		refuse_explain(err, n_err,
			       "%s: \"%.60s\" is not accepted there; expected sets, moves, tags, "
			       "labels, TTLs, set_queue, group, output, resubmit, ct or ct_clear",
			       where, text);
		free(text);
		return -EINVAL;
	}
	return 0;
}
