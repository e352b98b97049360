/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/group_select.h"

#include <math.h>
#include <xxhash.h>

uint64_t
group_hash(const struct xlate_group_config *c, const struct packet_looker *l)
{
	uint64_t hash = c->selection_param;

	if (!c->n_fields)
		return packet_hash_connection(hash, l);
	for (size_t i = 0; i < c->n_fields; i++)
		hash = packet_hash_field(hash, c->field[i].field, &c->field[i].mask, l);
	return hash;
}

/* Returns an exponentially distributed number with the weight as rate. The probability that a
 * bucket draws the lowest number is its share of the weights. Example: weights 1 and 3: a quarter
 * and three quarters. */
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
