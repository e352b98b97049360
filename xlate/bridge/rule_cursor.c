/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over the rules of a bridge: xlate/rule.h. */
#include "bridge/bridge.h"
#include "table/rule_select.h"

#include <errno.h>
#include <stdlib.h>

int
xlate_rule_cursor_open(struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		       struct xlate_rule_cursor **out)
{
	struct xlate_rule_cursor *cur = calloc(1, sizeof *cur);
	bool every = !filter || filter->table == XLATE_TABLE_ALL;

	if (!cur)
		return -ENOMEM;
	cur->t = br->tables;
	cur->list = tables_list(cur->t);
	cur->table = every ? -1 : filter->table - 1;
	cur->last = every ? XLATE_TABLES - 1 : filter->table;
	if (filter) {
		cur->filtered = true;
		cur->filter = *filter;
		cur->filter.actions = NULL;
	}
	LIST_INSERT_HEAD(&cur->list->cursors, cur, link);
	rule_cursor_skip_empty(cur);
	*out = cur;
	return 0;
}

bool
xlate_rule_cursor_step(struct xlate_rule_cursor *cur, unsigned int n_looks,
		       int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux)
{
	uint64_t version = tables_version(cur->t);
	bool stop = false;

	while (cur->at && n_looks-- && !stop) {
		const struct rule_private *r = cur->at;

		rule_cursor_point_at(cur, TAILQ_NEXT(r, in_list.e));
		rule_cursor_skip_empty(cur);
		if (classifier_rule_visible(&r->cls, version) &&
		    (!cur->filtered || rule_matches_filter(&cur->filter, &r->rule))) {
			struct xlate_match match;
			struct xlate_rule_view view = rule_view(r, &match);

			stop = cb(&view, aux) != 0;
		}
	}
	return cur->at != NULL;
}

bool
xlate_rule_cursor_passed(const struct xlate_rule_cursor *cur, const struct xlate_rule_view *rule)
{
	if (rule->table != cur->table || !cur->at)
		return rule->table < cur->table;
	return rule->order < cur->at->in_list.order;
}

void
xlate_rule_cursor_close(struct xlate_rule_cursor *cur)
{
	if (!cur)
		return;
	rule_cursor_point_at(cur, NULL);
	LIST_REMOVE(cur, link);
	free(cur);
}
