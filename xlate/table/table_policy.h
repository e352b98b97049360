/* SPDX-License-Identifier: Apache-2.0 */
/* The limit of a table, and the choice of rules to evict.
 *
 * Rules that can be evicted are in a heap by their worth. A rule's worth only rises after it was
 * put there, since use postpones its expiry; where timeouts are lowered, policy_rule_look()
 * corrects it. So the head of the heap is corrected when it is needed. If many rules are in use, an
 * eviction looks at up to 256, and takes the last of them.
 *
 * Thread safety: control. */
#pragma once

#include "classifier/heap.h"

#include <xlate/table_config.h>

#include <stddef.h>

struct rule_private;

/* All zero, except for the limits, is an empty table. */
struct table_policy {
	uint32_t rules_max; /* upper bound of the configured limit */
	struct xlate_table_config config;
	enum { VACANCY_SILENT, VACANCY_DOWN_NEXT, VACANCY_UP_NEXT } vacancy;
	unsigned int n_rules; /* after the change in progress */
	uint64_t n_evicted, n_rejected;
	struct heap heap; /* member 'evict' of rules, least worth first; empty without eviction */
};

/* A rule is added (returns 0, or -ENOMEM: it is not), removed, or restored, which needs no
 * memory. */
int policy_rule_added(struct table_policy *p, struct rule_private *r);
void policy_rule_removed(struct table_policy *p, struct rule_private *r);
void policy_rule_back(struct table_policy *p, struct rule_private *r);

/* Looks again at a rule of the table whose timeouts have changed. */
void policy_rule_look(struct table_policy *p, struct rule_private *r);

/* Returns how many rules the table may hold. */
uint32_t policy_limit(const struct table_policy *p);
bool policy_is_full(const struct table_policy *p);
bool policy_evicts(const struct table_policy *p);

/* Returns the rule to evict, or NULL if none can be. */
struct rule_private *policy_victim(struct table_policy *p);

/* Returns the vacancy with 'n_rules' rules, 0..100 percent. */
uint8_t policy_vacancy(const struct table_policy *p, unsigned int n_rules);

/* Returns the event to report with 'n_rules' rules; each event is returned once. */
enum xlate_table_event policy_vacancy_event(struct table_policy *p, unsigned int n_rules);

/* Sets the configuration. Afterwards the heap is empty and has room; the caller fills it by
 * policy_rule_look(). Returns 0 or -ENOMEM. */
int policy_configure(struct table_policy *p, const struct xlate_table_config *config);
void policy_free(struct table_policy *p);
