/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <base/pages.h>

#include <errno.h>

#define DISPLACE_IN 16 /* a power of two */

/* Gives memory to 'n' entries. The first huge page is committed whole, if it may be needed. */
static int
entries_commit(struct swp_cache *c, unsigned int n)
{
	size_t n_bytes = n * sizeof(uint32_t), n_max = c->n_reserved * sizeof(uint32_t);

	if (n_bytes < PAGES_HUGE)
		n_bytes = n_max < PAGES_HUGE ? n_max : PAGES_HUGE;
	if (pages_commit(c->buckets, n_bytes))
		return -ENOMEM;
	pages_populate(c->buckets, n_bytes);
	return 0;
}

static void
entries_set(struct swp_cache *c, unsigned int n)
{
	atomic_store_explicit(&c->n_entries, n, memory_order_release);
}

int
swp_cache_init(struct swp_cache *c, unsigned int n_entries)
{
	unsigned int n = n_entries ? n_entries : SWP_CACHE_ENTRIES;

	*c = (struct swp_cache){.n_reserved = n_entries ? n_entries : SWP_CACHE_ENTRIES_MAX};
	c->buckets = pages_reserve(c->n_reserved * sizeof(uint32_t));
	if (c->buckets && !entries_commit(c, n)) {
		entries_set(c, n);
		swp_cache_follow(c);
		return 0;
	}
	swp_cache_free(c);
	return -ENOMEM;
}

void
swp_cache_free(struct swp_cache *c)
{
	pages_release(c->buckets, c->n_reserved * sizeof(uint32_t));
	c->buckets = NULL;
}

/* Most entries are in a bucket where they would not be found in a larger cache, and would fill it. */
static void
clear(struct swp_cache *c, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		atomic_store_explicit(&c->buckets[i / SWP_BUCKET_WAYS].ways[i % SWP_BUCKET_WAYS], 0,
				      memory_order_relaxed);
}

int
swp_cache_fit(struct swp_cache *c, unsigned int n_flows)
{
	unsigned int n = atomic_load_explicit(&c->n_entries, memory_order_relaxed), wanted = n;

	while (wanted < c->n_reserved && wanted / 2 < n_flows)
		wanted *= 2;
	if (wanted == n)
		return 0;
	if (entries_commit(c, wanted))
		return -ENOMEM;
	clear(c, n);
	entries_set(c, wanted);
	return 0;
}

uint32_t
swp_cache_find(const struct swp_cache *c, const struct swp_slab *s, uint64_t hash,
	       const struct swp_head *h, const struct flow_key *key)
{
	const struct swp_bucket *b = swp_cache_bucket(c, hash);
	uint32_t ways = swp_bucket_find(b, swp_bucket_signature(hash));

	for (; ways; ways &= ways - 1) {
		uint32_t slot = swp_bucket_slot(b, (unsigned int)__builtin_ctz(ways));

		if (swp_line_covers(s, slot, h, key))
			return slot;
	}
	return 0;
}

static uint32_t
random_next(struct swp_cache *c)
{
	c->random = c->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(c->random >> 32);
}

/* Returns a bit for each way of this signature whose megaflow was removed: most likely an entry of the
 * same flow from before. */
static uint32_t
stale_of(const struct swp_slab *s, const struct swp_bucket *b, uint32_t signature)
{
	uint32_t ways = swp_bucket_find(b, signature), stale = 0;

	for (; ways; ways &= ways - 1) {
		unsigned int way = (unsigned int)__builtin_ctz(ways);

		if (!swp_line_subtable(&s->lines[swp_bucket_slot(b, way)]))
			stale |= 1u << way;
	}
	return stale;
}

/* Returns a way that may be replaced, or SWP_BUCKET_WAYS for none. When more flows are active than
 * fit, every insertion would displace an entry that is still needed. So only one in DISPLACE_IN does:
 * busy flows get in, and most entries stay. It displaces at random: to look for entries of removed
 * megaflows would read a line from memory for each, half of a worker's time at 1,000,000
 * megaflows. */
static unsigned int
victim(struct swp_cache *c, const struct swp_slab *s, const struct swp_bucket *b,
       uint32_t signature)
{
	uint32_t stale = stale_of(s, b, signature), random;

	if (stale)
		return (unsigned int)__builtin_ctz(stale);
	for (unsigned int way = 0; way < SWP_BUCKET_WAYS; way++) {
		if (!swp_bucket_way(b, way))
			return way;
	}
	random = random_next(c);
	return random / SWP_BUCKET_WAYS % DISPLACE_IN ? SWP_BUCKET_WAYS : random % SWP_BUCKET_WAYS;
}

void
swp_cache_insert(struct swp_cache *c, const struct swp_slab *s, uint64_t hash, uint32_t slot)
{
	uint32_t signature = swp_bucket_signature(hash);
	struct swp_bucket *b = swp_cache_bucket(c, hash);
	unsigned int way = victim(c, s, b, signature);

	if (way < SWP_BUCKET_WAYS)
		atomic_store_explicit(&b->ways[way], signature | slot, memory_order_relaxed);
}
