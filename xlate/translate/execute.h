/* SPDX-License-Identifier: Apache-2.0 */
/* Executes lists of actions.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Executes a list, until its end, an exit or a stop. */
void run_actions(struct run *run, const struct xlate_actions *actions);

/* Executes one action, for one step. */
void run_action(struct run *run, const struct xlate_action *a);

/* Executes actions in the order of an action set: action_set.h. */
void run_set(struct run *run, const struct xlate_action *a, size_t n);

/* Executes and empties the action set, at the end of the pipeline. */
void run_action_set(struct run *run);
