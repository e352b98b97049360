/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup.h"

#include <errno.h>
#include <stdlib.h>

int
swp_lookup_init(struct swp_lookup *l, struct swp_table *t, unsigned int worker,
		unsigned int cache_entries, uint64_t seed)
{
	*l = (struct swp_lookup){
		.table = t, .slab = swp_table_slab(t), .worker = worker, .seed = seed};
	l->views = calloc(SWP_TABLE_SCOPES, sizeof *l->views);
	if (l->views && !swp_cache_init(&l->cache, cache_entries))
		return 0;
	swp_lookup_free(l);
	return -ENOMEM;
}

void
swp_lookup_free(struct swp_lookup *l)
{
	swp_cache_free(&l->cache);
	free(l->views);
	l->views = NULL;
}

static const struct swp_mask nothing;

static inline void
prefetch_flow(const struct swp_lookup *l, uint32_t slot)
{
	__builtin_prefetch(&l->slab->lines[slot]);
	__builtin_prefetch(&l->slab->counts[l->worker][slot], 1);
	__builtin_prefetch(&l->slab->acts[slot]);
}

/* Hashes what the port's masks look at. */
static void
hash_all(const struct swp_lookup *l, const struct swp_keys *k, unsigned int n, uint64_t *hashes)
{
	const struct swp_masks *masks = swp_table_masks(l->table, k->port);
	const struct swp_mask *m = masks ? &masks->consulted : &nothing;
	uint64_t head[SWP_HEAD_WORDS];

	for (unsigned int i = 0; i < n; i++) {
		hashes[i] = swp_mask_packet(m, &k->heads[i], swp_keys_key(k, i), l->seed, head);
		__builtin_prefetch(swp_cache_bucket(&l->cache, hashes[i]));
	}
}

static void
candidates_find(const struct swp_lookup *l, const uint64_t *hashes, unsigned int n,
		uint32_t *candidates)
{
	for (unsigned int i = 0; i < n; i++) {
		candidates[i] = swp_cache_candidates(&l->cache, hashes[i]);
		if (candidates[i])
			prefetch_flow(l,
				      swp_bucket_slot(swp_cache_bucket(&l->cache, hashes[i]),
						      (unsigned int)__builtin_ctz(candidates[i])));
	}
}

static void
classify(struct swp_lookup *l, struct swp_keys *k, const uint64_t *hashes)
{
	uint8_t wanted[SWP_KEYS_MAX];
	unsigned int n = k->n_left;

	memcpy(wanted, k->left, n);
	swp_table_lookup(l->table, l->views, k);
	l->n_missed += k->n_left;
	l->n_classified += n - k->n_left;
	l->n_searched += k->n_searched;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t slot = k->slots[wanted[i]];

		if (!slot)
			continue;
		prefetch_flow(l, slot);
		swp_cache_insert(&l->cache, l->slab, hashes[wanted[i]], slot);
	}
}

void
swp_lookup_run(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
	       const struct flow_key *keys, unsigned int n, uint32_t *slots)
{
	struct swp_keys k = {.port = port, .heads = heads, .keys = keys, .slots = slots};
	uint64_t hashes[SWP_KEYS_MAX];
	uint32_t candidates[SWP_KEYS_MAX];

	hash_all(l, &k, n, hashes);
	candidates_find(l, hashes, n, candidates);
	for (unsigned int i = 0; i < n; i++) {
		slots[i] = swp_cache_check(&l->cache, l->slab, hashes[i], candidates[i], &heads[i],
					   swp_keys_key(&k, i));
		if (!slots[i])
			k.left[k.n_left++] = (uint8_t)i;
	}
	l->n_cached += n - k.n_left;
	if (k.n_left)
		classify(l, &k, hashes);
}
