/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define LINE_BYTES 64
#define DISPLACE_IN 16 /* a power of two */

_Static_assert(sizeof(struct swp_cache_entry) * SWP_CACHE_WAYS == LINE_BYTES, "bucket is a line");

int
swp_cache_init(struct swp_cache *c, unsigned int n_entries)
{
	size_t n_bytes = n_entries * sizeof c->entries[0];

	c->entries = aligned_alloc(LINE_BYTES, n_bytes);
	if (!c->entries)
		return -ENOMEM;
	memset(c->entries, 0, n_bytes);
	c->n_buckets = n_entries / SWP_CACHE_WAYS;
	c->epoch = 0;
	c->random = 0;
	return 0;
}

void
swp_cache_free(struct swp_cache *c)
{
	free(c->entries);
	c->entries = NULL;
}

/* Entries store the low 32 bits of the epoch. When the high bits change, clears the cache, since an
 * entry of 2^32 epochs ago would look current. */
void
swp_cache_epoch_set(struct swp_cache *c, uint64_t epoch)
{
	if ((epoch ^ c->epoch) >> 32)
		memset(c->entries, 0, c->n_buckets * LINE_BYTES);
	c->epoch = epoch;
}

uint64_t
swp_cache_hash(const struct flow_key *key, uint64_t seed)
{
	return XXH3_64bits_withSeed(flow_key_words(key) + FLOW_WORD_L2,
				    sizeof *key - FLOW_WORD_L2 * sizeof(uint64_t),
				    seed + key->in_port);
}

static struct swp_cache_entry *
bucket_of(const struct swp_cache *c, uint64_t hash)
{
	return &c->entries[(hash & (c->n_buckets - 1)) * SWP_CACHE_WAYS];
}

struct swp_rule *
swp_cache_lookup(const struct swp_cache *c, uint64_t hash, const struct flow_key *key)
{
	const struct swp_cache_entry *e = bucket_of(c, hash);
	uint32_t signature = (uint32_t)(hash >> 32);

	for (unsigned int i = 0; i < SWP_CACHE_WAYS; i++) {
		if (e[i].signature == signature && e[i].rule && e[i].epoch == (uint32_t)c->epoch &&
		    swp_rule_covers(e[i].rule, key))
			return e[i].rule;
	}
	return NULL;
}

/* When more flows are active than fit, every insertion would displace an entry that is still
 * needed. So only one in DISPLACE_IN does: busy flows get in, and most entries stay. */
static bool
may_displace(struct swp_cache *c)
{
	c->random = c->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return !(c->random >> 32 & (DISPLACE_IN - 1));
}

/* Replaces the entry with the same signature, else one of an earlier epoch, else, sometimes, the
 * one chosen by the hash. */
void
swp_cache_insert(struct swp_cache *c, uint64_t hash, struct swp_rule *rule)
{
	struct swp_cache_entry *e = bucket_of(c, hash);
	uint32_t signature = (uint32_t)(hash >> 32);
	unsigned int victim = SWP_CACHE_WAYS;

	for (unsigned int i = 0; i < SWP_CACHE_WAYS; i++) {
		if (!e[i].rule || e[i].epoch != (uint32_t)c->epoch)
			victim = i;
	}
	for (unsigned int i = 0; i < SWP_CACHE_WAYS; i++) {
		if (e[i].signature == signature)
			victim = i;
	}
	if (victim == SWP_CACHE_WAYS) {
		if (!may_displace(c))
			return;
		victim = signature % SWP_CACHE_WAYS;
	}
	e[victim] = (struct swp_cache_entry){rule, signature, (uint32_t)c->epoch};
}
