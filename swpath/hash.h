/* SPDX-License-Identifier: Apache-2.0 */
/* A keyed hash of masked words: NH (RFC 4418, section 5.2.2, with words of 64 bits), then one
 * multiplication that mixes all bits.
 *
 * Two different inputs have the same sum under one in 2^32 keys, whatever a sender chooses, as long
 * as it does not know the key. A word takes four instructions for each two of them.
 *
 * Thread safety: pure. Needs no EAL. */
#pragma once

#include "head.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SWP_HASH_WORDS (SWP_HEAD_WORDS + 1 + SWP_IP6_WORDS)

struct swp_hash_key {
	uint64_t w[SWP_HASH_WORDS];
	uint64_t ip6_none; /* sum of IPv6 addresses that are 0 */
} __attribute__((aligned(16)));

/* Returns the NH sum of 'n' words under a mask. */
static inline uint64_t
swp_hash_sum_scalar(const uint64_t *w, const uint64_t *mask, const uint64_t *key, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t v = w[i] & mask[i];

		sum += (uint64_t)((uint32_t)v + (uint32_t)key[i]) *
		       (uint32_t)((v >> 32) + (key[i] >> 32));
	}
	return sum;
}

/* As swp_hash_sum_scalar(). 'n' is 4 or 8, and all are aligned to 16 bytes. */
static inline uint64_t
swp_hash_sum(const uint64_t *w, const uint64_t *mask, const uint64_t *key, unsigned int n)
{
#ifdef SWP_HEAD_WIDE
	__m256i half;
	__m128i sum;

	if (n == 8) {
		__m512i v = _mm512_and_si512(_mm512_loadu_si512(w), _mm512_loadu_si512(mask));

		v = _mm512_add_epi32(v, _mm512_loadu_si512(key));
		v = _mm512_mul_epu32(v, _mm512_srli_epi64(v, 32));
		half = _mm256_add_epi64(_mm512_castsi512_si256(v), _mm512_extracti64x4_epi64(v, 1));
	} else {
		half = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(const void *)w),
					_mm256_loadu_si256((const __m256i *)(const void *)mask));
		half = _mm256_add_epi32(half,
					_mm256_loadu_si256((const __m256i *)(const void *)key));
		half = _mm256_mul_epu32(half, _mm256_srli_epi64(half, 32));
	}
	sum = _mm_add_epi64(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
	sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
	return (uint64_t)_mm_cvtsi128_si64(sum);
#elif defined(SWP_HEAD_SSE4)
	__m128i sum = _mm_setzero_si128();

#pragma GCC unroll 8
	for (unsigned int i = 0; i < n; i += 2) {
		__m128i v =
			_mm_and_si128(_mm_load_si128((const __m128i *)(const void *)(w + i)),
				      _mm_load_si128((const __m128i *)(const void *)(mask + i)));

		v = _mm_add_epi32(v, _mm_load_si128((const __m128i *)(const void *)(key + i)));
		sum = _mm_add_epi64(sum, _mm_mul_epu32(v, _mm_srli_epi64(v, 32)));
	}
	sum = _mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum));
	return (uint64_t)_mm_cvtsi128_si64(sum);
#else
	return swp_hash_sum_scalar(w, mask, key, n);
#endif
}

static inline void
swp_hash_key_init(struct swp_hash_key *k, uint64_t seed)
{
	static const uint64_t none[SWP_IP6_WORDS];

	for (uint64_t i = 0; i < SWP_HASH_WORDS; i++)
		k->w[i] = XXH3_64bits_withSeed(&i, sizeof i, seed);
	k->ip6_none = swp_hash_sum_scalar(none, none, k->w + SWP_HEAD_WORDS + 1, SWP_IP6_WORDS);
}

/* Returns the sum of IPv6 addresses under a mask, 0 if they are 0. */
static inline uint64_t
swp_hash_ip6(const uint64_t *ip6, const uint64_t *mask, const struct swp_hash_key *k)
{
	return swp_hash_sum(ip6, mask, k->w + SWP_HEAD_WORDS + 1, SWP_IP6_WORDS) - k->ip6_none;
}

/* Returns the hash of a sum. Sums of consecutive addresses are in steps, and so would be the bits that
 * choose a bucket, few of them for some keys, if the sum were only multiplied. */
static inline uint64_t
swp_hash_finish(uint64_t sum)
{
	__uint128_t product = (__uint128_t)(sum ^ sum >> 32) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}
