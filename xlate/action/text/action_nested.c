/* SPDX-License-Identifier: Apache-2.0 */
/* The text of actions that contain a list of actions: write_actions and clone. */
#include "action/text/action_nested.h"

#include "action/text/action_args.h"
#include "action/text/action_text.h"

/* write_actions() without actions has no effect, and is omitted. */
int
action_parse_write_actions(struct action_parser *p, const struct action_verb *verb,
			   struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_WRITE_ACTIONS};
	int rc;

	if (!w->parens)
		return REFUSE(p, "%s: expected write_actions(actions)", verb->name);
	rc = action_parse_nested(p, verb->name, w->value, &a.nested);
	if (rc)
		return rc;
	rc = xlate_action_set_check(a.nested, "write_actions", p->err, p->n_err);
	if (rc || a.nested->a[0].type == XLATE_ACT_DROP) {
		xlate_action_clear(&a);
		return rc;
	}
	return action_add(p, &a);
}

void
action_print_write_actions(const struct flow_port_names *names, const struct xlate_action *a,
			   FILE *out)
{
	fputs("write_actions(", out);
	xlate_actions_print_names(names, a->nested, out);
	fputc(')', out);
}

int
action_parse_clone(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = verb->type};

	if (!w->parens)
		return REFUSE(p, "clone: expected clone(actions)");

	int rc = action_parse_nested(p, verb->name, w->value, &a.nested);

	for (size_t i = 0; !rc && i < a.nested->n; i++) {
		if (a.nested->a[i].type == XLATE_ACT_GOTO_TABLE)
			rc = REFUSE(p, "clone: goto_table is not accepted within it; use resubmit");
	}
	if (!rc)
		return action_add(p, &a);
	xlate_action_clear(&a);
	return rc;
}

void
action_print_clone(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	fputs("clone(", out);
	xlate_actions_print_names(names, a->nested, out);
	fputc(')', out);
}
