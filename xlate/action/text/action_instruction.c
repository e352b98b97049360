/* SPDX-License-Identifier: Apache-2.0 */
/* The text of groups and meters. */
#include "action/text/action_instruction.h"

#include "action/number.h"
#include "action/text/action_args.h"

#include <xlate/group.h>
#include <xlate/meter.h>

int
action_parse_group(struct action_parser *p, const struct action_verb *verb, struct action_word *w)
{
	struct xlate_action a = {.type = XLATE_ACT_GROUP};
	uint64_t v;

	if (w->parens || !number_parse_u64(w->value, XLATE_GROUP_MAX, &v))
		return REFUSE(p, "%s: \"%s\" is not a group; expected 0..%u", verb->name, w->value,
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
		return REFUSE(p, "%s: \"%s\" is not a meter; expected 1..%u", verb->name, w->value,
			      XLATE_METER_MAX);
	a.meter = (uint32_t)v;
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
