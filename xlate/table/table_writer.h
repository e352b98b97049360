/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's part of the flow tables: it creates tables, publishes changes, and frees removed
 * rules once no reader can find them.
 *
 * Thread safety: control. */
#pragma once

#include "table/rule.h"

struct classifier;
struct rule_batch;
struct table;
struct tables;

/* Returns a table, which is created if it does not exist. NULL: no memory. */
struct table *tables_get(struct tables *t, uint8_t table);

/* Returns the classifier for rules with these actions, which is created if it does not exist. NULL:
 * no memory. */
struct classifier *table_classifier(struct tables *t, struct table *tab,
				    const struct xlate_actions *actions);

/* Registers a table for the next tables_publish(). */
void tables_touch(struct tables *t, struct table *tab);

/* Makes the changes of registered tables visible to lookups. */
void tables_publish(struct tables *t);

/* Queues removed rules, to be dropped after a grace period. */
void tables_retire(struct tables *t, struct rule_batch *batch, struct rule_private *rules);

/* Unlinks a rule from everything, and frees it after a grace period. */
void tables_rule_drop(struct tables *t, struct rule_private *r);

/* Unlinks removed rules that no reader can find any more, and frees them. */
void tables_reclaim(struct tables *t);

/* Frees the queued rules of tables that are being destroyed. */
void tables_batches_free(struct tables *t);
