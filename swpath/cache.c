/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>

#define DISPLACE_IN 16 /* a power of two */

int
swp_cache_init(struct swp_cache *c, unsigned int n_entries)
{
	size_t n_bytes = n_entries * sizeof(uint32_t);

	c->buckets = aligned_alloc(sizeof(struct swp_bucket), n_bytes);
	if (!c->buckets)
		return -ENOMEM;
	memset(c->buckets, 0, n_bytes);
	c->n_mask = n_entries / SWP_BUCKET_WAYS - 1;
	c->random = 0;
	return 0;
}

void
swp_cache_free(struct swp_cache *c)
{
	free(c->buckets);
	c->buckets = NULL;
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

static bool
is_removed(const struct swp_slab *s, uint32_t slot)
{
	return !swp_line_subtable(&s->lines[slot]);
}

/* Returns a way that may be replaced: one of the same signature, an empty one, or one whose
 * megaflow was removed. When more flows are active than fit, every insertion would displace an
 * entry that is still needed. So only one in DISPLACE_IN does: busy flows get in, and most entries
 * stay. Returns SWP_BUCKET_WAYS if none may be replaced. */
static unsigned int
victim(struct swp_cache *c, const struct swp_slab *s, const struct swp_bucket *b,
       uint32_t signature)
{
	uint32_t same = swp_bucket_find(b, signature), random;
	unsigned int way;

	if (same)
		return (unsigned int)__builtin_ctz(same);
	for (way = 0; way < SWP_BUCKET_WAYS; way++) {
		if (!swp_bucket_way(b, way))
			return way;
	}
	random = random_next(c);
	way = random % SWP_BUCKET_WAYS;
	if (is_removed(s, swp_bucket_slot(b, way)))
		return way;
	return random / SWP_BUCKET_WAYS % DISPLACE_IN ? SWP_BUCKET_WAYS : way;
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
