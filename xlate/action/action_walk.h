/* SPDX-License-Identifier: Apache-2.0 */
/* The groups, meters and lessons that a list of actions names, at any depth.
 *
 * Thread safety: pure. */
#pragma once

#include <xlate/action.h>

/* The groups that an action list sends to. Stops when 'cb' returns non-zero, and returns that. */
int actions_each_group(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);

/* The meters of an action list. Stops when 'cb' returns non-zero, and returns that. */
int actions_each_meter(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);

/* Calls 'cb' for each learn(delete_learned) of a list; stops when it returns non-zero, and
 * returns that. */
int actions_each_lesson(const struct xlate_actions *actions,
			int (*cb)(const struct xlate_learn *lesson, void *aux), void *aux);

/* Whether a rule with these actions takes what it taught along. */
bool actions_delete_learned(const struct xlate_actions *actions);
