/* SPDX-License-Identifier: Apache-2.0 */
/* A set of masked keys as a binary trie that branches only where keys differ.
 *
 * A key is an array of words whose bytes are compared in memory order, most significant bit first; a
 * shape says which words, in which order, under which masks. For a key that is not in the set, the
 * leaf that trie_nearest() finds shares with it the longest run of leading bits that any member
 * does; so the bits up to and with the first that differs prove that the key is not in the set.
 *
 * Thread safety: one writer; readers under RCU, concurrently. A reader sees every leaf that was there
 * all the time since its last quiescent state; of the others it may see any. */
#pragma once

#include <base/rcu.h>

#include <stdint.h>

/* Owner: who makes it; outlives the tries that use it. */
struct trie_shape {
	uint16_t n;
	const uint16_t *idx;  /* which word of a key, in order of comparison */
	const uint64_t *mask; /* which of its bits, as in memory */
};

struct trie_leaf {
	struct rcu_deferred deferred;
	/* The user's, who uses one of them. */
	union {
		void *first;	  /* RCU pointer */
		uintptr_t n_refs; /* of the writer */
	};
	void *index;	 /* the user's, of the writer */
	uint64_t word[]; /* masked, in the shape's order */
};

struct trie {
	void *root;
};

/* A bit in order of comparison: 64 times the place in the shape, plus the bit's place in the word. */
#define TRIE_SAME UINT32_MAX

/* NULL when the set is empty. */
struct trie_leaf *trie_nearest(const struct trie *t, const uint64_t *key);

/* Brings what a search for 'key' reads in each of up to TRIE_WARM_MAX tries into the cache, all at
 * the same time: one after the other they would wait for memory at every branch. */
#define TRIE_WARM_MAX 32
void trie_warm(const struct trie *const *tries, size_t n, const uint64_t *key);

/* The first bit in which 'key' and the leaf differ; TRIE_SAME: none. */
uint32_t trie_first_difference(const struct trie_shape *s, const struct trie_leaf *leaf,
			       const uint64_t *key);

/* Finds or adds the leaf of 'key'. A new one has neither 'first' nor refs nor 'index'. NULL: no memory. */
struct trie_leaf *trie_insert(struct trie *t, const struct trie_shape *s, const uint64_t *key);

/* Removes the leaf; readers may use it until a grace period is over. */
void trie_remove(struct trie *t, struct trie_leaf *leaf);

/* Calls 'cb' for each leaf; stops when it returns non-zero, and returns that. With a mask, leaves whose
 * keys differ from 'key' in it are left out as far as branches tell; NULL: none are. */
int trie_each(const struct trie *t, const uint64_t *key, const uint64_t *mask,
	      int (*cb)(struct trie_leaf *leaf, void *aux), void *aux);

/* Frees all at once; there is no reader any more. */
void trie_free(struct trie *t);
