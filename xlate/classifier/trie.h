/* SPDX-License-Identifier: Apache-2.0 */
/* A set of masked keys as a binary trie that branches only where keys differ.
 *
 * A key is an array of words, compared as bytes in memory order, most significant bit first. A
 * shape specifies the words, their order and their masks. For a key that is not in the set,
 * trie_nearest() finds a leaf that shares the longest run of leading bits with it. So the bits up
 * to and including the first different one prove that the key is not in the set.
 *
 * Thread safety: one writer; readers under RCU, concurrently. A reader sees every leaf that has
 * been in the trie since its last quiescent state; it may or may not see others. */
#pragma once

#include <base/rcu.h>

#include <stdint.h>

/* Owned by its creator; outlives the tries that use it. */
struct trie_shape {
	uint16_t n;
	const uint16_t *idx;  /* indexes of the words of a key, in order of comparison */
	const uint64_t *mask; /* the bits of these words, as in memory */
};

struct trie_leaf {
	struct rcu_deferred deferred;
	/* For the user of the trie: one of the two. */
	union {
		void *first;	  /* RCU pointer */
		uintptr_t n_refs; /* for the writer only */
	};
	void *index;	 /* for the user's writer only */
	uint64_t word[]; /* masked, in the shape's order */
};

struct trie {
	void *root;
};

/* trie_first_difference() returns this if no bit differs. Others: 64 times the word's position in
 * the shape, plus the bit's position in the word. */
#define TRIE_SAME UINT32_MAX

/* Returns NULL if the set is empty. */
struct trie_leaf *trie_nearest(const struct trie *t, const uint64_t *key);

/* trie_nearest() in each of up to TRIE_WARM_MAX tries, in parallel. One after the other, the searches
 * would wait for memory at every branch. The leaves are prefetched. */
#define TRIE_WARM_MAX 32
void trie_nearest_each(const struct trie *const *tries, size_t n, const uint64_t *key,
		       struct trie_leaf **out);

/* Returns the first bit in which 'key' and the leaf differ, or TRIE_SAME. */
uint32_t trie_first_difference(const struct trie_shape *s, const struct trie_leaf *leaf,
			       const uint64_t *key);

/* Finds or adds the leaf of 'key'. A new leaf has 'first', 'n_refs' and 'index' zeroed. Returns
 * NULL if there is no memory. */
struct trie_leaf *trie_insert(struct trie *t, const struct trie_shape *s, const uint64_t *key);

/* Removes the leaf; readers may use it until a grace period is over. */
void trie_remove(struct trie *t, struct trie_leaf *leaf);

/* Calls 'cb' for each leaf. Stops if 'cb' returns non-zero and returns that value. With a mask,
 * leaves whose keys differ from 'key' in it are skipped, as far as branches show it; NULL: none
 * are. */
int trie_each(const struct trie *t, const uint64_t *key, const uint64_t *mask,
	      int (*cb)(struct trie_leaf *leaf, void *aux), void *aux);

/* Frees everything at once. Requires that there are no readers any more. */
void trie_free(struct trie *t);
