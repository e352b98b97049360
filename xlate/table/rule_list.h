/* SPDX-License-Identifier: Apache-2.0 */
/* All rules of a bridge's tables, per table in the order of addition, and the cursors that walk
 * along them. A removed rule stays in the list until it leaves its classifier.
 *
 * Thread safety: control. */
#pragma once

#include <xlate/rule.h>
#include <xlate/xlate.h>

#include <sys/queue.h>

struct rule_private;
struct tables;
struct xlate_rule_cursor;

struct rule_link {
	TAILQ_ENTRY(rule_private) e;
	unsigned int n_cursors; /* number of cursors that visit this rule next */
	uint64_t order;		/* rises along a table; a replacement takes that of the old rule */
};

TAILQ_HEAD(rule_head, rule_private);

struct rule_list {
	struct rule_head table[XLATE_TABLES];
	LIST_HEAD(, xlate_rule_cursor) cursors;
	uint64_t last_order;
};

void rule_list_init(struct rule_list *l);
void rule_list_add(struct rule_list *l, struct rule_private *r);
/* Cursors that would visit the rule next move to the following one. */
void rule_list_remove(struct rule_list *l, struct rule_private *r);

/* Moves 'r' behind 'old', which it replaces. A cursor that visited 'old' does not visit 'r'; a
 * cursor that has not finds 'old' invisible and 'r' next. */
void rule_list_put_behind(struct rule_list *l, struct rule_private *r, struct rule_private *old);

/* A walk along the rules of a bridge: rule_cursor.c. */
struct xlate_rule_cursor {
	LIST_ENTRY(xlate_rule_cursor) link;
	struct tables *t;
	struct rule_list *list;	 /* of the tables */
	struct rule_private *at; /* the next rule to look at; NULL: the end of 'table' */
	int table, last;	 /* current and last table of the walk */
	bool filtered;
	struct xlate_flow_mod filter; /* without actions */
};

/* Sets the rule that the cursor visits next; NULL: none in its table. */
void rule_cursor_point_at(struct xlate_rule_cursor *cur, struct rule_private *r);

/* At the end of a table, moves the cursor to the next rule, or behind the last table. */
void rule_cursor_skip_empty(struct xlate_rule_cursor *cur);
