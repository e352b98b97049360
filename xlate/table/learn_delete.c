/* SPDX-License-Identifier: Apache-2.0 */
/* Removes rules together with the last rule that taught them. */
#include "table/learn_delete.h"

#include "action/action_walk.h"
#include "table/rule_change.h"
#include "table/table.h"

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

/* Rules that this removes may have taught others. They are prepended to the list, so the walk
 * repeats for the new part. */
void
learn_delete_taught(struct change *c)
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
