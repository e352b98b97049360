/* SPDX-License-Identifier: Apache-2.0 */
/* A mask of keys: that of the head, and the other words that are not zero.
 *
 * Thread safety: immutable after swp_mask_init(). Needs no EAL. */
#pragma once

#include "head.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SWP_MASK_OTHERS_MAX (FLOW_KEY_WORDS - SWP_HEAD_WORDS)

struct swp_mask {
	uint64_t head[SWP_HEAD_WORDS];
	unsigned int n_others;
	uint8_t others[SWP_MASK_OTHERS_MAX]; /* indices in the key */
	uint64_t bits[SWP_MASK_OTHERS_MAX];  /* n_others */
};

_Static_assert(FLOW_KEY_WORDS <= UINT8_MAX, "a word's index fits a byte");

static inline bool
swp_mask_is_head(unsigned int word)
{
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

	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		m->head[i] = w[swp_head_words[i]];
	m->n_others = 0;
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		if (!w[i] || swp_mask_is_head(i))
			continue;
		m->others[m->n_others] = (uint8_t)i;
		m->bits[m->n_others++] = w[i];
	}
}

/* Masks the words of a head. */
static inline void
swp_mask_head(const struct swp_mask *m, const struct swp_head *h, uint64_t out[SWP_HEAD_WORDS])
{
#pragma GCC unroll 8
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		out[i] = h->w[i] & m->head[i];
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

/* Returns the hash of masked words. 'others' is NULL if these are all 0. */
static inline uint64_t
swp_mask_hash(const struct swp_mask *m, const uint64_t head[SWP_HEAD_WORDS], const uint64_t *others,
	      uint64_t seed)
{
	uint64_t hash = XXH3_64bits_withSeed(head, SWP_HEAD_WORDS * sizeof *head, seed);

	if (others)
		hash ^= XXH3_64bits_withSeed(others, m->n_others * sizeof *others, ~seed);
	return hash;
}

/* Returns the hash of a packet with this masked head. 'key' is NULL if the packet is plain. */
static inline uint64_t
swp_mask_packet(const struct swp_mask *m, const uint64_t head[SWP_HEAD_WORDS],
		const struct flow_key *key, uint64_t seed)
{
	uint64_t others[SWP_MASK_OTHERS_MAX];
	bool has_others = key && m->n_others && swp_mask_others(m, key, others);

	return swp_mask_hash(m, head, has_others ? others : NULL, seed);
}
