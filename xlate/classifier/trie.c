/* SPDX-License-Identifier: Apache-2.0 */
/* Why readers beside the writer are correct. Let X be a leaf that is in the trie all the time, and
 * L the leaf at which a reader ends. Claim: X shares no more leading bits with the key than L does.
 *
 * Suppose it does, and let d be the first bit in which L differs from the key. While X and any leaf
 * that agrees with L up to d are both in the trie, a branch on bit d lies above them: removal takes
 * out a branch only when one of its sides becomes empty, and insertion adds one only where keys
 * begin to differ. So the reader meets that branch before it can reach leaves that agree with L,
 * and there takes the side of the key, which is the side of X. So it cannot end at L.
 *
 * A removed branch keeps its pointers, so a reader at it continues to where it led. */
#include "classifier/trie.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* A pointer to a branch has its lowest bit set, one to a leaf has not. */
struct branch {
	struct rcu_deferred deferred;
	uint32_t bit;
	uint16_t byte; /* of the key, which has the bit */
	uint8_t shift; /* of the bit in the byte */
	void *side[2];
};

static struct branch *
as_branch(void *p)
{
	return (uintptr_t)p & 1 ? (struct branch *)((uintptr_t)p - 1) : NULL;
}

static void *
from_branch(struct branch *b)
{
	return (void *)((uintptr_t)b + 1);
}

static unsigned int
side_of(const struct branch *b, const uint64_t *key)
{
	return ((const uint8_t *)key)[b->byte] >> b->shift & 1;
}

struct trie_leaf *
trie_nearest(const struct trie *t, const uint64_t *key)
{
	void *p = rcu_read(&t->root);

	for (struct branch *b; (b = as_branch(p));)
		p = rcu_read(&b->side[side_of(b, key)]);
	return p;
}

void
trie_nearest_each(const struct trie *const *tries, size_t n, const uint64_t *key,
		  struct trie_leaf **out)
{
	void *at[TRIE_WARM_MAX];
	bool any = true;

	for (size_t i = 0; i < n; i++)
		at[i] = rcu_read(&tries[i]->root);
	while (any) {
		any = false;
		for (size_t i = 0; i < n; i++) {
			const struct branch *b = as_branch(at[i]);

			if (!b)
				continue;
			at[i] = rcu_read(&b->side[side_of(b, key)]);
			__builtin_prefetch((const char *)at[i] + offsetof(struct branch, side));
			any = true;
		}
	}
	for (size_t i = 0; i < n; i++)
		out[i] = at[i];
}

uint32_t
trie_first_difference(const struct trie_shape *s, const struct trie_leaf *leaf, const uint64_t *key)
{
	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t diff = (key[s->idx[i]] & s->mask[i]) ^ leaf->word[i];

		if (diff)
			return i * 64 + (uint32_t)__builtin_clzll(be64toh(diff));
	}
	return TRIE_SAME;
}

static struct trie_leaf *
leaf_new(const struct trie_shape *s, const uint64_t *key)
{
	struct trie_leaf *leaf = malloc(sizeof *leaf + s->n * sizeof leaf->word[0]);

	if (!leaf)
		return NULL;
	leaf->first = NULL;
	leaf->index = NULL;
	for (uint32_t i = 0; i < s->n; i++)
		leaf->word[i] = key[s->idx[i]] & s->mask[i];
	return leaf;
}

struct trie_leaf *
trie_insert(struct trie *t, const struct trie_shape *s, const uint64_t *key)
{
	struct trie_leaf *near = trie_nearest(t, key);
	uint32_t bit = near ? trie_first_difference(s, near, key) : 0;

	if (near && bit == TRIE_SAME)
		return near;

	struct trie_leaf *leaf = leaf_new(s, key);

	if (!leaf || !near) {
		if (leaf)
			rcu_publish(&t->root, (void *)leaf);
		return leaf;
	}

	struct branch *new = malloc(sizeof *new);

	if (!new) {
		free(leaf);
		return NULL;
	}

	void **at = &t->root;

	for (struct branch *b; (b = as_branch(*at)) && b->bit < bit;)
		at = &b->side[side_of(b, key)];

	new->bit = bit;
	new->byte = (uint16_t)(s->idx[bit / 64] * 8 + bit % 64 / 8);
	new->shift = 7 - bit % 8;

	unsigned int side = side_of(new, key);

	new->side[side] = leaf;
	new->side[!side] = *at;
	rcu_publish(at, from_branch(new));
	return leaf;
}

static void
branch_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct branch, deferred));
}

static void
leaf_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct trie_leaf, deferred));
}

/* Returns a bit of a leaf, whose words are in the shape's order. */
static unsigned int
bit_of_leaf(const struct trie_leaf *leaf, uint32_t bit)
{
	return be64toh(leaf->word[bit / 64]) >> (63 - bit % 64) & 1;
}

void
trie_remove(struct trie *t, struct trie_leaf *leaf)
{
	void **at = &t->root, **above = NULL;
	struct branch *parent = NULL;

	for (struct branch *b; (b = as_branch(*at)); parent = b) {
		above = at;
		at = &b->side[bit_of_leaf(leaf, b->bit)];
	}
	if (*at != leaf)
		abort();
	if (parent) {
		rcu_publish(above, parent->side[!bit_of_leaf(leaf, parent->bit)]);
		rcu_defer(&parent->deferred, branch_free);
	} else {
		rcu_publish(&t->root, NULL);
	}
	rcu_defer(&leaf->deferred, leaf_free);
}

struct walk {
	const uint64_t *key, *mask; /* only leaves that match these; mask NULL: all leaves */
	int (*cb)(struct trie_leaf *leaf, void *aux);
	void *aux;
};

/* If the mask has the branch's bit, matching keys are on one side only. */
static bool
may_be_on(const struct walk *w, const struct branch *b, unsigned int side)
{
	return !w->mask || !side_of(b, w->mask) || side_of(b, w->key) == side;
}

/* The recursion is at most as deep as a key has bits: each branch is on a later bit than the one
 * above. */
static int
walk_below(const struct walk *w, void *p)
{
	struct branch *b = as_branch(p);
	int rc = 0;

	if (!b)
		return w->cb(p, w->aux);
	for (unsigned int side = 0; side < 2 && !rc; side++) {
		if (may_be_on(w, b, side))
			rc = walk_below(w, rcu_read(&b->side[side]));
	}
	return rc;
}

int
trie_each(const struct trie *t, const uint64_t *key, const uint64_t *mask,
	  int (*cb)(struct trie_leaf *leaf, void *aux), void *aux)
{
	const struct walk w = {.key = key, .mask = mask, .cb = cb, .aux = aux};
	void *p = rcu_read(&t->root);

	return p ? walk_below(&w, p) : 0;
}

static void
free_below(void *p)
{
	struct branch *b = as_branch(p);

	if (b) {
		free_below(b->side[0]);
		free_below(b->side[1]);
		free(b);
	} else {
		free(p);
	}
}

void
trie_free(struct trie *t)
{
	free_below(t->root);
	t->root = NULL;
}
