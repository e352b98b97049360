/* SPDX-License-Identifier: Apache-2.0 */
#include "table/rule_index.h"

#include "action/action_walk.h"
#include "table/rule.h"

#include <base/lock.h>

#include <errno.h>
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#define CHAINS_MIN 64 /* a power of two */

LIST_HEAD(rule_refs, rule_ref);

/* The rules of one key. Exists as long as a rule has the key, hidden or not. */
struct rule_set {
	struct rule_key key;
	struct rule_set *next; /* in its chain */
	unsigned int n_held;   /* references by rules, including hidden ones */
	unsigned int n;
	unsigned int n_at_rest;
	struct rule_refs refs;
};

struct rule_index {
	struct mutex mutex; /* protects the chains and n_at_rest; only control changes them */
	uint64_t seed;
	struct rule_set **chain;
	size_t n_chains, n_sets;
};

int
rule_index_create(uint64_t seed, struct rule_index **out)
{
	struct rule_index *ix = calloc(1, sizeof *ix);

	if (!ix)
		return -ENOMEM;
	ix->seed = seed;
	ix->n_chains = CHAINS_MIN;
	ix->chain = calloc(ix->n_chains, sizeof(struct rule_set *));
	if (!ix->chain) {
		free(ix);
		return -ENOMEM;
	}
	mutex_init(&ix->mutex);
	*out = ix;
	return 0;
}

void
rule_index_destroy(struct rule_index *ix)
{
	if (!ix)
		return;
	for (size_t i = 0; i < ix->n_chains; i++) {
		for (struct rule_set *next, *s = ix->chain[i]; s; s = next) {
			next = s->next;
			free(s);
		}
	}
	free(ix->chain);
	mutex_destroy(&ix->mutex);
	free(ix);
}

static struct rule_set **
chain_of(const struct rule_index *ix, const struct rule_key *key)
{
	uint64_t words[] = {key->id, (uint64_t)key->kind << 8 | key->table};

	return &ix->chain[XXH3_64bits_withSeed(words, sizeof words, ix->seed) & (ix->n_chains - 1)];
}

static struct rule_set *
find(const struct rule_index *ix, const struct rule_key *key)
{
	struct rule_set *s = *chain_of(ix, key);

	while (s &&
	       !(s->key.id == key->id && s->key.kind == key->kind && s->key.table == key->table))
		s = s->next;
	return s;
}

static void
enter(struct rule_index *ix, struct rule_set *s)
{
	struct rule_set **chain = chain_of(ix, &s->key);

	s->next = *chain;
	*chain = s;
}

/* Without memory, the chains just become longer. */
static void
grow(struct rule_index *ix)
{
	struct rule_set **more = calloc(ix->n_chains * 2, sizeof(struct rule_set *)),
			**old = ix->chain;
	size_t n_old = ix->n_chains;

	if (!more)
		return;
	ix->chain = more;
	ix->n_chains *= 2;
	for (size_t i = 0; i < n_old; i++) {
		for (struct rule_set *next, *s = old[i]; s; s = next) {
			next = s->next;
			enter(ix, s);
		}
	}
	free(old);
}

static struct rule_set *
find_or_add(struct rule_index *ix, const struct rule_key *key)
{
	struct rule_set *s = find(ix, key);

	if (s)
		return s;
	s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->key = *key;
	LIST_INIT(&s->refs);
	mutex_lock(&ix->mutex);
	if (++ix->n_sets > ix->n_chains)
		grow(ix);
	enter(ix, s);
	mutex_unlock(&ix->mutex);
	return s;
}

static void
leave(struct rule_index *ix, struct rule_set *s)
{
	struct rule_set **at = chain_of(ix, &s->key);

	while (*at != s)
		at = &(*at)->next;
	mutex_lock(&ix->mutex);
	*at = s->next;
	ix->n_sets--;
	mutex_unlock(&ix->mutex);
	free(s);
}

/* Calls 'cb' for each key in a rule's actions, that is, for all its keys except the cookie. */
struct each {
	int (*cb)(const struct rule_key *key, void *aux);
	void *aux;
};

static int
each_group(uint32_t id, void *aux)
{
	const struct each *e = aux;

	return e->cb(&(struct rule_key){.kind = RULE_SENDS_TO, .id = id}, e->aux);
}

static int
each_meter(uint32_t id, void *aux)
{
	const struct each *e = aux;

	return e->cb(&(struct rule_key){.kind = RULE_USES_METER, .id = id}, e->aux);
}

static int
each_lesson(const struct xlate_learn *lesson, void *aux)
{
	const struct each *e = aux;

	return e->cb(&(struct rule_key){.kind = RULE_TEACHES,
					.table = lesson->table,
					.id = lesson->cookie},
		     e->aux);
}

static int
each_key(const struct xlate_actions *a, int (*cb)(const struct rule_key *key, void *aux), void *aux)
{
	struct each e = {.cb = cb, .aux = aux};
	int rc = actions_each_group(a, each_group, &e);

	if (!rc)
		rc = actions_each_meter(a, each_meter, &e);
	return rc ? rc : actions_each_lesson(a, each_lesson, &e);
}

static int
count_key(const struct rule_key *key, void *aux)
{
	unsigned int *n = aux;

	(void)key;
	++*n;
	return 0;
}

unsigned int
rule_index_n_refs(const struct xlate_actions *actions)
{
	unsigned int n = 1;

	each_key(actions, count_key, &n);
	return n;
}

struct adding {
	struct rule_index *ix;
	struct rule_private *r;
};

static int
add_key(const struct rule_key *key, void *aux)
{
	struct adding *a = aux;
	struct rule_ref *ref = &a->r->refs[a->r->n_refs];

	ref->rule = a->r;
	ref->set = find_or_add(a->ix, key);
	if (!ref->set)
		return -ENOMEM;
	ref->set->n_held++;
	ref->set->n++;
	LIST_INSERT_HEAD(&ref->set->refs, ref, link);
	a->r->n_refs++;
	return 0;
}

int
rule_index_add(struct rule_index *ix, struct rule_private *r)
{
	struct adding a = {.ix = ix, .r = r};
	struct rule_key cookie = {
		.kind = RULE_HAS_COOKIE, .table = r->rule.table, .id = r->rule.cookie};
	int rc = add_key(&cookie, &a);

	if (!rc)
		rc = each_key(r->rule.actions, add_key, &a);
	if (rc)
		rule_index_drop(ix, r);
	return rc;
}

void
rule_index_hide(struct rule_index *ix, struct rule_private *r)
{
	(void)ix;
	for (unsigned int i = 0; i < r->n_refs && !r->is_hidden; i++) {
		LIST_REMOVE(&r->refs[i], link);
		r->refs[i].set->n--;
	}
	r->is_hidden = true;
}

void
rule_index_show(struct rule_index *ix, struct rule_private *r)
{
	(void)ix;
	for (unsigned int i = 0; i < r->n_refs && r->is_hidden; i++) {
		LIST_INSERT_HEAD(&r->refs[i].set->refs, &r->refs[i], link);
		r->refs[i].set->n++;
	}
	r->is_hidden = false;
}

void
rule_index_commit(struct rule_index *ix, const struct rule_private *r)
{
	mutex_lock(&ix->mutex);
	for (unsigned int i = 0; i < r->n_refs; i++)
		r->refs[i].set->n_at_rest = r->refs[i].set->n;
	mutex_unlock(&ix->mutex);
}

void
rule_index_drop(struct rule_index *ix, struct rule_private *r)
{
	rule_index_hide(ix, r);
	while (r->n_refs) {
		struct rule_set *s = r->refs[--r->n_refs].set;

		if (!--s->n_held)
			leave(ix, s);
	}
}

struct rule_ref *
rule_index_first(struct rule_index *ix, const struct rule_key *key)
{
	struct rule_set *s = find(ix, key);

	return s ? LIST_FIRST(&s->refs) : NULL;
}

unsigned int
rule_index_count(struct rule_index *ix, const struct rule_key *key)
{
	const struct rule_set *s = find(ix, key);

	return s ? s->n : 0;
}

unsigned int
rule_index_count_at_rest(struct rule_index *ix, const struct rule_key *key)
{
	const struct rule_set *s;
	unsigned int n;

	mutex_lock(&ix->mutex);
	s = find(ix, key);
	n = s ? s->n_at_rest : 0;
	mutex_unlock(&ix->mutex);
	return n;
}
