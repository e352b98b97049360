/* SPDX-License-Identifier: Apache-2.0 */
/* A bucket of a hash table: one cache line with 16 ways, each of which names a megaflow.
 *
 * A way has the number of a slot (slab.h) in its low bits and a signature, a part of the hash, in
 * its high bits. An empty way is 0: no megaflow has slot 0. One line answers which ways may hold a
 * hash; whether a megaflow matches is read from its own line.
 *
 * Thread safety: one writer; readers may read at any time. Needs no EAL. */
#pragma once

#include "slab.h"

#include <base/rcu.h>

#if defined(__SSE2__) && !defined(RCU_TSAN)
#include <x86intrin.h>
#define SWP_BUCKET_SSE2 1
#endif

#define SWP_BUCKET_WAYS 16

struct swp_bucket {
	_Atomic uint32_t ways[SWP_BUCKET_WAYS];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct swp_bucket) == 64, "a bucket is one cache line");

/* Returns the signature of a hash, in place. The bucket is chosen by the hash's low bits. */
static inline uint32_t
swp_bucket_signature(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~(uint32_t)SWP_SLOT_MASK;
}

static inline uint32_t
swp_bucket_way(const struct swp_bucket *b, unsigned int i)
{
	return atomic_load_explicit(&b->ways[i], memory_order_relaxed);
}

static inline uint32_t
swp_bucket_slot(const struct swp_bucket *b, unsigned int i)
{
	return swp_bucket_way(b, i) & SWP_SLOT_MASK;
}

/* Returns a bit for each way with this signature. Empty ways may be among them. */
static inline uint32_t
swp_bucket_find_scalar(const struct swp_bucket *b, uint32_t signature)
{
	uint32_t found = 0;

	for (unsigned int i = 0; i < SWP_BUCKET_WAYS; i++)
		found |= (uint32_t)((swp_bucket_way(b, i) & ~(uint32_t)SWP_SLOT_MASK) == signature)
			 << i;
	return found;
}

/* As swp_bucket_find_scalar(). */
static inline uint32_t
swp_bucket_find(const struct swp_bucket *b, uint32_t signature)
{
#if defined(SWP_BUCKET_SSE2) && defined(SWP_HEAD_WIDE)
	__m512i v = _mm512_and_si512(_mm512_load_si512(b), _mm512_set1_epi32((int)~SWP_SLOT_MASK));

	return _mm512_cmpeq_epi32_mask(v, _mm512_set1_epi32((int)signature));
#elif defined(SWP_BUCKET_SSE2)
	const __m128i *v = (const __m128i *)(uintptr_t)b;
	const __m128i high = _mm_set1_epi32((int)~SWP_SLOT_MASK);
	const __m128i want = _mm_set1_epi32((int)signature);
	__m128i eq[4];

	for (unsigned int i = 0; i < 4; i++)
		eq[i] = _mm_cmpeq_epi32(_mm_and_si128(_mm_load_si128(&v[i]), high), want);
	return (uint32_t)_mm_movemask_epi8(
		_mm_packs_epi16(_mm_packs_epi32(eq[0], eq[1]), _mm_packs_epi32(eq[2], eq[3])));
#else
	return swp_bucket_find_scalar(b, signature);
#endif
}
