/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/key_rules.h"

#include <stdlib.h>

#define WALK_MAX 16

static struct key_index *
index_of(const struct trie_leaf *leaf)
{
	return leaf->index;
}

static void
index_free(struct trie_leaf *leaf)
{
	struct key_index *ix = leaf->index;

	if (!ix)
		return;
	LIST_REMOVE(ix, in_all);
	priorities_free(&ix->priorities);
	free(ix);
	leaf->index = NULL;
}

/* Indexes a rule that is already in the list. Returns false if there is no memory. */
static bool
index_add(struct key_index *ix, struct classifier_rule *rule)
{
	struct priority *p = priorities_add(&ix->priorities, rule->priority);

	if (!p)
		return false;
	p->n++;
	p->first = rule;
	if (!rule->next)
		ix->last = rule;
	return true;
}

/* Walks from the last rule to the first, so that the first one of each priority remains as its
 * 'first'. */
static void
index_make(struct trie_leaf *leaf, struct classifier_rule *last, struct key_index_list *all)
{
	struct key_index *ix = calloc(1, sizeof *ix);

	if (!ix)
		return;
	leaf->index = ix;
	LIST_INSERT_HEAD(all, ix, in_all);
	for (struct classifier_rule *r = last; r; r = r->prev) {
		if (!index_add(ix, r)) {
			index_free(leaf);
			return;
		}
	}
}

/* Called before the rule leaves the list. */
static void
index_remove(struct key_index *ix, struct classifier_rule *rule)
{
	struct priority *p = priorities_find(&ix->priorities, rule->priority);

	if (ix->last == rule)
		ix->last = rule->prev;
	if (!--p->n)
		priorities_remove(&ix->priorities, p);
	else if (p->first == rule)
		p->first = rule->next;
}

/* Returns the last rule above 'priority', or NULL. */
static struct classifier_rule *
last_above(struct trie_leaf *leaf, uint16_t priority, unsigned int *n_walked)
{
	struct classifier_rule *above = NULL, *r = leaf->first;

	if (leaf->index) {
		const struct priority *p = priorities_from(&index_of(leaf)->priorities, priority);

		return p ? p->first->prev : index_of(leaf)->last;
	}
	for (; r && r->priority > priority; r = r->next) {
		above = r;
		++*n_walked;
	}
	return above;
}

static struct classifier_rule *
last_of(struct classifier_rule *r)
{
	while (r->next)
		r = r->next;
	return r;
}

void
key_rules_link(struct trie_leaf *leaf, struct classifier_rule *rule, struct key_index_list *all)
{
	unsigned int n_walked = 0;
	struct classifier_rule *above = last_above(leaf, rule->priority, &n_walked);
	struct classifier_rule **at =
		above ? &above->next : (struct classifier_rule **)&leaf->first;

	rule->prev = above;
	rule->next = *at;
	if (rule->next)
		rule->next->prev = rule;
	rcu_publish(at, rule);
	if (leaf->index && !index_add(leaf->index, rule))
		index_free(leaf);
	else if (n_walked > WALK_MAX)
		index_make(leaf, last_of(rule), all);
}

/* The rule keeps its 'next', so a reader at the rule continues with the rules behind it. */
void
key_rules_unlink(struct trie_leaf *leaf, struct classifier_rule *rule)
{
	struct classifier_rule **at =
		rule->prev ? &rule->prev->next : (struct classifier_rule **)&leaf->first;

	if (leaf->index)
		index_remove(leaf->index, rule);
	if (rule->next)
		rule->next->prev = rule->prev;
	rcu_publish(at, rule->next);
	if (!leaf->first)
		index_free(leaf);
}

struct classifier_rule *
key_rules_find(const struct trie_leaf *leaf, uint16_t priority)
{
	struct classifier_rule *r = leaf->first;

	if (leaf->index) {
		const struct priority *p = priorities_find(&index_of(leaf)->priorities, priority);

		return p ? p->first : NULL;
	}
	while (r && r->priority > priority)
		r = r->next;
	return r && r->priority == priority ? r : NULL;
}

void
key_indexes_free(struct key_index_list *all)
{
	for (struct key_index *ix; (ix = LIST_FIRST(all));) {
		LIST_REMOVE(ix, in_all);
		priorities_free(&ix->priorities);
		free(ix);
	}
}
