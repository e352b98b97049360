/* SPDX-License-Identifier: Apache-2.0 */
#include "group_select.h"

#include <math.h>
#include <xxhash.h>

static const uint8_t ip_fields[] = {
	FLOW_FIELD_NW_SRC,   FLOW_FIELD_NW_DST,	  FLOW_FIELD_IPV6_SRC, FLOW_FIELD_IPV6_DST,
	FLOW_FIELD_NW_PROTO, FLOW_FIELD_TCP_SRC,  FLOW_FIELD_TCP_DST,  FLOW_FIELD_UDP_SRC,
	FLOW_FIELD_UDP_DST,  FLOW_FIELD_SCTP_SRC, FLOW_FIELD_SCTP_DST,
};

static const uint8_t other_fields[] = {FLOW_FIELD_ETH_SRC, FLOW_FIELD_ETH_DST, FLOW_FIELD_ETH_TYPE};

/* A field that the packet lacks, and one that is 0, differ. */
static uint64_t
hash_field(uint64_t hash, const struct flow_field *f, const struct flow_value *mask,
	   const struct group_looker *l)
{
	struct flow_value v;

	if (!l->has(l->aux, f))
		return hash;
	l->look(l->aux, f, mask);
	flow_field_get(f, l->key, &v);
	for (size_t i = 0; i < sizeof v.b; i++)
		v.b[i] &= mask->b[i];
	return XXH3_64bits_withSeed(v.b, sizeof v.b, hash + f->ofs);
}

static uint64_t
hash_list(uint64_t hash, const uint8_t *list, size_t n, const struct group_looker *l)
{
	for (size_t i = 0; i < n; i++) {
		const struct flow_field *f = &flow_fields[list[i]];
		struct flow_value ones;

		flow_field_ones(f, &ones);
		hash = hash_field(hash, f, &ones, l);
	}
	return hash;
}

uint64_t
group_hash(const struct xlate_group_config *c, uint64_t seed, const struct group_looker *l)
{
	uint64_t hash = seed ^ c->selection_param;

	if (c->n_fields) {
		for (size_t i = 0; i < c->n_fields; i++)
			hash = hash_field(hash, c->field[i].field, &c->field[i].mask, l);
		return hash;
	}
	if (l->has(l->aux, &flow_fields[FLOW_FIELD_NW_PROTO]))
		return hash_list(hash, ip_fields, sizeof ip_fields, l);
	return hash_list(hash, other_fields, sizeof other_fields, l);
}

/* Exponentially distributed with the weight as rate: of several, each is the least with the
 * probability of its share of the weights. */
static double
draw(uint64_t hash, const struct xlate_bucket *b)
{
	uint64_t bits = XXH3_64bits_withSeed(&b->id, sizeof b->id, hash) >> 11;

	return -log(((double)bits + 0.5) / (double)(UINT64_C(1) << 53)) / b->weight;
}

size_t
group_choose(const struct xlate_group_config *c, uint64_t hash, const bool *live)
{
	size_t best = c->n_buckets;
	double least = INFINITY;

	for (size_t i = 0; i < c->n_buckets; i++) {
		double d;

		if (!live[i] || !c->bucket[i].weight)
			continue;
		d = draw(hash, &c->bucket[i]);
		if (d < least) {
			least = d;
			best = i;
		}
	}
	return best;
}
