/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a lookup, which are compiled for vectors of 16 bytes and of 64.
 *
 * Thread safety: as lookup.h. Needs no EAL. */
#pragma once

#include "lookup.h"

static const struct swp_mask swp_mask_nothing;

/* The arrays of a slab that a worker reads and writes. A copy, so that the compiler need not read the
 * addresses again after each store. */
struct swp_arrays {
	const struct swp_line *lines;
	const struct swp_ip6 *ip6;
	const struct swp_count *counts;
	const _Atomic swp_act *acts;
};

static inline struct swp_arrays
swp_lookup_arrays_of(const struct swp_lookup *l)
{
	const struct swp_slab *s = l->slab;

	return (struct swp_arrays){
		.lines = s->lines, .ip6 = s->ip6, .counts = s->counts[l->worker], .acts = s->acts};
}

static inline void
swp_lookup_prefetch_flow(const struct swp_arrays *a, uint32_t slot)
{
	__builtin_prefetch(&a->lines[slot]);
	__builtin_prefetch(&a->counts[slot], 1);
	__builtin_prefetch(&a->acts[slot]);
}

/* The packets of a burst that are looked up: each has those after it that repeat it. */
struct swp_leads {
	unsigned int n;
	uint8_t at[SWP_KEYS_MAX + 1]; /* the last one is the number of packets */
	uint64_t hashes[SWP_KEYS_MAX];
	uint32_t candidates[SWP_KEYS_MAX]; /* the slot that is tried first; 0: none */
};

/* The bits in which a plain packet may not differ from the one before it. */
struct swp_decisive {
	uint64_t head[SWP_HEAD_WORDS + 1];
	uint64_t ip6[SWP_IP6_WORDS];
} __attribute__((aligned(16)));

/* If a megaflow exists that does not match a port exactly, only equal packets are known to match
 * the same one. */
static inline void
swp_lookup_decisive_set(struct swp_decisive *d, const struct swp_mask *consulted, bool decides)
{
	memset(d, 0xff, sizeof *d);
	if (!decides)
		return;
	memcpy(d->head, consulted->head, sizeof d->head);
	d->head[SWP_HEAD_KIND] = UINT64_MAX;
	memcpy(d->ip6, consulted->ip6, sizeof d->ip6);
}

/* Most often the addresses differ. */
static inline bool
swp_lookup_repeats(const struct swp_decisive *d, const struct swp_head *h)
{
	if ((h->w[SWP_HEAD_IP4] ^ h[-1].w[SWP_HEAD_IP4]) & d->head[SWP_HEAD_IP4])
		return false;
	if (h->w[SWP_HEAD_KIND] != SWP_HEAD_OF_IP4 &&
	    (!swp_head_is_plain(h) || swp_mask_differ(h->ip6, h[-1].ip6, d->ip6, SWP_IP6_WORDS)))
		return false;
	return !swp_mask_differ(h->w, h[-1].w, d->head, SWP_HEAD_WORDS + 1);
}

/* Finds the leads, and hashes what the port's masks look at. */
static inline void
swp_lookup_leads_hash(const struct swp_lookup *l, const struct swp_keys *k, unsigned int n,
		      struct swp_leads *s)
{
	const struct swp_masks *masks = swp_table_masks(l->table, k->port);
	const struct swp_mask *m = masks ? &masks->consulted : &swp_mask_nothing;
	const struct swp_head *h = k->heads;
	const struct swp_cache cache = l->cache;
	unsigned int n_leads = 0;
	struct swp_decisive d;

	swp_lookup_decisive_set(&d, m, swp_table_masks_decide(l->table));
	for (unsigned int i = 0; i < n; i++, h++) {
		uint64_t hash;

		if (i && swp_lookup_repeats(&d, h))
			continue;
		hash = swp_mask_packet(m, &l->key, h, swp_keys_key(k, i));
		__builtin_prefetch(swp_cache_bucket(&cache, hash));
		s->at[n_leads] = (uint8_t)i;
		s->hashes[n_leads++] = hash;
	}
	s->at[n_leads] = (uint8_t)n;
	s->n = n_leads;
}

static inline void
swp_lookup_candidates_find(const struct swp_lookup *l, const struct swp_keys *k,
			   struct swp_leads *s)
{
	const struct swp_head *heads = k->heads;
	const struct swp_cache cache = l->cache;
	const struct swp_arrays a = swp_lookup_arrays_of(l);
	unsigned int n = s->n;

	for (unsigned int i = 0; i < n; i++) {
		uint32_t slot = swp_cache_candidate(&cache, s->hashes[i]);

		s->candidates[i] = slot;
		swp_lookup_prefetch_flow(&a, slot);
		if (heads[s->at[i]].w[SWP_HEAD_KIND] != SWP_HEAD_OF_IP4)
			__builtin_prefetch(&a.ip6[slot]);
	}
}

/* Most packets have no key, whose address need not be computed. */
static inline bool
swp_lookup_covers(const struct swp_slab *slab, uint32_t slot, const struct swp_keys *k,
		  unsigned int i, const struct swp_head *h)
{
	if (__builtin_expect(h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4, 1))
		return swp_line_covers(slab, slot, h, NULL);
	return swp_line_covers(slab, slot, h, swp_keys_key(k, i));
}

/* Packets that are not found are left. */
static inline void
swp_lookup_check_all(const struct swp_lookup *l, struct swp_keys *k, const struct swp_leads *s)
{
	const struct swp_head *heads = k->heads;
	const struct swp_slab *slab = l->slab;
	uint32_t *slots = k->slots;
	unsigned int n = s->n;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int at = s->at[i];
		const struct swp_head *h = &heads[at];
		uint32_t slot = s->candidates[i];

		if (__builtin_expect(!swp_lookup_covers(slab, slot, k, at, h), 0))
			slot = swp_cache_find(&l->cache, slab, s->hashes[i], h,
					      swp_keys_key(k, at));
		slots[at] = slot;
		if (__builtin_expect(!slot, 0))
			k->left[k->n_left++] = (uint8_t)i;
	}
}

/* Classifies the leads whose indices are left. */
static inline void
swp_lookup_classify(struct swp_lookup *l, struct swp_keys *k, const struct swp_leads *s)
{
	const struct swp_arrays a = swp_lookup_arrays_of(l);
	uint8_t wanted[SWP_KEYS_MAX];
	unsigned int n = k->n_left;

	swp_cache_follow(&l->cache);
	memcpy(wanted, k->left, n);
	for (unsigned int i = 0; i < n; i++)
		k->left[i] = s->at[wanted[i]];
	k->pause = l->pause;
	swp_table_lookup(l->table, l->views, k);
	l->n_searched += k->n_searched;
	for (unsigned int i = 0; i < n; i++) {
		unsigned int lead = wanted[i];
		unsigned int n_packets = s->at[lead + 1] - s->at[lead];
		uint32_t slot = k->slots[s->at[lead]];

		*(slot ? &l->n_classified : &l->n_missed) += n_packets;
		l->n_cached -= n_packets;
		if (!slot)
			continue;
		swp_lookup_prefetch_flow(&a, slot);
		swp_cache_insert(&l->cache, l->slab, s->hashes[lead], slot);
	}
}

static inline void
swp_lookup_repeats_set(const struct swp_leads *s, uint32_t *slots)
{
	for (unsigned int i = 0; i < s->n; i++) {
		uint32_t slot = slots[s->at[i]];

		for (unsigned int k = s->at[i] + 1u; k < s->at[i + 1]; k++)
			slots[k] = slot;
	}
}

static inline void
swp_lookup_stages(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
		  const struct flow_key *keys, unsigned int n, uint32_t *slots)
{
	struct swp_keys k = {.port = port, .heads = heads, .keys = keys, .slots = slots};
	struct swp_leads s;

	swp_lookup_leads_hash(l, &k, n, &s);
	swp_lookup_candidates_find(l, &k, &s);
	swp_lookup_check_all(l, &k, &s);
	if (k.n_left)
		swp_lookup_classify(l, &k, &s);
	l->n_cached += n;
	if (s.n < n)
		swp_lookup_repeats_set(&s, slots);
}
