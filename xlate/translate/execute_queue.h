/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: queues.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_set_queue(struct run *run, const struct xlate_action *a);
void execute_pop_queue(struct run *run, const struct xlate_action *a);

/* Notes in the trace that no port has queues. */
void execute_queue_note(struct run *run);
