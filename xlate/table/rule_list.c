/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rule_list.h"

#include "table/rule.h"

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

void
rule_cursor_point_at(struct xlate_rule_cursor *cur, struct rule_private *r)
{
	if (cur->at)
		cur->at->in_list.n_cursors--;
	cur->at = r;
	if (r)
		r->in_list.n_cursors++;
}

void
rule_cursor_skip_empty(struct xlate_rule_cursor *cur)
{
	while (!cur->at && ++cur->table <= cur->last)
		rule_cursor_point_at(cur, TAILQ_FIRST(&cur->list->table[cur->table]));
}

void
rule_list_remove(struct rule_list *l, struct rule_private *r)
{
	struct xlate_rule_cursor *cur;

	if (r->in_list.n_cursors) {
		LIST_FOREACH(cur, &l->cursors, link)
		if (cur->at == r) {
			rule_cursor_point_at(cur, TAILQ_NEXT(r, in_list.e));
			rule_cursor_skip_empty(cur);
		}
	}
	TAILQ_REMOVE(&l->table[r->rule.table], r, in_list.e);
}

/* No cursor is at 'r', since the change in progress added it. */
void
rule_list_put_behind(struct rule_list *l, struct rule_private *r, struct rule_private *old)
{
	struct rule_head *head = &l->table[r->rule.table];

	TAILQ_REMOVE(head, r, in_list.e);
	TAILQ_INSERT_AFTER(head, old, r, in_list.e);
	r->in_list.order = old->in_list.order;
}
