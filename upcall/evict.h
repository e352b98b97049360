/* SPDX-License-Identifier: Apache-2.0 */
/* Evictions and modifications of flows. Thread: the revalidator. */
#pragma once

#include "core.h"

/* 'e->next' is in effect. Packets go on being credited to the record of before until the paths are read
 * again: what they counted until now was treated by that. */
void evict_take_plan(struct revalidator *r, struct entry *e) REQUIRES(e->mu);

/* The flow is to leave. */
void evict_decide(struct revalidator *r, struct entry *e) REQUIRES(e->mu);

/* Carries out what was decided in the pass, and what may go on since. O(flows that do), and a bounded
 * number of flows that are stuck. */
void evict_act(struct revalidator *r);

/* True when some flow of 'r' can go on; else '*until_ns' is lowered to when that may be. Thread: the
 * leader, between passes. */
bool evict_may_finish(struct revalidator *r, uint64_t now_ns, uint64_t *until_ns);

/* Thread: control, when no revalidator runs. The second gives up waiting for hardware. */
void evict_hand_over(struct revalidator *from, struct revalidator *to);
void evict_abandon(struct revalidator *r);
