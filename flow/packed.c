/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/packed.h>

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define IN_PORT_WORD (offsetof(struct flow_key, in_port) / sizeof(uint64_t))
_Static_assert(offsetof(struct flow_key, in_port) % 8 == 0, "in_port begins its word");
_Static_assert(offsetof(struct flow_key, recirc_id) == offsetof(struct flow_key, in_port) + 4,
	       "recirc_id ends it");

struct flow_packed *
flow_packed_new(const struct flow_match *m)
{
	const uint64_t *mask = flow_key_words(&m->mask), *key = flow_key_words(&m->key);
	uint64_t words = flow_key_words_used(&m->mask), *to;
	struct flow_packed *p;

	p = malloc(sizeof *p + 2 * (size_t)__builtin_popcountll(words) * sizeof p->bits[0]);
	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->words = words;
	to = p->bits;
	for (uint64_t left = words; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		*to++ = mask[i];
		*to++ = key[i];
	}
	return p;
}

void
flow_packed_unref(struct flow_packed *p)
{
	if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1)
		free(p);
}

_Static_assert(offsetof(struct flow_packed, words) + sizeof(uint64_t) ==
		       offsetof(struct flow_packed, bits),
	       "the words and their bits are hashed as one");

struct flow_ufid
flow_packed_ufid(const struct flow_packed *p, uint64_t seed)
{
	size_t n = 1 + 2 * (size_t)__builtin_popcountll(p->words);
	XXH128_hash_t h = XXH3_128bits_withSeed(&p->words, n * sizeof p->words, seed);

	return (struct flow_ufid){.hi = h.high64, .lo = h.low64};
}

void
flow_packed_match(const struct flow_packed *p, struct flow_match *out)
{
	uint64_t *mask = flow_key_words_mut(&out->mask), *key = flow_key_words_mut(&out->key);
	const uint64_t *from = p->bits;

	memset(out, 0, sizeof *out);
	for (uint64_t left = p->words; left; left &= left - 1) {
		int i = __builtin_ctzll(left);

		mask[i] = *from++;
		key[i] = *from++;
	}
}

bool
flow_packed_is_recirculated(const struct flow_packed *p)
{
	struct flow_packed_word w = flow_packed_word(p, IN_PORT_WORD);
	uint32_t id;

	memcpy(&id, (const char *)&w.value + sizeof(uint32_t), sizeof id);
	return id;
}

bool
flow_packed_in_port(const struct flow_packed *p, uint32_t *out)
{
	struct flow_packed_word w = flow_packed_word(p, IN_PORT_WORD);
	uint32_t mask;

	memcpy(&mask, &w.mask, sizeof mask);
	memcpy(out, &w.value, sizeof *out);
	return mask == UINT32_MAX;
}
