/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: learn and fin_timeout.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_learn(struct run *run, const struct xlate_action *a);
void execute_fin_timeout(struct run *run, const struct xlate_action *a);
