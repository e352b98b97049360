/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that go with the last rule that taught them. */
#include "learn.h"

#include "tables.h"

static int
lessons_each(const struct xlate_actions *actions,
	     int (*cb)(const struct xlate_learn *lesson, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];

		if (a->type == XLATE_ACT_LEARN && a->learn->delete_learned)
			rc = cb(a->learn, aux);
		else if (a->type == XLATE_ACT_CLONE)
			rc = lessons_each(a->nested, cb, aux);
	}
	return rc;
}

static int
any(const struct xlate_learn *lesson, void *aux)
{
	(void)lesson;
	(void)aux;
	return 1;
}

bool
actions_delete_learned(const struct xlate_actions *actions)
{
	return lessons_each(actions, any, NULL);
}

struct forget {
	struct change *c;
	uint8_t table;
	uint64_t cookie;
};

static int
is_same(const struct xlate_learn *lesson, void *aux)
{
	const struct forget *f = aux;

	return lesson->table == f->table && lesson->cookie == f->cookie;
}

static int
still_teaches(struct rule_private *r, void *aux)
{
	return r->deletes_learned && lessons_each(r->rule.actions, is_same, aux);
}

static int
forget_rule(struct rule_private *r, void *aux)
{
	const struct forget *f = aux;

	if (r->rule.cookie == f->cookie)
		change_remove(f->c, r);
	return 0;
}

static int
lesson_forget(const struct xlate_learn *lesson, void *aux)
{
	struct change *c = aux;
	struct forget f = {.c = c, .table = lesson->table, .cookie = lesson->cookie};

	for (int i = 0; i < XLATE_TABLES; i++)
		if (tables_each(c->t, (uint8_t)i, c->version, still_teaches, &f))
			return 0;
	tables_each(c->t, f.table, c->version, forget_rule, &f);
	return 0;
}

/* What goes is put before those that went already, and may have taught, too. */
void
change_forget(struct change *c)
{
	const struct rule_private *done = NULL;

	while (c->removed != done) {
		const struct rule_private *first = c->removed;

		for (const struct rule_private *r = first; r != done; r = r->next_removed)
			if (r->deletes_learned)
				lessons_each(r->rule.actions, lesson_forget, c);
		done = first;
	}
}
