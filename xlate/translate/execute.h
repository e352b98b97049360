/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of actions, executed.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

void run_actions(struct run *run, const struct xlate_actions *actions);

void run_action(struct run *run, const struct xlate_action *a);

/* Executes actions as those of an action set, in its order: action_set.h. */
void run_set(struct run *run, const struct xlate_action *a, size_t n);

/* Executes the action set, at the end of the pipeline, and empties it. */
void run_action_set(struct run *run);
