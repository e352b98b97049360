/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: connection tracking.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_ct(struct run *run, const struct xlate_action *a);
void execute_ct_clear(struct run *run, const struct xlate_action *a);
