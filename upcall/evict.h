/* SPDX-License-Identifier: Apache-2.0 */
/* Evictions and modifications of flows. Thread: the revalidator. */
#pragma once

#include "core.h"

/* Puts 'e->next' in effect. The old record is still credited until the paths are read again,
 * since those packets may have been treated by the old plan. */
void evict_take_plan(struct revalidator *r, struct entry *e) REQUIRES(e->mu);

/* Marks the flow for removal. */
void evict_decide(struct revalidator *r, struct entry *e) REQUIRES(e->mu);

/* Carries out the decisions of the pass, and the next step of earlier ones that can continue.
 * O(such flows), plus a bounded number of stuck flows. */
void evict_act(struct revalidator *r);

/* Returns true if a flow of 'r' can continue; else lowers '*until_ns' to the time at which one may.
 * Thread: the leader, between passes. */
bool evict_may_finish(struct revalidator *r, uint64_t now_ns, uint64_t *until_ns);

/* evict_hand_over() moves the flows being removed to another revalidator. evict_abandon() removes
 * them without waiting for hardware. evict_forget() frees the other flows, which the datapath keeps.
 * Thread: control, while no revalidator runs. */
void evict_hand_over(struct revalidator *from, struct revalidator *to);
void evict_abandon(struct revalidator *r);
void evict_forget(struct upc *u);
