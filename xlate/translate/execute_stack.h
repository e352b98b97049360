/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: the stack.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_push(struct run *run, const struct xlate_action *a);
void execute_pop(struct run *run, const struct xlate_action *a);
