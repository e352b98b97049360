/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over lists of actions: their groups, meters and lessons. */
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
