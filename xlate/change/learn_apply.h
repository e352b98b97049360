/* SPDX-License-Identifier: Apache-2.0 */
/* Applies rules that learn actions made to the tables.
 *
 * Thread safety: see each function. */
#pragma once

#include "bridge/learn_queue.h"
#include "table/rule.h"

struct tables;
struct xlate;

/* If an identical rule exists, restarts its hard timeout. Else puts 'l' in the queue, unless it is
 * queued, and wakes control. Returns true if 'l' waits in the queue. Thread: any RCU thread. */
bool learned_put(struct xlate *x, struct learned *l);

/* Adds the rule to the tables, or restarts its hard timeout if it exists, at once.
 * Thread: control. */
void learned_teach(struct xlate *x, const struct learned *l);

/* Returns true if the rule exists, or its limit allows it. Thread: any RCU thread. */
bool learned_fits(const struct tables *t, const struct learned *l);

/* Returns the rule if the tables have an identical one, else NULL. Thread: any RCU thread. */
struct rule_private *learned_find(const struct tables *t, const struct xlate_flow_mod *fm);
