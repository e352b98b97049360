/* SPDX-License-Identifier: Apache-2.0 */
/* Finds rules by a filter.
 *
 * Thread safety: control. */
#pragma once

#include "table/rule.h"

struct tables;

/* Returns true if 'filter' selects the rule non-strictly. */
bool rule_matches_filter(const struct xlate_flow_mod *filter, const struct rule *r);

/* A list of rules that were found, which allows the tables to change while it is used. */
struct found {
	const struct xlate_flow_mod *filter; /* NULL: all */
	struct rule_private **rule;	     /* freed by the caller */
	size_t n, n_alloc;
};

/* Finds the rules that 'filter' selects in 'version' (the latest, or that of the change in
 * progress), table by table. Costs O(rules with its cookie), else like classifier_each(). Returns 0
 * or -ENOMEM. */
int tables_select(const struct tables *t, uint64_t version, bool strict, struct found *f);
