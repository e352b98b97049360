/* SPDX-License-Identifier: Apache-2.0 */
/* Flow cache: maps the hash of what a port's masks look at to the megaflow that matched last.
 *
 * A signature cache: an entry is 4 bytes, a part of the hash and the slot of a megaflow; it stores
 * no keys. A lookup checks that the slot's megaflow covers the packet's key, so neither a collision
 * nor an entry of a removed megaflow ever gives a wrong one: at worst the packet is looked up in
 * the classifier. So the removal of a megaflow voids its own entry and no other.
 *
 * The cache grows in place, without copying: the memory that it may need has addresses from the start.
 *
 * Cost: one line, and one of each megaflow with the same signature in its bucket (16 in 1,024 by
 * chance).
 *
 * Thread safety: one worker, which is an RCU reader, except as stated. Needs no EAL. */
#pragma once

#include "subtable.h"

/* Entries of a cache that grows: at first, and two for each megaflow. */
#define SWP_CACHE_ENTRIES 262144
#define SWP_CACHE_ENTRIES_MAX (2u << SWP_SLOT_BITS)

struct swp_cache {
	struct swp_bucket *buckets; /* addresses of n_reserved entries, memory of those in use */
	uint64_t n_mask;	    /* number of buckets - 1 */
	uint64_t random;
	unsigned int n_reserved;
	_Atomic unsigned int n_entries; /* with memory: those that n_mask covers, or more */
};

/* Makes an empty cache. 'n_entries' is a power of two, at least SWP_BUCKET_WAYS; or 0: the cache has
 * SWP_CACHE_ENTRIES, and may grow. Returns 0 or -ENOMEM. */
int swp_cache_init(struct swp_cache *c, unsigned int n_entries);

/* Grows the cache to two entries for each of 'n_flows' megaflows, if it may grow. The worker follows
 * when it next misses an entry. A cache that grows loses its entries. Returns 0, or -ENOMEM with
 * nothing changed. O(bytes), in the calling thread. Thread: control. */
int swp_cache_fit(struct swp_cache *c, unsigned int n_flows);

/* Adopts a larger size. O(1). */
static inline void
swp_cache_follow(struct swp_cache *c)
{
	c->n_mask = atomic_load_explicit(&c->n_entries, memory_order_acquire) / SWP_BUCKET_WAYS - 1;
}

/* Frees the entries. */
void swp_cache_free(struct swp_cache *c);

static inline struct swp_bucket *
swp_cache_bucket(const struct swp_cache *c, uint64_t hash)
{
	return &c->buckets[hash & c->n_mask];
}

/* Returns the slot of the first entry that may be of this hash. The slot may be 0, or that of another
 * megaflow. */
static inline uint32_t
swp_cache_candidate(const struct swp_cache *c, uint64_t hash)
{
	const struct swp_bucket *b = swp_cache_bucket(c, hash);
	uint32_t ways = swp_bucket_find(b, swp_bucket_signature(hash));

	return ways ? swp_bucket_slot(b, (unsigned int)__builtin_ctz(ways)) : 0;
}

/* Returns the megaflow among all entries that may be of this hash that covers a packet, or 0. 'key' is
 * NULL if the packet is plain. */
uint32_t swp_cache_find(const struct swp_cache *c, const struct swp_slab *s, uint64_t hash,
			const struct swp_head *h, const struct flow_key *key);

/* Adds an entry for the megaflow that matched. If all entries of its bucket are in use, those of
 * removed megaflows included, does nothing 15 times of 16. */
void swp_cache_insert(struct swp_cache *c, const struct swp_slab *s, uint64_t hash, uint32_t slot);
