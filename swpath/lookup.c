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

/* Stages of one lookup. */
struct stages {
	uint64_t hashes[SWP_KEYS_MAX];
	uint32_t candidates[SWP_KEYS_MAX];
	/* Packets that agree with the one before them in all that the port's masks look at. */
	bool repeats[SWP_KEYS_MAX];
};

/* Returns true if two masked heads are equal. Most often the addresses differ. */
static inline bool
heads_equal(const uint64_t *a, const uint64_t *b)
{
	return a[SWP_HEAD_IP4] == b[SWP_HEAD_IP4] && a[SWP_HEAD_L4] == b[SWP_HEAD_L4] &&
	       !memcmp(a, b, SWP_HEAD_WORDS * sizeof *a);
}

/* Masks and hashes what the port's masks look at. */
static void
hash_all(const struct swp_lookup *l, const struct swp_keys *k, unsigned int n, struct stages *s)
{
	const struct swp_masks *masks = swp_table_masks(l->table, k->port);
	const struct swp_mask *m = masks ? &masks->consulted : &nothing;
	bool decide = swp_table_masks_decide(l->table);
	uint64_t heads[2][SWP_HEAD_WORDS];

	for (unsigned int i = 0; i < n; i++) {
		uint64_t *head = heads[i % 2];

		swp_mask_head(m, &k->heads[i], head);
		s->repeats[i] = i && decide && k->heads[i].plain && k->heads[i - 1].plain &&
				heads_equal(head, heads[1 - i % 2]);
		if (s->repeats[i]) {
			s->hashes[i] = s->hashes[i - 1];
			continue;
		}
		s->hashes[i] = swp_mask_packet(m, head, swp_keys_key(k, i), l->seed);
		__builtin_prefetch(swp_cache_bucket(&l->cache, s->hashes[i]));
	}
}

static void
candidates_find(const struct swp_lookup *l, unsigned int n, struct stages *s)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t hash = s->hashes[i];

		if (s->repeats[i])
			continue;
		s->candidates[i] = swp_cache_candidates(&l->cache, hash);
		if (s->candidates[i])
			prefetch_flow(
				l, swp_bucket_slot(swp_cache_bucket(&l->cache, hash),
						   (unsigned int)__builtin_ctz(s->candidates[i])));
	}
}

/* Packets that are not found are left. */
static void
check_all(const struct swp_lookup *l, struct swp_keys *k, unsigned int n, const struct stages *s)
{
	for (unsigned int i = 0; i < n; i++) {
		k->slots[i] = s->repeats[i] ? k->slots[i - 1]
					    : swp_cache_check(&l->cache, l->slab, s->hashes[i],
							      s->candidates[i], &k->heads[i],
							      swp_keys_key(k, i));
		if (!k->slots[i])
			k->left[k->n_left++] = (uint8_t)i;
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
	struct stages s;

	hash_all(l, &k, n, &s);
	candidates_find(l, n, &s);
	check_all(l, &k, n, &s);
	l->n_cached += n - k.n_left;
	if (k.n_left)
		classify(l, &k, s.hashes);
}
