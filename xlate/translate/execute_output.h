/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: actions that send.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_output(struct run *run, const struct xlate_action *a);
void execute_output_trunc(struct run *run, const struct xlate_action *a);
void execute_output_reg(struct run *run, const struct xlate_action *a);
void execute_enqueue(struct run *run, const struct xlate_action *a);
void execute_bundle(struct run *run, const struct xlate_action *a);
