/* SPDX-License-Identifier: Apache-2.0 */
#include "classifier/subtable.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WORD_BITS 64

/* Returns the mask of the first 'n' bits of a word, in memory order. */
static uint64_t
leading_bits(uint32_t n)
{
	return n >= WORD_BITS ? UINT64_MAX : htobe64(~(UINT64_MAX >> n));
}

/* Returns the mask of the bits of word 'w' that lie in bytes [start, end) of the key. */
static uint64_t
bytes_in_word(uint32_t w, uint32_t start, uint32_t end)
{
	uint32_t base = w * 8;

	if (end <= base || start >= base + 8)
		return 0;
	return leading_bits((end - base) * 8) &
	       ~(start > base ? leading_bits((start - base) * 8) : 0);
}

/* Room for the shapes of a subtable, taken from one allocation. */
struct shape_pool {
	uint16_t *idx;
	uint64_t *mask;
};

static void
shape_add(struct trie_shape *s, struct shape_pool *pool, uint16_t word, uint64_t mask)
{
	if (!mask)
		return;
	*pool->idx++ = word;
	*pool->mask++ = mask;
	s->n++;
}

static void
shape_begin(struct trie_shape *s, const struct shape_pool *pool)
{
	*s = (struct trie_shape){.idx = pool->idx, .mask = pool->mask};
}

static void
shape_add_span(struct trie_shape *s, struct shape_pool *pool, const struct classifier_span *span,
	       const uint64_t *mask)
{
	uint32_t end = (uint32_t)span->ofs + span->n_bytes;

	for (uint32_t w = span->ofs / 8u; w * 8 < end; w++)
		shape_add(s, pool, (uint16_t)w, mask[w] & bytes_in_word(w, span->ofs, end));
}

static size_t
span_words(const struct classifier_span *span, const uint64_t *mask)
{
	uint32_t end = (uint32_t)span->ofs + span->n_bytes;
	size_t n = 0;

	for (uint32_t w = span->ofs / 8u; w * 8 < end; w++)
		n += (mask[w] & bytes_in_word(w, span->ofs, end)) != 0;
	return n;
}

/* Sizes of the parts of a subtable. */
struct sizes {
	size_t n_pool; /* words in all shapes */
	size_t n_facets;
};

static struct sizes
sizes_of(const struct classifier_layout *l, const uint64_t *mask)
{
	struct sizes s = {0};

	for (uint16_t i = 0; i < l->n_words; i++)
		s.n_pool += mask[i] != 0;
	for (uint16_t i = 0; i < l->n_facets; i++) {
		const struct classifier_facet *f = &l->facets[i];
		size_t n = span_words(&f->at, mask);

		if (!n)
			continue;
		s.n_facets++;
		s.n_pool += n + span_words(&f->need[0], mask) + span_words(&f->need[1], mask);
	}
	return s;
}

static void
facet_shape(struct subtable *st, uint16_t kind, struct shape_pool *pool, const uint64_t *mask)
{
	const struct classifier_facet *from = &st->layout->facets[kind];
	struct facet *f = &st->facets[st->n_facets];

	if (!span_words(&from->at, mask))
		return;
	f->kind = kind;
	shape_begin(&f->shape, pool);
	shape_add_span(&f->shape, pool, &from->at, mask);
	shape_begin(&f->need, pool);
	shape_add_span(&f->need, pool, &from->need[0], mask);
	shape_add_span(&f->need, pool, &from->need[1], mask);
	st->n_facets++;
}

struct subtable *
subtable_new(const struct classifier_layout *layout, const uint64_t *mask)
{
	struct sizes sizes = sizes_of(layout, mask);
	size_t facets_bytes = sizes.n_facets * sizeof(struct facet);
	size_t mask_bytes = layout->n_words * sizeof mask[0];
	struct subtable *st =
		calloc(1, sizeof *st + facets_bytes + mask_bytes +
				  sizes.n_pool * (sizeof(uint64_t) + sizeof(uint16_t)));

	if (!st)
		return NULL;
	LIST_INIT(&st->key_indexes);
	st->layout = layout;
	st->facets = (struct facet *)(st + 1);

	uint64_t *whole = (uint64_t *)((char *)st->facets + facets_bytes);
	struct shape_pool pool = {.mask = whole + layout->n_words};

	memcpy(whole, mask, mask_bytes);
	st->mask = whole;
	pool.idx = (uint16_t *)(pool.mask + sizes.n_pool);
	shape_begin(&st->shape, &pool);
	for (int i = 0; i < layout->n_words; i++) {
		shape_add(&st->shape, &pool, layout->order[i], mask[layout->order[i]]);
		st->words |= (uint64_t)(mask[i] != 0) << i;
	}
	for (uint16_t i = 0; i < layout->n_facets; i++)
		facet_shape(st, i, &pool, mask);
	return st;
}

void
subtable_free(struct subtable *st)
{
	trie_free(&st->rules);
	for (int i = 0; i < st->n_facets; i++)
		trie_free(&st->facets[i].trie);
	priorities_free(&st->priorities);
	key_indexes_free(&st->key_indexes);
	free(st);
}

static void
free_deferred(struct rcu_deferred *d)
{
	subtable_free(caa_container_of(d, struct subtable, deferred));
}

void
subtable_free_deferred(struct subtable *st)
{
	rcu_defer(&st->deferred, free_deferred);
}

bool
subtable_has_mask(const struct subtable *st, const uint64_t *mask)
{
	return !memcmp(st->mask, mask, st->layout->n_words * sizeof mask[0]);
}

void
subtable_key(const struct subtable *st, const struct trie_leaf *leaf, uint64_t *key)
{
	memset(key, 0, st->layout->n_words * sizeof key[0]);
	for (uint16_t i = 0; i < st->shape.n; i++)
		key[st->shape.idx[i]] = leaf->word[i];
}

static void
facet_unref(struct facet *f, const uint64_t *key)
{
	struct trie_leaf *leaf = trie_nearest(&f->trie, key);

	if (!--leaf->n_refs)
		trie_remove(&f->trie, leaf);
}

static int
facets_ref(struct subtable *st, const uint64_t *key)
{
	for (int i = 0; i < st->n_facets; i++) {
		struct facet *f = &st->facets[i];
		struct trie_leaf *leaf = trie_insert(&f->trie, &f->shape, key);

		if (!leaf) {
			while (i-- > 0)
				facet_unref(&st->facets[i], key);
			return -ENOMEM;
		}
		leaf->n_refs++;
	}
	return 0;
}

_Static_assert(1 + CLASSIFIER_FACETS_MAX <= TRIE_WARM_MAX, "all at once");

/* Reads what the insertion of a key is about to read. */
static void
warm(const struct subtable *st, const uint64_t *key)
{
	const struct trie *tries[1 + CLASSIFIER_FACETS_MAX];
	struct trie_leaf *near[1 + CLASSIFIER_FACETS_MAX];
	size_t n = 0;

	tries[n++] = &st->rules;
	for (int i = 0; i < st->n_facets; i++)
		tries[n++] = &st->facets[i].trie;
	trie_nearest_each(tries, n, key, near);
}

uint16_t
subtable_max_priority(const struct subtable *st)
{
	return st->max_priority;
}

bool
subtable_has_priority(const struct subtable *st, uint16_t priority)
{
	return priorities_find(&st->priorities, priority) != NULL;
}

static void
priority_count(struct subtable *st, struct priority *p)
{
	p->n++;
	if (priorities_value(p) > st->max_priority)
		st->max_priority = priorities_value(p);
}

/* Removes a priority without rules. */
static void
priority_clean(struct subtable *st, struct priority *p)
{
	const struct priority *max;

	if (p->n)
		return;
	priorities_remove(&st->priorities, p);
	max = priorities_from(&st->priorities, st->max_priority);
	st->max_priority = max ? priorities_value(max) : 0;
}

/* Finds or adds the leaf of a key, with the facets that its first rule needs. Returns NULL if there
 * is no memory. */
static struct trie_leaf *
add_key(struct subtable *st, const uint64_t *key)
{
	struct trie_leaf *leaf = trie_insert(&st->rules, &st->shape, key);

	if (!leaf)
		return NULL;
	if (!leaf->first && facets_ref(st, key)) {
		trie_remove(&st->rules, leaf);
		return NULL;
	}
	return leaf;
}

int
subtable_insert(struct subtable *st, struct classifier_rule *rule, const uint64_t *key)
{
	struct priority *p = priorities_add(&st->priorities, rule->priority);
	struct trie_leaf *leaf;

	if (!p)
		return -ENOMEM;
	warm(st, key);
	leaf = add_key(st, key);
	if (!leaf) {
		priority_clean(st, p);
		return -ENOMEM;
	}
	atomic_store_explicit(&rule->remove_version, CLASSIFIER_NEVER, memory_order_relaxed);
	rule->subtable = st;
	rule->leaf = leaf;
	key_rules_link(leaf, rule, &st->key_indexes);
	st->n_rules++;
	priority_count(st, p);
	return 0;
}

/* Removes a key without rules from the tries. */
static void
remove_key(struct subtable *st, struct trie_leaf *leaf)
{
	uint64_t key[CLASSIFIER_WORDS_MAX];

	subtable_key(st, leaf, key);
	for (int i = 0; i < st->n_facets; i++)
		facet_unref(&st->facets[i], key);
	trie_remove(&st->rules, leaf);
}

void
subtable_remove(struct subtable *st, struct classifier_rule *rule)
{
	struct priority *p = priorities_find(&st->priorities, rule->priority);
	struct trie_leaf *leaf = rule->leaf;

	key_rules_unlink(leaf, rule);
	if (!leaf->first)
		remove_key(st, leaf);
	st->n_rules--;
	p->n--;
	priority_clean(st, p);
}

static void
consult_all(const struct trie_shape *s, uint64_t *mask)
{
	for (uint16_t i = 0; i < s->n; i++)
		mask[s->idx[i]] |= s->mask[i];
}

/* The bits of a key that prove a miss. */
struct proof {
	const struct trie_shape *shape, *need; /* 'need' may be NULL */
	uint32_t
		end; /* first bit of the key behind the proof, in the field where the key differs */
	uint16_t n;  /* words of the shape before the differing one */
	uint16_t n_all; /* words of the shape that the proof has bits of */
};

/* If the differing field continues in later words, these are taken as far as the field's end. Words of
 * a field are adjacent. A later word of the shape with a lower index in the key belongs to another
 * field. */
static inline struct proof
proof_of(const struct classifier_layout *l, const struct trie_shape *s,
	 const struct trie_shape *need, uint32_t bit)
{
	uint16_t n = (uint16_t)(bit / WORD_BITS), word = s->idx[n];
	uint32_t at = word * (uint32_t)WORD_BITS + bit % WORD_BITS;
	uint32_t unit_end = l->unit_end[at / 8] * 8u;
	struct proof p = {.shape = s,
			  .need = need,
			  .end = unit_end ? unit_end : at + 1,
			  .n = n,
			  .n_all = (uint16_t)(n + 1)};

	while (p.n_all < s->n && s->idx[p.n_all] > word &&
	       s->idx[p.n_all] * (uint32_t)WORD_BITS < p.end)
		p.n_all++;
	return p;
}

/* Returns the bits of the shape's i-th word that belong to the proof. */
static inline uint64_t
proof_word(const struct proof *p, uint16_t i)
{
	uint64_t bits = p->shape->mask[i];

	return i < p->n ? bits
			: bits & leading_bits(p->end - p->shape->idx[i] * (uint32_t)WORD_BITS);
}

/* Returns the bits that are not consulted yet and cost something. */
static inline uint64_t
costly(const struct classifier_layout *l, uint16_t word, uint64_t bits, const uint64_t *mask)
{
	return bits & ~mask[word] & ~l->free[word];
}

/* Returns the number of bits that the proof adds to those consulted; a part of it, if that is not
 * less than 'least' already. */
static unsigned int
proof_cost(const struct classifier_layout *l, const struct proof *p, const uint64_t *mask,
	   unsigned int least)
{
	const struct trie_shape *s = p->shape, *need = p->need;
	unsigned int cost = 0;
	uint16_t i;

	for (i = 0; i < p->n_all && cost < least; i++)
		cost += (unsigned int)__builtin_popcountll(
			costly(l, s->idx[i], proof_word(p, i), mask));
	for (i = 0; need && i < need->n && cost < least; i++)
		cost += (unsigned int)__builtin_popcountll(
			costly(l, need->idx[i], need->mask[i], mask));
	return cost;
}

static void
proof_consult(const struct proof *p, uint64_t *mask)
{
	for (uint16_t i = 0; i < p->n_all; i++)
		mask[p->shape->idx[i]] |= proof_word(p, i);
	if (p->need)
		consult_all(p->need, mask);
}

/* Consults the proof if that costs nothing. Returns false if it costs. */
static inline bool
proof_consult_free(const struct classifier_layout *l, const struct proof *p, uint64_t *mask)
{
	const struct trie_shape *s = p->shape, *need = p->need;
	uint64_t cost = 0;

	for (uint16_t i = 0; i < p->n_all && !cost; i++)
		cost = costly(l, s->idx[i], proof_word(p, i), mask);
	for (uint16_t i = 0; need && i < need->n && !cost; i++)
		cost = costly(l, need->idx[i], need->mask[i], mask);
	if (!cost)
		proof_consult(p, mask);
	return !cost;
}

/* Writes the proof by one facet. Returns false if a rule has the key's value there. */
static bool
facet_proof(const struct subtable *st, const struct facet *f, const uint64_t *key,
	    struct proof *out)
{
	const struct trie_leaf *near = trie_nearest(&f->trie, key);
	uint32_t bit = near ? trie_first_difference(&f->shape, near, key) : TRIE_SAME;

	if (bit == TRIE_SAME)
		return false;
	*out = proof_of(st->layout, &f->shape, &f->need, bit);
	return true;
}

static void
hint_put(struct subtable_hints *h, uint16_t kind)
{
	unsigned int i = 0;

	while (i < h->n && h->kind[i] != kind)
		i++;
	if (i == h->n)
		i = h->n < SUBTABLE_HINTS ? h->n++ : h->n - 1u;
	for (; i; i--)
		h->kind[i] = h->kind[i - 1];
	h->kind[0] = kind;
}

/* Returns true if a facet of the hints proves a miss at no cost. Then the cheapest proof costs nothing
 * too, whichever it is. */
static bool
hints_prove(const struct subtable *st, const uint64_t *key, uint64_t *mask,
	    struct subtable_hints *hints)
{
	for (unsigned int h = 0; h < hints->n; h++) {
		const struct facet *f = st->facets, *end = f + st->n_facets;
		struct proof p;

		while (f < end && f->kind != hints->kind[h])
			f++;
		if (f == end || !facet_proof(st, f, key, &p) ||
		    !proof_consult_free(st->layout, &p, mask))
			continue;
		if (h)
			hint_put(hints, f->kind);
		return true;
	}
	return false;
}

/* Consults the cheapest proof that no rule has the key. 'bit' is the first one in which the key
 * differs from all keys of the rules. */
static void
consult_miss(const struct subtable *st, const uint64_t *key, uint32_t bit, uint64_t *mask,
	     struct subtable_hints *hints)
{
	struct proof best = proof_of(st->layout, &st->shape, NULL, bit);
	const struct facet *by = NULL;
	unsigned int least;

	if (proof_consult_free(st->layout, &best, mask))
		return;
	least = proof_cost(st->layout, &best, mask, UINT_MAX);
	for (int i = 0; i < st->n_facets && least; i++) {
		struct proof p;
		unsigned int cost;

		if (!facet_proof(st, &st->facets[i], key, &p))
			continue;
		cost = proof_cost(st->layout, &p, mask, least);
		if (cost < least) {
			best = p;
			least = cost;
			by = &st->facets[i];
		}
	}
	proof_consult(&best, mask);
	if (by)
		hint_put(hints, by->kind);
}

const struct classifier_rule *
subtable_lookup(const struct subtable *st, const struct trie_leaf *near, uint64_t version,
		const uint64_t *key, uint64_t *mask, struct subtable_hints *hints)
{
	const struct classifier_rule *r;
	uint32_t bit;

	if (!near || hints_prove(st, key, mask, hints))
		return NULL;
	bit = trie_first_difference(&st->shape, near, key);
	if (bit != TRIE_SAME) {
		consult_miss(st, key, bit, mask, hints);
		return NULL;
	}
	consult_all(&st->shape, mask);
	r = rcu_read(&near->first);
	while (r && !classifier_rule_visible(r, version))
		r = rcu_read(&r->next);
	return r;
}
