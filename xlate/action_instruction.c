/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, and the actions that are instructions in OpenFlow 1.1 and later: those which a rule has
 * once at most, and in one order. */
#include "action_text.h"

#include "action_set.h"
#include "number.h"
#include "refuse.h"

#include <xlate/group.h>
#include <xlate/meter.h>

int
action_parse_group(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_GROUP};
	uint64_t v;

	if (w->parens || !number_parse_u64(w->value, XLATE_GROUP_MAX, &v))
		return REFUSE(p, "%s: \"%s\" is no group; 0..%u is accepted", verb->name, w->value,
			      XLATE_GROUP_MAX);
	a.group = (uint32_t)v;
	return action_add(p, &a);
}

int
action_parse_meter(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_METER};
	uint64_t v;

	if (w->parens || !number_parse_u64(w->value, XLATE_METER_MAX, &v) || !v)
		return REFUSE(p, "%s: \"%s\" is no meter; 1..%u is accepted", verb->name, w->value,
			      XLATE_METER_MAX);
	a.meter = (uint32_t)v;
	return action_add(p, &a);
}

/* A set without actions writes nothing, and is left out. */
int
action_parse_write_actions(struct action_parser *p, const struct action_verb *verb,
			   struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_WRITE_ACTIONS};
	int rc;

	if (!w->parens)
		return REFUSE(p, "%s: write_actions(actions) is accepted", verb->name);
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
action_print_group(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "group:%u", a->group);
}

void
action_print_meter(const struct flow_port_names *names, const struct xlate_action *a, FILE *out)
{
	(void)names;
	fprintf(out, "meter:%u", a->meter);
}

void
action_print_write_actions(const struct flow_port_names *names, const struct xlate_action *a,
			   FILE *out)
{
	fputs("write_actions(", out);
	xlate_actions_print_names(names, a->nested, out);
	fputc(')', out);
}

/* In the order in which OpenFlow executes them, whatever that of their text would be. A meter is an action in
 * OpenFlow 1.5, and stands anywhere among them. */
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
				      "%s: is an instruction; it is not accepted in a nested list",
				      instruction_names[now]);
		if (now < last)
			return refuse(err, n_err, "%s: stands after %s; it is accepted before",
				      instruction_names[now], instruction_names[last]);
		if (i && now == last && now != INSTRUCTION_APPLY)
			return refuse(err, n_err, "%s: is given twice; once is accepted",
				      instruction_names[now]);
		last = now;
	}
	return 0;
}
