/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/classifier.h"

#include "classifier/subtable.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define INDEX_MIN 64 /* a power of two */

struct entry {
	struct subtable *subtable;
	uint32_t hash; /* part of the hash of the mask */
	uint16_t max_priority;
};

/* Subtables by falling priority, and an index of them by the hash of their mask. Immutable once
 * published; replaced as a whole. */
struct classifier_masks {
	struct rcu_deferred deferred;
	size_t n;
	size_t n_index; /* a power of two, more than twice 'n' */
	/* Open addressing with linear probing: position in 'e' plus 1, or 0 if free. Lies behind
	 * 'e'. */
	uint32_t *index;
	struct entry e[];
};

struct classifier {
	const struct classifier_layout *layout;
	struct classifier_masks *masks; /* written by the writer, read under RCU; never NULL */
	/* For the writer only. */
	struct subtable **index; /* hash chains, by the hash of the mask */
	size_t n_index, n_subtables;
	struct subtable_list all;
	size_t n_masks; /* masks that have a visible rule */
	/* Subtables that are new, or empty, or have another priority than in 'masks'. */
	struct subtable *moved;
	size_t n_moved;
	/* the next 'masks', with room for 'n_next'; NULL: not allocated yet */
	struct classifier_masks *next;
	size_t n_next;
	bool filled; /* 'next' has its final content */
};

/* Returns the size of the index for up to 'n' masks. */
static size_t
index_size(size_t n)
{
	size_t size = 4;

	while (size <= 2 * n)
		size *= 2;
	return size;
}

static int
masks_reserve(struct classifier *cls)
{
	size_t n = cls->masks->n + cls->n_moved + 1;
	struct classifier_masks *more;

	if (n <= cls->n_next)
		return 0;
	n += n / 8;
	more = realloc(cls->next, sizeof *more + n * sizeof more->e[0] +
					  index_size(n) * sizeof more->index[0]);
	if (!more)
		return -ENOMEM;
	cls->next = more;
	cls->n_next = n;
	cls->filled = false;
	return 0;
}

/* Builds the index, behind room for 'n_room' masks. */
static void
masks_index(struct classifier_masks *v, size_t n_room)
{
	v->n_index = index_size(v->n);
	v->index = (uint32_t *)(v->e + n_room);
	memset(v->index, 0, v->n_index * sizeof v->index[0]);
	for (size_t i = 0; i < v->n; i++) {
		size_t at = v->e[i].hash & (v->n_index - 1);

		while (v->index[at])
			at = (at + 1) & (v->n_index - 1);
		v->index[at] = (uint32_t)i + 1;
	}
}

int
classifier_create(const struct classifier_layout *layout, struct classifier **out)
{
	struct classifier *cls = calloc(1, sizeof *cls);

	if (!cls)
		return -ENOMEM;
	cls->layout = layout;
	cls->n_index = INDEX_MIN;
	cls->index = calloc(cls->n_index, sizeof(struct subtable *));
	cls->masks = calloc(1, sizeof *cls->masks + index_size(0) * sizeof(uint32_t));
	if (!cls->index || !cls->masks) {
		free(cls->index);
		free(cls->masks);
		free(cls);
		return -ENOMEM;
	}
	masks_index(cls->masks, 0);
	LIST_INIT(&cls->all);
	*out = cls;
	return 0;
}

void
classifier_destroy(struct classifier *cls)
{
	struct subtable *st;

	while ((st = LIST_FIRST(&cls->all))) {
		LIST_REMOVE(st, in_all);
		subtable_free(st);
	}
	free(cls->next);
	free(cls->masks);
	free(cls->index);
	free(cls);
}

static uint64_t
mask_hash(const struct classifier_layout *layout, const uint64_t *mask)
{
	return XXH3_64bits_withSeed(mask, layout->n_words * sizeof mask[0], layout->seed);
}

static uint64_t
hash_of(const struct classifier *cls, const uint64_t *mask)
{
	return mask_hash(cls->layout, mask);
}

static struct subtable *
find_mask(const struct classifier *cls, uint64_t hash, const uint64_t *mask)
{
	struct subtable *st = cls->index[hash & (cls->n_index - 1)];

	while (st && !(st->hash == hash && subtable_has_mask(st, mask)))
		st = st->next_alike;
	return st;
}

static void
index_add(struct classifier *cls, struct subtable *st)
{
	struct subtable **chain = &cls->index[st->hash & (cls->n_index - 1)];

	st->next_alike = *chain;
	*chain = st;
}

/* Without memory, the chains just become longer. */
static void
index_grow(struct classifier *cls)
{
	struct subtable **index = calloc(cls->n_index * 2, sizeof *index), *st;

	if (!index)
		return;
	free(cls->index);
	cls->index = index;
	cls->n_index *= 2;
	LIST_FOREACH(st, &cls->all, in_all)
	index_add(cls, st);
}

static void
add_subtable(struct classifier *cls, struct subtable *st)
{
	if (++cls->n_subtables > cls->n_index)
		index_grow(cls);
	LIST_INSERT_HEAD(&cls->all, st, in_all);
	index_add(cls, st);
}

static void
remove_subtable(struct classifier *cls, struct subtable *st)
{
	struct subtable **at = &cls->index[st->hash & (cls->n_index - 1)];

	while (*at != st)
		at = &(*at)->next_alike;
	*at = st->next_alike;
	LIST_REMOVE(st, in_all);
	cls->n_subtables--;
	subtable_free_deferred(st);
}

static void
mark_moved(struct classifier *cls, struct subtable *st)
{
	cls->filled = false;
	if (st->moved)
		return;
	st->moved = true;
	st->next_moved = cls->moved;
	cls->moved = st;
	cls->n_moved++;
}

static int
by_falling_priority(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	return (a->max_priority < b->max_priority) - (a->max_priority > b->max_priority);
}

/* Merges the moved subtables into the others. They are first sorted at the end of the array, behind
 * the room for the others. */
static void
masks_fill(struct classifier *cls)
{
	const struct classifier_masks *old = cls->masks;
	struct classifier_masks *v = cls->next;
	struct entry *moved = v->e + old->n;
	const struct entry *end;
	size_t n = 0;

	for (struct subtable *st = cls->moved; st; st = st->next_moved) {
		if (st->n_rules)
			moved[n++] =
				(struct entry){st, (uint32_t)st->hash, subtable_max_priority(st)};
	}
	qsort(moved, n, sizeof moved[0], by_falling_priority);
	end = moved + n;
	v->n = 0;
	for (size_t i = 0; i < old->n; i++) {
		if (old->e[i].subtable->moved)
			continue;
		while (moved < end && moved->max_priority > old->e[i].max_priority)
			v->e[v->n++] = *moved++;
		v->e[v->n++] = old->e[i];
	}
	while (moved < end)
		v->e[v->n++] = *moved++;
	masks_index(v, cls->n_next);
	cls->filled = true;
}

static void
masks_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct classifier_masks, deferred));
}

/* Insertions have reserved the room. So memory can lack only for removals, which may wait for the
 * next call. */
void
classifier_publish(struct classifier *cls)
{
	struct classifier_masks *old = cls->masks;

	if (!cls->n_moved || masks_reserve(cls))
		return;
	if (!cls->filled)
		masks_fill(cls);
	rcu_publish(&cls->masks, cls->next);
	rcu_defer(&old->deferred, masks_free);
	cls->next = NULL;
	cls->n_next = 0;
	cls->filled = false;
	for (struct subtable *next, *st = cls->moved; st; st = next) {
		next = st->next_moved;
		st->moved = false;
		if (!st->n_rules)
			remove_subtable(cls, st);
	}
	cls->moved = NULL;
	cls->n_moved = 0;
}

const struct classifier_masks *
classifier_masks(const struct classifier *cls)
{
	return rcu_read(&cls->masks);
}

const struct classifier_masks *
classifier_draft(struct classifier *cls)
{
	if (!cls->n_moved || masks_reserve(cls))
		return cls->masks;
	if (!cls->filled)
		masks_fill(cls);
	return cls->next;
}

static bool
has_visible(const struct subtable *st)
{
	return st->n_rules > st->n_hidden;
}

/* Counts a subtable's mask after a change. had: the subtable had visible rules before. */
static void
count_mask(struct subtable *st, bool had)
{
	st->owner->n_masks += has_visible(st);
	st->owner->n_masks -= had;
}

static bool
is_full(const struct classifier *cls)
{
	return cls->layout->n_masks_max && cls->n_masks >= cls->layout->n_masks_max;
}

static int
insert_in_new(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
	      const uint64_t *mask, uint64_t hash)
{
	struct subtable *st = subtable_new(cls->layout, mask);

	if (!st || masks_reserve(cls) || subtable_insert(st, rule, key)) {
		if (st)
			subtable_free(st);
		return -ENOMEM;
	}
	st->owner = cls;
	st->hash = hash;
	add_subtable(cls, st);
	mark_moved(cls, st);
	count_mask(st, false);
	return 0;
}

int
classifier_insert(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
		  const uint64_t *mask)
{
	uint64_t hash = hash_of(cls, mask);
	struct subtable *st = find_mask(cls, hash, mask);
	bool rises, had;

	if ((!st || !has_visible(st)) && is_full(cls))
		return -ENOSPC;
	if (!st)
		return insert_in_new(cls, rule, key, mask, hash);
	had = has_visible(st);
	rises = !st->n_rules || rule->priority > subtable_max_priority(st);
	if ((rises && masks_reserve(cls)) || subtable_insert(st, rule, key))
		return -ENOMEM;
	if (rises)
		mark_moved(cls, st);
	count_mask(st, had);
	return 0;
}

void
classifier_remove(struct classifier_rule *rule)
{
	struct subtable *st = rule->subtable;
	uint16_t max_priority = subtable_max_priority(st);
	bool had = has_visible(st);

	st->n_hidden -= atomic_load_explicit(&rule->remove_version, memory_order_relaxed) !=
			CLASSIFIER_NEVER;
	subtable_remove(st, rule);
	count_mask(st, had);
	if (!st->n_rules || subtable_max_priority(st) != max_priority)
		mark_moved(st->owner, st);
}

void
classifier_rule_hide(struct classifier_rule *rule, uint64_t remove_version)
{
	struct subtable *st = rule->subtable;
	bool had = has_visible(st);

	if (remove_version == CLASSIFIER_NEVER)
		st->n_hidden--;
	else
		st->n_hidden++;
	count_mask(st, had);
	atomic_store_explicit(&rule->remove_version, remove_version, memory_order_relaxed);
}

void
classifier_rule_key(const struct classifier_rule *rule, uint64_t *key)
{
	subtable_key(rule->subtable, rule->leaf, key);
}

const uint64_t *
classifier_rule_mask(const struct classifier_rule *rule)
{
	return rule->subtable->mask;
}

uint64_t
classifier_rule_words(const struct classifier_rule *rule)
{
	return rule->subtable->words;
}

/* Subtables that are searched together, so that they wait for memory together. */
#define AHEAD 8
_Static_assert(AHEAD <= TRIE_WARM_MAX, "all at once");

/* A walk over the subtables in order of priority. */
struct subtable_walk {
	const struct classifier_masks *in;
	const uint64_t *key;
	uint64_t *mask;
	uint64_t version;
	struct classifier_effort *effort;
	struct subtable_hints hints;
	struct trie_leaf *near[AHEAD]; /* in the subtables from number 'i' - 'i' % AHEAD on */
};

static void
search_ahead(struct subtable_walk *w, size_t i)
{
	const struct trie *tries[AHEAD];
	size_t n = 0;

	for (; n < AHEAD && i + n < w->in->n; n++)
		tries[n] = &w->in->e[i + n].subtable->rules;
	trie_nearest_each(tries, n, w->key, w->near);
}

/* Looks the key up in subtable 'i'. 'i' is one more at each call, from 0 on. */
static const struct classifier_rule *
walk_look(struct subtable_walk *w, size_t i)
{
	const struct subtable *st = w->in->e[i].subtable;

	if (i % AHEAD == 0)
		search_ahead(w, i);
	w->effort->n_looks++;
	w->effort->words |= st->words;
	return subtable_lookup(st, w->near[i % AHEAD], w->version, w->key, w->mask, &w->hints);
}

const struct classifier_rule *
classifier_lookup(const struct classifier_masks *v, uint64_t version, const uint64_t *key,
		  uint64_t *mask, struct classifier_effort *effort)
{
	struct subtable_walk w = {
		.in = v, .key = key, .mask = mask, .version = version, .effort = effort};
	const struct classifier_rule *best = NULL;

	for (size_t i = 0; i < v->n; i++) {
		if (best && v->e[i].max_priority <= best->priority)
			break;

		const struct classifier_rule *r = walk_look(&w, i);

		if (r && (!best || r->priority > best->priority))
			best = r;
	}
	return best;
}

void
classifier_each_match(const struct classifier_masks *v, uint64_t version, const uint64_t *key,
		      uint64_t *mask, int priority, struct classifier_effort *effort,
		      void (*cb)(const struct classifier_rule *rule, void *aux), void *aux)
{
	struct subtable_walk w = {
		.in = v, .key = key, .mask = mask, .version = version, .effort = effort};

	for (size_t i = 0; i < v->n && v->e[i].max_priority > priority; i++) {
		const struct classifier_rule *r = walk_look(&w, i);

		for (; r && r->priority > priority; r = rcu_read(&r->next)) {
			effort->n_looks++;
			if (classifier_rule_visible(r, version))
				cb(r, aux);
		}
	}
}

static const struct trie_leaf *
find_leaf(const struct subtable *st, const uint64_t *key)
{
	const struct trie_leaf *leaf = st ? trie_nearest(&st->rules, key) : NULL;

	return leaf && trie_first_difference(&st->shape, leaf, key) == TRIE_SAME ? leaf : NULL;
}

/* Rules of one priority are in the list with the latest first. */
static struct classifier_rule *
first_visible(struct classifier_rule *r, uint16_t priority, uint64_t version)
{
	while (r && r->priority > priority)
		r = rcu_read(&r->next);
	while (r && r->priority == priority && !classifier_rule_visible(r, version))
		r = rcu_read(&r->next);
	return r && r->priority == priority ? r : NULL;
}

struct classifier_rule *
classifier_find(const struct classifier *cls, uint64_t version, const uint64_t *key,
		const uint64_t *mask, uint16_t priority)
{
	const struct trie_leaf *leaf = find_leaf(find_mask(cls, hash_of(cls, mask), mask), key);

	return leaf ? first_visible(key_rules_find(leaf, priority), priority, version) : NULL;
}

struct classifier_rule *
classifier_find_in(const struct classifier_masks *in, uint64_t version, const uint64_t *key,
		   const uint64_t *mask, uint16_t priority)
{
	uint32_t hash = in->n ? (uint32_t)mask_hash(in->e[0].subtable->layout, mask) : 0;
	const struct trie_leaf *leaf;

	for (size_t at = hash;; at++) {
		uint32_t i = in->index[at & (in->n_index - 1)];

		if (!i)
			return NULL;
		if (in->e[i - 1].hash != hash || !subtable_has_mask(in->e[i - 1].subtable, mask))
			continue;
		leaf = find_leaf(in->e[i - 1].subtable, key);
		return leaf ? first_visible(rcu_read(&leaf->first), priority, version) : NULL;
	}
}

struct each {
	uint64_t version;
	int (*cb)(struct classifier_rule *rule, void *aux);
	void *aux;
};

static int
each_of_leaf(struct trie_leaf *leaf, void *aux)
{
	const struct each *each = aux;
	struct classifier_rule *next, *r = rcu_read(&leaf->first);

	for (; r; r = next) {
		next = rcu_read(&r->next);
		if (!classifier_rule_visible(r, each->version))
			continue;

		int rc = each->cb(r, each->aux);

		if (rc)
			return rc;
	}
	return 0;
}

/* Returns false if the subtable has no rule that the filter selects. */
static bool
may_have(const struct subtable *st, const struct classifier_filter *f)
{
	if (f->priority >= 0 && !subtable_has_priority(st, (uint16_t)f->priority))
		return false;
	for (uint16_t i = 0; i < st->layout->n_words && f->covered; i++) {
		if (f->mask[i] & ~st->mask[i])
			return false;
	}
	return true;
}

int
classifier_each(const struct classifier *cls, uint64_t version,
		const struct classifier_filter *filter,
		int (*cb)(struct classifier_rule *rule, void *aux), void *aux)
{
	struct each each = {.version = version, .cb = cb, .aux = aux};
	const struct subtable *st;
	int rc = 0;

	LIST_FOREACH(st, &cls->all, in_all)
	{
		if (filter && !may_have(st, filter))
			continue;
		rc = trie_each(&st->rules, filter ? filter->key : NULL,
			       filter ? filter->mask : NULL, each_of_leaf, &each);
		if (rc)
			break;
	}
	return rc;
}
