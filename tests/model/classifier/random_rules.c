/* SPDX-License-Identifier: Apache-2.0 */
#include "random_rules.h"

#include <xlate/field.h>

#include <endian.h>

/* Returns a field: mostly one that rules match often, sometimes a rare one. */
static const struct flow_field *
field_random(struct rng *r)
{
	static const uint8_t common[] = {
		FLOW_FIELD_IN_PORT,  FLOW_FIELD_ETH_SRC,  FLOW_FIELD_ETH_DST,  FLOW_FIELD_ETH_TYPE,
		FLOW_FIELD_VLAN_TCI, FLOW_FIELD_NW_SRC,	  FLOW_FIELD_NW_DST,   FLOW_FIELD_IPV6_SRC,
		FLOW_FIELD_IPV6_DST, FLOW_FIELD_NW_PROTO, FLOW_FIELD_TCP_SRC,  FLOW_FIELD_TCP_DST,
		FLOW_FIELD_NW_SRC,   FLOW_FIELD_NW_DST,	  FLOW_FIELD_NW_PROTO, FLOW_FIELD_TCP_DST,
	};
	uint32_t kind = rng_below(r, 8);

	if (kind == 0)
		return &flow_fields[rng_below(r, FLOW_N_FIELDS)];
	if (kind == 1)
		return &xlate_fields[rng_below(r, XLATE_N_MATCH_FIELDS)];
	return &flow_fields[common[rng_below(r, sizeof common)]];
}

/* Makes a mask of the field's first bits, or of any. */
static void
mask_value_random(struct rng *r, const struct flow_field *f, struct flow_value *out)
{
	uint32_t kind = rng_below(r, 4);

	flow_field_ones(f, out);
	if (kind < 2)
		return;
	if (kind == 2) {
		uint32_t n_zero = rng_below(r, f->n_bits);

		for (uint32_t i = 0; i < n_zero; i++)
			out->b[FLOW_VALUE_BYTES - 1 - i / 8] &= (uint8_t) ~(1u << i % 8);
	} else {
		for (int i = 0; i < FLOW_VALUE_BYTES; i++)
			out->b[i] &= (uint8_t)rng_u64(r);
	}
}

void
mask_random(struct rng *r, struct xlate_key *mask)
{
	uint32_t n = rng_below(r, 100) ? 2 + rng_below(r, 4) : 0;

	memset(mask, 0, sizeof *mask);
	for (uint32_t i = 0; i < n; i++) {
		const struct flow_field *f = field_random(r);
		struct flow_value v;

		mask_value_random(r, f, &v);
		flow_field_set_masked(f, mask, &v, &v);
	}
}

void
key_random(struct rng *r, struct xlate_key *key)
{
	uint64_t *w = xlate_key_words_mut(key);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		static const uint64_t values[] = {0, UINT64_C(0x0a0000010a000002),
						  UINT64_C(0x0a0001010a010001),
						  UINT64_C(0xffff000600500016)};

		w[i] = values[rng_below(r, 4)];
		if (!rng_below(r, 4))
			w[i] ^= UINT64_C(1) << rng_below(r, 64);
	}
}

void
match_random(struct rng *r, const struct xlate_key *mask, struct xlate_match *m)
{
	m->mask = *mask;
	key_random(r, &m->key);
	match_canonicalize(m);
}

void
key_agreeing(const struct xlate_key *key, const struct xlate_key *mask,
	     const struct xlate_key *like, struct xlate_key *out)
{
	const uint64_t *k = xlate_key_words(key), *m = xlate_key_words(mask);
	const uint64_t *l = xlate_key_words(like);
	uint64_t *o = xlate_key_words_mut(out);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++)
		o[i] = (k[i] & m[i]) | (l[i] & ~m[i]);
}

void
key_near(struct rng *r, const struct xlate_match *m, struct xlate_key *key)
{
	struct xlate_key noise;
	uint32_t n = rng_below(r, 3);

	key_random(r, &noise);
	key_agreeing(&m->key, &m->mask, &noise, key);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t *w = xlate_key_words_mut(key);
		size_t at = rng_below(r, XLATE_KEY_WORDS);

		w[at] ^= xlate_key_words(&m->mask)[at] & UINT64_C(1) << rng_below(r, 64);
	}
}

bool
rule_matches(const struct test_rule *r, const struct xlate_key *key)
{
	const uint64_t *rk = xlate_key_words(&r->match.key), *m = xlate_key_words(&r->match.mask);
	const uint64_t *k = xlate_key_words(key);

	for (size_t i = 0; i < XLATE_KEY_WORDS; i++) {
		if ((k[i] ^ rk[i]) & m[i])
			return false;
	}
	return true;
}

const struct test_rule *
search_linear(const struct test_rule *rules, size_t n, uint64_t version,
	      const struct xlate_key *key)
{
	const struct test_rule *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct test_rule *r = &rules[i];

		if (r->linked && r->cls.add_version <= version && version < r->cls.remove_version &&
		    rule_matches(r, key) && (!best || r->cls.priority > best->cls.priority))
			best = r;
	}
	return best;
}
