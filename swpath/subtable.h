/* SPDX-License-Identifier: Apache-2.0 */
/* The megaflows of one mask: a hash table of buckets.
 *
 * Each hash has a first and a second bucket. A megaflow is in its second bucket only if the first
 * was full when it was added; the last way of the first bucket counts these, so a lookup that finds
 * 0 there reads one line. If both buckets are full, the table doubles.
 *
 * Cost: a lookup reads one line of the table, rarely two, and one of each megaflow with the same
 * signature (1 in 1,024 by chance). An addition is O(1) amortised; the addition that doubles the
 * table is O(megaflows).
 *
 * Thread safety: add and del are for one writer at a time; lookups are for any RCU readers. Needs
 * no EAL. */
#pragma once

#include "bucket.h"
#include "mask.h"

/* Ways of a bucket that hold megaflows. The last one counts megaflows in their second bucket. */
#define SWP_SUBTABLE_WAYS (SWP_BUCKET_WAYS - 1)

struct swp_buckets {
	struct rcu_deferred deferred;
	uint64_t n_mask; /* number of buckets - 1 */
	struct swp_bucket buckets[];
};

struct swp_subtable {
	/* A search reads this line and the next, the beginning of the mask. */
	struct swp_buckets *buckets; /* RCU */
	const struct swp_hash_key *key;
	struct swp_mask mask;
	/* For the writer. */
	unsigned int n_flows;
	uint16_t place; /* in the classifier */
	uint64_t mask_hash;
	struct flow_key key_mask;
	struct swp_subtable *next_dead;
};

/* Makes an empty table. The hash key must outlive it. NULL if out of memory. */
struct swp_subtable *swp_subtable_new(const struct flow_key *mask, const struct swp_hash_key *key);

/* Frees a table that has no readers. */
void swp_subtable_free(struct swp_subtable *t);

/* Adds the megaflow in 'slot', whose line gets the masked words of 'key'. Returns 0; -ENOMEM; or
 * -ENOSPC if so many megaflows have the same hash that doubling does not help. */
int swp_subtable_add(struct swp_subtable *t, struct swp_slab *s, uint32_t slot,
		     const struct flow_key *key);

/* Prefetches the bucket to which a megaflow with this key is added. Thread: any RCU thread. */
void swp_subtable_prefetch(const struct swp_subtable *t, const struct flow_key *key);

/* Removes a megaflow. Readers that found it may use it until their next quiescent state. */
void swp_subtable_del(struct swp_subtable *t, struct swp_slab *s, uint32_t slot);

static inline const struct swp_bucket *
swp_subtable_first(const struct swp_buckets *b, uint64_t hash)
{
	return &b->buckets[hash & b->n_mask];
}

/* Uses bits of the hash that neither the first bucket nor the signature uses. */
static inline const struct swp_bucket *
swp_subtable_second(const struct swp_buckets *b, uint64_t hash)
{
	return &b->buckets[(hash ^ hash >> 32 ^ 1) & b->n_mask];
}

static inline bool
swp_subtable_has_seconds(const struct swp_bucket *first)
{
	return swp_bucket_way(first, SWP_SUBTABLE_WAYS) != 0;
}

/* Returns true if the words of the key that are not in its head are those of the megaflow. */
static inline bool
swp_subtable_others_equal(const struct swp_subtable *t, const uint64_t *have,
			  const struct flow_key *key)
{
	const uint64_t *w = flow_key_words(key);
	uint64_t diff = 0;

	for (unsigned int i = 0; i < t->mask.n_others; i++)
		diff |= (w[t->mask.others[i]] & t->mask.bits[i]) ^ (have ? have[i] : 0);
	return !diff;
}

/* Returns true if the first six words of a masked head and the seventh are those of a line. */
static inline bool
swp_line_has_head(const struct swp_line *l, const struct swp_mask *m, const struct swp_head *h)
{
#ifdef SWP_HEAD_WIDE
	const __mmask8 words = (1u << SWP_HEAD_WORDS) - 1;
	__m512i v = _mm512_and_si512(_mm512_loadu_si512(h->w), _mm512_load_si512(m->head));

	return !_mm512_mask_cmpneq_epi64_mask(words, v, _mm512_maskz_load_epi64(words, l->head));
#elif defined(SWP_HEAD_SSE4)
	__m128i diff = _mm_setzero_si128();

#pragma GCC unroll 8
	for (unsigned int i = 0; i < SWP_HEAD_WORDS - 1; i += 2) {
		const __m128i *bits = (const __m128i *)(const void *)&m->head[i];
		__m128i v = _mm_and_si128(_mm_load_si128((const __m128i *)(const void *)&h->w[i]),
					  _mm_load_si128(bits));

		v = _mm_xor_si128(v, _mm_load_si128((const __m128i *)(const void *)&l->head[i]));
		diff = _mm_or_si128(diff, v);
	}
	return _mm_testz_si128(diff, diff) &&
	       l->head[SWP_HEAD_L4] == (h->w[SWP_HEAD_L4] & m->head[SWP_HEAD_L4]);
#else
	uint64_t diff = 0;

	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		diff |= (h->w[i] & m->head[i]) ^ l->head[i];
	return !diff;
#endif
}

/* Returns true if the words of a packet that are not those of its head are those of a megaflow of
 * this table. */
static inline bool
swp_line_has_rest(const struct swp_slab *s, uint32_t slot, uintptr_t of, const struct swp_head *h,
		  const struct flow_key *key)
{
	const struct swp_subtable *t =
		(const struct swp_subtable *)(of & ~(uintptr_t)SWP_LINE_FLAGS);

	if (h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4)
		return (of & SWP_LINE_FLAGS) == SWP_LINE_PLAIN;
	if (t->mask.has_ip6 && swp_mask_differ(h->ip6, s->ip6[slot].w, t->mask.ip6, SWP_IP6_WORDS))
		return false;
	return key ? swp_subtable_others_equal(t, s->flows[slot].others, key) : of & SWP_LINE_PLAIN;
}

/* Returns true if the slot holds a megaflow, of any mask, that covers a packet. 'key' is NULL if the
 * packet is plain. */
static inline bool
swp_line_covers(const struct swp_slab *s, uint32_t slot, const struct swp_head *h,
		const struct flow_key *key)
{
	const struct swp_line *l = &s->lines[slot];
	uintptr_t of = atomic_load_explicit(&l->of, memory_order_acquire);
	const struct swp_subtable *t =
		(const struct swp_subtable *)(of & ~(uintptr_t)SWP_LINE_FLAGS);

	return t && swp_line_has_head(l, &t->mask, h) && swp_line_has_rest(s, slot, of, h, key);
}

/* Returns a megaflow in this bucket that covers a packet with this hash, or 0. */
static inline uint32_t
swp_subtable_search(const struct swp_slab *s, const struct swp_bucket *b, uint64_t hash,
		    const struct swp_head *h, const struct flow_key *key)
{
	uint32_t ways =
		swp_bucket_find(b, swp_bucket_signature(hash)) & ((1u << SWP_SUBTABLE_WAYS) - 1);

	for (; ways; ways &= ways - 1) {
		uint32_t slot = swp_bucket_slot(b, (unsigned int)__builtin_ctz(ways));

		if (swp_line_covers(s, slot, h, key))
			return slot;
	}
	return 0;
}
