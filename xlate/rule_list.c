/* SPDX-License-Identifier: Apache-2.0 */
#include "rule_list.h"

#include "tables.h"

#include <errno.h>
#include <stdlib.h>

struct xlate_rule_cursor {
	LIST_ENTRY(xlate_rule_cursor) link;
	struct tables *t;
	struct rule_private *at; /* the next to look at; NULL: the end of 'table' */
	int table, last;	 /* those to go through */
	bool filtered;
	struct xlate_flow_mod filter; /* without actions */
};

void
rule_list_init(struct rule_list *l)
{
	for (int i = 0; i < XLATE_TABLES; i++)
		TAILQ_INIT(&l->table[i]);
	LIST_INIT(&l->cursors);
}

void
rule_list_add(struct rule_list *l, struct rule_private *r)
{
	r->in_list.order = ++l->last_order;
	TAILQ_INSERT_TAIL(&l->table[r->rule.table], r, in_list.e);
}

static void
point_at(struct xlate_rule_cursor *cur, struct rule_private *r)
{
	if (cur->at)
		cur->at->in_list.n_cursors--;
	cur->at = r;
	if (r)
		r->in_list.n_cursors++;
}

/* From the end of a table's rules to the next rule there is, or behind the last table. */
static void
settle(struct xlate_rule_cursor *cur)
{
	while (!cur->at && ++cur->table <= cur->last)
		point_at(cur, TAILQ_FIRST(&tables_list(cur->t)->table[cur->table]));
}

void
rule_list_remove(struct rule_list *l, struct rule_private *r)
{
	struct xlate_rule_cursor *cur;

	if (r->in_list.n_cursors) {
		LIST_FOREACH(cur, &l->cursors, link)
		if (cur->at == r) {
			point_at(cur, TAILQ_NEXT(r, in_list.e));
			settle(cur);
		}
	}
	TAILQ_REMOVE(&l->table[r->rule.table], r, in_list.e);
}

/* No cursor is at 'r': it came in the change that is under way. */
void
rule_list_put_behind(struct rule_list *l, struct rule_private *r, struct rule_private *old)
{
	struct rule_head *head = &l->table[r->rule.table];

	TAILQ_REMOVE(head, r, in_list.e);
	TAILQ_INSERT_AFTER(head, old, r, in_list.e);
	r->in_list.order = old->in_list.order;
}

int
xlate_rule_cursor_open(struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		       struct xlate_rule_cursor **out)
{
	struct xlate_rule_cursor *cur = calloc(1, sizeof *cur);
	bool every = !filter || filter->table == XLATE_TABLE_ALL;

	if (!cur)
		return -ENOMEM;
	cur->t = bridge_tables(br);
	cur->table = every ? -1 : filter->table - 1;
	cur->last = every ? XLATE_TABLES - 1 : filter->table;
	if (filter) {
		cur->filtered = true;
		cur->filter = *filter;
		cur->filter.actions = NULL;
	}
	LIST_INSERT_HEAD(&tables_list(cur->t)->cursors, cur, link);
	settle(cur);
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

		point_at(cur, TAILQ_NEXT(r, in_list.e));
		settle(cur);
		if (classifier_rule_visible(&r->cls, version) &&
		    (!cur->filtered || rule_is_meant(&cur->filter, &r->rule))) {
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
	point_at(cur, NULL);
	LIST_REMOVE(cur, link);
	free(cur);
}
