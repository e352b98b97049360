/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: clone.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_clone(struct run *run, const struct xlate_action *a);
