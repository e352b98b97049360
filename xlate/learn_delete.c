/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that go with the last rule that taught them. */
#include "learn.h"

#include "tables.h"

int
actions_each_lesson(const struct xlate_actions *actions,
		    int (*cb)(const struct xlate_learn *lesson, void *aux), void *aux)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < actions->n; i++) {
		const struct xlate_action *a = &actions->a[i];

		if (a->type == XLATE_ACT_LEARN && a->learn->delete_learned)
			rc = cb(a->learn, aux);
		else if (a->type == XLATE_ACT_CLONE)
			rc = actions_each_lesson(a->nested, cb, aux);
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
	return actions_each_lesson(actions, any, NULL);
}

static int
lesson_forget(const struct xlate_learn *lesson, void *aux)
{
	struct change *c = aux;
	struct rule_index *ix = tables_index(c->t);
	struct rule_key key = {.kind = RULE_TEACHES, .table = lesson->table, .id = lesson->cookie};

	if (rule_index_first(ix, &key))
		return 0;
	key.kind = RULE_HAS_COOKIE;
	for (struct rule_ref *ref; (ref = rule_index_first(ix, &key));)
		change_remove(c, ref->rule);
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
				actions_each_lesson(r->rule.actions, lesson_forget, c);
		done = first;
	}
}
