/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over lists of actions: their groups, meters, lessons and fields. */
#include "action/action_walk.h"

int
actions_each_group(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; i < a->n && !rc; i++) {
		if (a->a[i].type == XLATE_ACT_GROUP)
			rc = cb(a->a[i].group, aux);
		else if (a->a[i].type == XLATE_ACT_WRITE_ACTIONS || a->a[i].type == XLATE_ACT_CLONE)
			rc = actions_each_group(a->a[i].nested, cb, aux);
	}
	return rc;
}

static int
is_group(uint32_t id, void *aux)
{
	const uint32_t *group = aux;

	return id == *group;
}

bool
xlate_actions_sends_to_group(const struct xlate_actions *a, uint32_t group)
{
	return actions_each_group(a, is_group, &group);
}

int
actions_each_meter(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; i < a->n && !rc; i++) {
		if (a->a[i].type == XLATE_ACT_METER)
			rc = cb(a->a[i].meter, aux);
		else if (a->a[i].type == XLATE_ACT_CLONE)
			rc = actions_each_meter(a->a[i].nested, cb, aux);
	}
	return rc;
}

int
actions_each_lesson(const struct xlate_actions *actions,
		    int (*cb)(const struct xlate_learn *lesson, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];

		if (a->type == XLATE_ACT_LEARN && a->learn->delete_learned)
			rc = cb(a->learn, aux);
		else if (a->type == XLATE_ACT_CLONE)
			rc = actions_each_lesson(a->nested, cb, aux);
	}
	return rc;
}

static int
any(const struct xlate_learn *lesson, void *aux)
{
	(void)lesson;
	(void)aux;
	return 1;
}

bool
actions_delete_learned(const struct xlate_actions *actions)
{
	return actions_each_lesson(actions, any, NULL);
}

static bool
learn_uses_field(const struct xlate_learn *l, const struct flow_field *f)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->spec[i].src.field == f || l->spec[i].dst.field == f)
			return true;
	}
	return l->result_dst.field == f;
}

static bool
action_uses_field(const struct xlate_action *a, const struct flow_field *f)
{
	switch (a->type) {
	case XLATE_ACT_SET_FIELD:
		return a->set.field == f;
	case XLATE_ACT_MOVE:
		return a->move.src.field == f || a->move.dst.field == f;
	case XLATE_ACT_STACK_PUSH:
	case XLATE_ACT_STACK_POP:
		return a->stack.field == f;
	case XLATE_ACT_OUTPUT_REG:
		return a->output_reg.src.field == f;
	case XLATE_ACT_LEARN:
		return learn_uses_field(a->learn, f);
	case XLATE_ACT_MULTIPATH:
		return a->multipath.dst.field == f;
	case XLATE_ACT_BUNDLE:
		return a->bundle->dst.field == f;
	case XLATE_ACT_CHECK_SIZE:
		return a->check_size.dst.field == f;
	case XLATE_ACT_CT:
		return a->ct.zone_src.field == f || (a->nested && actions_use_field(a->nested, f));
	case XLATE_ACT_CLONE:
	case XLATE_ACT_WRITE_ACTIONS:
		return actions_use_field(a->nested, f);
	default:
		return false;
	}
}

bool
actions_use_field(const struct xlate_actions *actions, const struct flow_field *f)
{
	for (size_t i = 0; i < actions->n; i++) {
		if (action_uses_field(&actions->a[i], f))
			return true;
	}
	return false;
}
