/* SPDX-License-Identifier: Apache-2.0 */
/* Listing of the rules of a bridge. */
#include "bridge/bridge.h"
#include "table/rule_select.h"

#include <stdlib.h>

static int
by_table_and_priority(const void *pa, const void *pb)
{
	const struct rule_private *a = *(struct rule_private *const *)pa;
	const struct rule_private *b = *(struct rule_private *const *)pb;

	if (a->rule.table != b->rule.table)
		return a->rule.table < b->rule.table ? -1 : 1;
	if (a->rule.priority != b->rule.priority)
		return a->rule.priority > b->rule.priority ? -1 : 1;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

int
xlate_rule_each(const struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux)
{
	const struct tables *t = br->tables;
	struct found f = {.filter = filter};
	int rc = tables_select(t, tables_version(t), false, &f);

	if (!rc && f.n)
		qsort(f.rule, f.n, sizeof(struct rule_private *), by_table_and_priority);
	for (size_t i = 0; i < f.n && !rc; i++) {
		struct xlate_match match;
		struct xlate_rule_view view = rule_view(f.rule[i], &match);

		rc = cb(&view, aux);
	}
	free(f.rule);
	return rc;
}

void
xlate_table_stats(const struct xlate_bridge *br, uint8_t table, struct xlate_table_stats *out)
{
	tables_stats(br->tables, table, out);
}
