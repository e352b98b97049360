/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the flow tables of a bridge.
 *
 * A change collects rules that are added and rules that are removed, and makes all of it visible at once at the
 * next version, or takes all of it back.
 *
 * Thread safety: control. */
#pragma once

#include "table/rule.h"

struct rule_batch;
struct tables;

struct change {
	struct tables *t;
	uint64_t version; /* at which the change is visible; look at the tables so */
	struct rule_private *added, *removed;
	struct rule_batch *batch;
};

/* Returns 0 or -ENOMEM. One change at a time. */
int change_begin(struct tables *t, struct change *out);

/* Returns 0, or -ENOMEM or -ENOSPC (XLATE_MASKS_MAX, which is counted): as if not called. */
int change_add(struct change *c, const struct rule_config *config);

/* 'rule' is visible at the change's version. change_remove(): by a deletion. */
void change_remove(struct change *c, struct rule_private *rule);
/* REPLACED: by the rule that was added last, which dumps find in its place. */
void change_remove_why(struct change *c, struct rule_private *rule, enum xlate_rule_event why);

/* Makes room for a rule in a table that is full, by eviction. 0, or -ENOSPC, which is counted. */
int change_make_room(struct change *c, uint8_t table);

void change_commit(struct change *c);
void change_abort(struct change *c);

/* Adds a rule as if by flow_mod, e.g. a new bridge's NORMAL. Takes 'actions'. */
int tables_add_default(struct tables *t, struct xlate_actions *actions);
