/* SPDX-License-Identifier: Apache-2.0 */
/* A mask of keys: that of the head, that of IPv6 addresses, and the other words that are not zero.
 *
 * Thread safety: immutable after swp_mask_init(). Needs no EAL. */
#pragma once

#include "hash.h"

#define SWP_MASK_OTHERS_MAX (FLOW_KEY_WORDS - SWP_HEAD_WORDS - SWP_IP6_WORDS)

struct swp_mask {
	uint64_t head[SWP_HEAD_WORDS + 1]; /* the last one is 0: no mask looks at a head's kind */
	uint64_t ip6[SWP_IP6_WORDS];
	bool has_ip6; /* 'ip6' is not 0 */
	unsigned int n_others;
	uint8_t others[SWP_MASK_OTHERS_MAX]; /* indices in the key */
	uint64_t bits[SWP_MASK_OTHERS_MAX];  /* n_others */
} __attribute__((aligned(64)));

_Static_assert(FLOW_KEY_WORDS <= UINT8_MAX, "a word's index fits a byte");

static inline bool
swp_mask_is_head(unsigned int word)
{
	if (word >= SWP_IP6_WORD && word < SWP_IP6_WORD + SWP_IP6_WORDS)
		return true;
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++) {
		if (swp_head_words[i] == word)
			return true;
	}
	return false;
}

static inline void
swp_mask_init(struct swp_mask *m, const struct flow_key *mask)
{
	const uint64_t *w = flow_key_words(mask);
	struct swp_head h;

	swp_head_of_key(mask, &h);
	memcpy(m->head, h.w, sizeof m->head);
	m->head[SWP_HEAD_KIND] = 0;
	memcpy(m->ip6, h.ip6, sizeof m->ip6);
	m->has_ip6 = h.ip6[0] | h.ip6[1] | h.ip6[2] | h.ip6[3];
	m->n_others = 0;
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		if (!w[i] || swp_mask_is_head(i))
			continue;
		m->others[m->n_others] = (uint8_t)i;
		m->bits[m->n_others++] = w[i];
	}
}

/* Returns the bits in which 'n' words differ from others under a mask, in any of them. */
static inline uint64_t
swp_mask_differ_scalar(const uint64_t *w, const uint64_t *other, const uint64_t *mask,
		       unsigned int n)
{
	uint64_t diff = 0;

	for (unsigned int i = 0; i < n; i++)
		diff |= (w[i] ^ other[i]) & mask[i];
	return diff;
}

/* Returns true if swp_mask_differ_scalar() returns other than 0. 'n' is 4 or 8, and all are
 * aligned to 16 bytes. */
static inline bool
swp_mask_differ(const uint64_t *w, const uint64_t *other, const uint64_t *mask, unsigned int n)
{
#ifdef SWP_HEAD_WIDE
	__m256i half;

	if (n == 8) {
		__m512i v = _mm512_xor_si512(_mm512_loadu_si512(w), _mm512_loadu_si512(other));

		return _mm512_test_epi64_mask(v, _mm512_loadu_si512(mask));
	}
	half = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(const void *)w),
				_mm256_loadu_si256((const __m256i *)(const void *)other));
	return !_mm256_testz_si256(half, _mm256_loadu_si256((const __m256i *)(const void *)mask));
#elif defined(SWP_HEAD_SSE4)
	__m128i diff = _mm_setzero_si128();

#pragma GCC unroll 8
	for (unsigned int i = 0; i < n; i += 2) {
		__m128i v =
			_mm_xor_si128(_mm_load_si128((const __m128i *)(const void *)(w + i)),
				      _mm_load_si128((const __m128i *)(const void *)(other + i)));

		v = _mm_and_si128(v, _mm_load_si128((const __m128i *)(const void *)(mask + i)));
		diff = _mm_or_si128(diff, v);
	}
	return !_mm_testz_si128(diff, diff);
#else
	return swp_mask_differ_scalar(w, other, mask, n);
#endif
}

/* Masks the other words of a key. Returns true if one of them is not 0. */
static inline bool
swp_mask_others(const struct swp_mask *m, const struct flow_key *key, uint64_t *out)
{
	const uint64_t *w = flow_key_words(key);
	uint64_t any = 0;

	for (unsigned int i = 0; i < m->n_others; i++) {
		out[i] = w[m->others[i]] & m->bits[i];
		any |= out[i];
	}
	return any;
}

/* Returns the hash of words under a mask. 'head' has SWP_HEAD_WORDS + 1 words. 'ip6', and 'others',
 * which are masked, may be NULL if they are 0 under the mask. */
static inline uint64_t
swp_mask_hash(const struct swp_mask *m, const struct swp_hash_key *k, const uint64_t *head,
	      const uint64_t *ip6, const uint64_t *others)
{
	uint64_t sum = swp_hash_sum(head, m->head, k->w, SWP_HEAD_WORDS + 1);

	if (ip6 && m->has_ip6)
		sum += swp_hash_ip6(ip6, m->ip6, k);
	if (others)
		sum ^= XXH3_64bits_withSeed(others, m->n_others * sizeof *others, k->w[0]);
	return swp_hash_finish(sum);
}

/* Returns the hash of a packet. 'key' is NULL if the packet is plain. */
static inline uint64_t
swp_mask_packet(const struct swp_mask *m, const struct swp_hash_key *k, const struct swp_head *h,
		const struct flow_key *key)
{
	uint64_t others[SWP_MASK_OTHERS_MAX];
	bool has_others;

	if (__builtin_expect(h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4, 1))
		return swp_mask_hash(m, k, h->w, NULL, NULL);
	has_others = key && m->n_others && swp_mask_others(m, key, others);
	return swp_mask_hash(m, k, h->w, h->ip6, has_others ? others : NULL);
}
