/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: actions on MPLS labels.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_push_mpls(struct run *run, const struct xlate_action *a);
void execute_pop_mpls(struct run *run, const struct xlate_action *a);
void execute_dec_mpls_ttl(struct run *run, const struct xlate_action *a);
void execute_copy_ttl_out(struct run *run, const struct xlate_action *a);
void execute_copy_ttl_in(struct run *run, const struct xlate_action *a);
