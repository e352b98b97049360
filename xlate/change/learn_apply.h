/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that learn actions made, as the tables take them.
 *
 * Thread safety: as said at each function. */
#pragma once

#include "bridge/learn_queue.h"
#include "table/rule.h"

struct tables;
struct xlate;

/* A rule that is in the tables as it is to be learned counts as modified now. Another is put in the
 * queue, unless it is there, and control is woken. Returns true when it waits in the queue.
 * Thread: any RCU thread. */
bool learned_put(struct xlate *x, struct learned *l);

/* Adds the rule to the tables, or refreshes it, at once. Thread: control. */
void learned_teach(struct xlate *x, const struct learned *l);

/* Returns true if the rule is in the tables, or may be added. Thread: any RCU thread. */
bool learned_fits(const struct tables *t, const struct learned *l);

/* Returns the rule if it is in the tables as it is to be learned, else NULL. Thread: any RCU thread. */
struct rule_private *learned_find(const struct tables *t, const struct xlate_flow_mod *fm);
