/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: actions for controllers.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

void execute_controller(struct run *run, const struct xlate_action *a);
void execute_sample(struct run *run, const struct xlate_action *a);

/* Tells the controllers with these IDs (NULL: with ID 0) that a packet's time is over, and ends its
 * list of actions. */
void execute_invalid_ttl(struct run *run, const struct xlate_bytes *ids);
