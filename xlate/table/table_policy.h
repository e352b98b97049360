/* SPDX-License-Identifier: Apache-2.0 */
/* How full a table is, and whom to evict.
 *
 * Rules that can be evicted are in a heap by what they are worth; a rule is worth at least as much
 * as it was when it was put there, unless something lowered its timeouts, since only use moves its
 * expiry. So the head is made good when it is asked for; of many rules in use, an eviction asks up to
 * 256, and takes the one of least worth as far as the heap then knows.
 *
 * Thread safety: control. */
#pragma once

#include "classifier/heap.h"

#include <xlate/table_config.h>

#include <stddef.h>

struct rule_private;

/* All zero but for the limits: an empty table. */
struct table_policy {
	uint32_t rules_max; /* whatever the configuration says */
	struct xlate_table_config config;
	enum { VACANCY_SILENT, VACANCY_DOWN_NEXT, VACANCY_UP_NEXT } vacancy;
	unsigned int n_rules; /* as the change under way has them */
	uint64_t n_evicted, n_rejected;
	struct heap heap; /* 'evict' of rules, the least worth first; of nobody without eviction */
};

/* The rule comes (0 or -ENOMEM: it does not), or goes. What went and comes back needs no memory. */
int policy_rule_came(struct table_policy *p, struct rule_private *r);
void policy_rule_went(struct table_policy *p, struct rule_private *r);
void policy_rule_back(struct table_policy *p, struct rule_private *r);

/* Looks at a rule of the table again, whose timeouts are others by now. */
void policy_rule_look(struct table_policy *p, struct rule_private *r);

/* How many rules the table takes. */
uint32_t policy_limit(const struct table_policy *p);
bool policy_is_full(const struct table_policy *p);
bool policy_evicts(const struct table_policy *p);

/* The rule to evict; NULL: none can be. */
struct rule_private *policy_victim(struct table_policy *p);

/* 0..100, of 'n_rules' rules. */
uint8_t policy_vacancy(const struct table_policy *p, unsigned int n_rules);

/* What is to be told now that there are so many rules; it is told once. */
enum xlate_table_event policy_vacancy_event(struct table_policy *p, unsigned int n_rules);

/* Takes the configuration; the heap is empty afterwards and to be filled by policy_rule_look(), for which
 * there is room. 0 or -ENOMEM. */
int policy_configure(struct table_policy *p, const struct xlate_table_config *config);
void policy_free(struct table_policy *p);
