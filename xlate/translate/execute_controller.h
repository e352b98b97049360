/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: actions for controllers.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_controller(struct run *run, const struct xlate_action *a);
void execute_sample(struct run *run, const struct xlate_action *a);

/* Reports an expired TTL to the controllers with these IDs (NULL: ID 0), and ends the list
 * of actions. */
void execute_invalid_ttl(struct run *run, const struct xlate_bytes *ids);
