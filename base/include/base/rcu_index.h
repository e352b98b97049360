/* SPDX-License-Identifier: Apache-2.0 */
/* Hash table of pointers for RCU readers: buckets of one cache line.
 *
 * A line has a byte of the hash of each of its items beside their pointers. So a lookup of a hash
 * that is not in the table reads one line, and no item. The address of the line follows from the
 * hash, so the lines of a batch of hashes can be prefetched.
 *
 * Cost: find, add and del read one line, rarely more, and the items with the same byte. The
 * addition that doubles the table is O(items); additions are O(1) amortised. A line has 2 to 4
 * items on average, so an item takes 16 to 32 bytes. Lines do not become fewer.
 *
 * Thread safety: readers are online threads. Writers exclude each other by 'mu'. A removed item is
 * freed after a grace period, as a reader may have found it. */
#pragma once

#include <base/lock.h>
#include <base/rcu.h>

#define RCU_INDEX_WAYS 6

struct rcu_index_line {
	_Atomic uint64_t tags;		       /* byte i: the highest byte of the hash of way i */
	_Atomic(void *) ways[RCU_INDEX_WAYS];  /* NULL: free */
	_Atomic(struct rcu_index_line *) more; /* NULL: none */
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct rcu_index_line) == 64, "a bucket is one cache line");

struct rcu_index_lines {
	struct rcu_deferred deferred;
	uint64_t n_mask; /* number of lines - 1 */
	struct rcu_index_line line[];
};

struct rcu_index {
	struct rcu_index_lines *lines; /* RCU */
	uint64_t (*hash_of)(const void *item);
	struct mutex mu;
	uint64_t n GUARDED_BY(mu);
};

/* Makes an empty table. 'hash_of' returns the hash of an item, which never changes; its low bits and
 * its highest byte are used. Returns 0 or -ENOMEM. */
int rcu_index_init(struct rcu_index *x, uint64_t (*hash_of)(const void *item));

/* Frees the table, which no thread uses any more. Returns 0, or -EPERM with nothing freed if it is
 * not empty. */
int rcu_index_destroy(struct rcu_index *x);

/* Adds an item unless 'is_equal' returns true for an item and 'key'. Returns 'item', the existing
 * item, or NULL if out of memory. */
void *rcu_index_add_unique(struct rcu_index *x, uint64_t hash,
			   bool (*is_equal)(const void *item, const void *key), const void *key,
			   void *item);

/* Removes an item. Returns 0, or -ENOENT if it is not in the table. */
int rcu_index_del(struct rcu_index *x, uint64_t hash, const void *item);

/* Calls 'cb' for each item until it returns non-zero, and returns that value. 'cb' does not pass a
 * quiescent state. An item that is added meanwhile may be omitted. O(lines + items). */
int rcu_index_each(const struct rcu_index *x, int (*cb)(void *item, void *aux), void *aux);

/* A walk that quiescent states, additions and removals may interrupt. All zero: at its begin. */
struct rcu_index_walk {
	uint64_t at; /* the first hash not visited, with its bits reversed */
	bool over;
};

/* Visits the items with the next hash of a walk, mostly one. Returns false at the end, with nothing
 * visited. An item that is in the table during the whole walk is visited once, others at most
 * once. A walk is O(lines + items). */
bool rcu_index_step(const struct rcu_index *x, struct rcu_index_walk *w,
		    void (*cb)(void *item, void *aux), void *aux);

static inline const struct rcu_index_line *
rcu_index_line_of(const struct rcu_index *x, uint64_t hash)
{
	const struct rcu_index_lines *lines = rcu_read(&x->lines);

	return &lines->line[hash & lines->n_mask];
}

static inline void
rcu_index_prefetch(const struct rcu_index *x, uint64_t hash)
{
	__builtin_prefetch(rcu_index_line_of(x, hash));
}

/* Returns a bit for each way whose item may have this hash: the lowest bit of its byte of 'tags'. A
 * way above one that is found may be found wrongly. */
static inline uint64_t
rcu_index_candidates(const struct rcu_index_line *l, uint64_t hash)
{
	const uint64_t low = UINT64_C(0x0000010101010101);
	uint64_t differ = atomic_load_explicit(&l->tags, memory_order_acquire) ^ (hash >> 56) * low;

	return (differ - low) & ~differ & (low << 7);
}

static inline void *
rcu_index_way(const struct rcu_index_line *l, uint64_t candidates)
{
	return atomic_load_explicit(&l->ways[__builtin_ctzll(candidates) / 8],
				    memory_order_acquire);
}

/* Returns an item that may have this hash, to be prefetched; NULL if the hash's line has none. */
static inline void *
rcu_index_guess(const struct rcu_index *x, uint64_t hash)
{
	const struct rcu_index_line *l = rcu_index_line_of(x, hash);
	uint64_t candidates = rcu_index_candidates(l, hash);

	return candidates ? rcu_index_way(l, candidates) : NULL;
}

/* Returns the item for which 'is_equal' returns true, or NULL. */
static inline void *
rcu_index_find(const struct rcu_index *x, uint64_t hash,
	       bool (*is_equal)(const void *item, const void *key), const void *key)
{
	const struct rcu_index_line *l = rcu_index_line_of(x, hash);

	for (; l; l = atomic_load_explicit(&l->more, memory_order_acquire)) {
		uint64_t left = rcu_index_candidates(l, hash);

		for (; left; left &= left - 1) {
			void *item = rcu_index_way(l, left);

			if (item && is_equal(item, key))
				return item;
		}
	}
	return NULL;
}
