/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: actions on fields and tags.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_set_field(struct run *run, const struct xlate_action *a);
void execute_move(struct run *run, const struct xlate_action *a);
void execute_push_vlan(struct run *run, const struct xlate_action *a);
void execute_pop_vlan(struct run *run, const struct xlate_action *a);
void execute_set_vlan_vid(struct run *run, const struct xlate_action *a);
void execute_set_vlan_pcp(struct run *run, const struct xlate_action *a);
void execute_dec_ttl(struct run *run, const struct xlate_action *a);
