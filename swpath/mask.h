/* SPDX-License-Identifier: Apache-2.0 */
/* A mask of keys, reduced to its words that are not zero. Only these are read, hashed and compared.
 *
 * Thread safety: immutable after swp_mask_init(). Needs no EAL. */
#pragma once

#include <flow/key.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct swp_mask {
	unsigned int n_words;
	uint8_t words[FLOW_KEY_WORDS]; /* indices in the key */
	uint64_t bits[FLOW_KEY_WORDS]; /* n_words */
};

_Static_assert(FLOW_KEY_WORDS <= UINT8_MAX, "a word's index fits a byte");

static inline void
swp_mask_init(struct swp_mask *m, const struct flow_key *mask)
{
	const uint64_t *w = flow_key_words(mask);

	m->n_words = 0;
	for (unsigned int i = 0; i < FLOW_KEY_WORDS; i++) {
		if (!w[i])
			continue;
		m->words[m->n_words] = (uint8_t)i;
		m->bits[m->n_words++] = w[i];
	}
}

/* Writes the masked words of 'key' to 'values', n_words of them. */
static inline void
swp_mask_gather(const struct swp_mask *m, const struct flow_key *key, uint64_t *values)
{
	const uint64_t *w = flow_key_words(key);

	for (unsigned int i = 0; i < m->n_words; i++)
		values[i] = w[m->words[i]] & m->bits[i];
}

/* Returns the hash of the masked words 'values'. */
static inline uint64_t
swp_mask_hash(const struct swp_mask *m, const uint64_t *values, uint64_t seed)
{
	return XXH3_64bits_withSeed(values, m->n_words * sizeof *values, seed);
}
