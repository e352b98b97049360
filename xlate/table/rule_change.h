/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the flow tables of a bridge.
 *
 * A change collects rules to add and to remove. It makes all of them take effect at once at the
 * next version, or undoes everything.
 *
 * Thread safety: control. */
#pragma once

#include "table/rule.h"

struct rule_batch;
struct tables;

struct change {
	struct tables *t;
	uint64_t version; /* of the change; meanwhile, lookups for it use this version */
	struct rule_private *added, *removed;
	struct rule_batch *batch;
};

/* Begins a change; there is only one at a time. Returns 0 or -ENOMEM. */
int change_begin(struct tables *t, struct change *out);

/* Adds a rule. Returns 0, or -ENOMEM or -ENOSPC (XLATE_MASKS_MAX; counted as rejected): nothing has
 * changed. */
int change_add(struct change *c, const struct rule_config *config);

/* Removes a rule that is visible in the change's version; the reason is a deletion. */
void change_remove(struct change *c, struct rule_private *rule);
/* As change_remove(), for the reason 'why'. REPLACED: by the rule added last, which takes its place
 * in dumps. */
void change_remove_why(struct change *c, struct rule_private *rule, enum xlate_rule_event why);

/* Makes room for a rule in a full table by eviction. Returns 0, or -ENOSPC (counted as
 * rejected). */
int change_make_room(struct change *c, uint8_t table);

void change_commit(struct change *c);
void change_abort(struct change *c);

/* Adds a rule to new tables, e.g. a bridge's NORMAL. Takes 'actions' on success. Returns 0 or an
 * error of change_begin() or change_add(). */
int tables_add_default(struct tables *t, struct xlate_actions *actions);
