/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by filter.
 *
 * Thread safety: control. */
#pragma once

#include "table/rule.h"

struct tables;

/* Whether a rule is one that 'filter' means loosely. */
bool rule_is_meant(const struct xlate_flow_mod *filter, const struct rule *r);

/* Rules found in tables, to look at while these change. */
struct found {
	const struct xlate_flow_mod *filter; /* NULL: all */
	struct rule_private **rule;	     /* to be freed */
	size_t n, n_alloc;
};

/* Finds the rules that 'filter' means at the latest version, or that of the change under way, table by
 * table. O(rules with its cookie, else as classifier_each()). 0 or -ENOMEM. */
int tables_select(const struct tables *t, uint64_t version, bool strict, struct found *f);
