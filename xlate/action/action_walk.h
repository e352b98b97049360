/* SPDX-License-Identifier: Apache-2.0 */
/* The groups, meters, lessons and fields in a list of actions, at any depth. A lesson is a
 * learn(delete_learned).
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

/* Calls 'cb' for each group that the list sends to. Stops if 'cb' returns non-zero and returns that
 * value. */
int actions_each_group(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);

/* Calls 'cb' for each meter of the list. Stops if 'cb' returns non-zero and returns that value. */
int actions_each_meter(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);

/* Calls 'cb' for each lesson of the list. Stops if 'cb' returns non-zero and returns that value. */
int actions_each_lesson(const struct xlate_actions *actions,
			int (*cb)(const struct xlate_learn *lesson, void *aux), void *aux);

/* Returns true if removing a rule with these actions removes the rules that it taught. */
bool actions_delete_learned(const struct xlate_actions *actions);

/* Returns true if the list reads or writes the field. */
bool actions_use_field(const struct xlate_actions *actions, const struct flow_field *f);
