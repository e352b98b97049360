/* SPDX-License-Identifier: Apache-2.0 */
/* Actions that choose a link by a hash of the packet. OpenFlow does not specify the hash. */
#include "translate/execute_link.h"

#include "action/packet_hash.h"
#include "run/group_live.h"
#include "run/run_field.h"

#include <xxhash.h>

#define ITERATIONS_MAX (1u << 20)

static uint32_t
hash_fields(struct run *run, enum xlate_hash_fields which, uint16_t basis)
{
	struct packet_looker l = run_looker(run);
	uint64_t h = packet_hash(which, basis, &l);

	return (uint32_t)(h ^ h >> 32);
}

static uint32_t
hash_round(uint32_t hash, uint32_t i)
{
	uint64_t h = XXH3_64bits_withSeed(&i, sizeof i, hash);

	return (uint32_t)(h ^ h >> 32);
}

/* Returns the link with the highest weight, so removing a link moves only its own flows. */
static uint32_t
highest_weight(uint32_t hash, uint32_t n)
{
	uint32_t best = 0, best_weight = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t weight = hash_round(hash, i);

		if (!i || weight > best_weight) {
			best = i;
			best_weight = weight;
		}
	}
	return best;
}

/* Hashes into a range of 'arg' until the result is one of the first 'n' links. */
static uint32_t
iterate(struct run *run, uint32_t hash, uint32_t n, uint32_t arg)
{
	uint32_t range = 1;

	while (range < n)
		range *= 2;
	if (arg >= n && arg <= UINT16_MAX + 1u)
		range = arg;
	for (uint32_t i = 1; i < ITERATIONS_MAX; i++) {
		uint32_t link = hash_round(hash, i) % range;

		if (!run_steps(run, 1) || link < n)
			return link;
	}
	return hash % n;
}

static uint32_t
choose_link(struct run *run, const struct xlate_action *a, uint32_t hash)
{
	uint32_t n = a->multipath.n_links;

	switch (a->multipath.algorithm) {
	case XLATE_MP_HASH_THRESHOLD:
		return (uint32_t)((uint64_t)hash * n >> 32);
	case XLATE_MP_HRW:
		return run_steps(run, n) ? highest_weight(hash, n) : 0;
	case XLATE_MP_ITER_HASH:
		return iterate(run, hash, n, a->multipath.arg);
	case XLATE_MP_MODULO_N:
	case XLATE_N_MP_ALGORITHMS:
		break;
	}
	return hash % n;
}

void
execute_multipath(struct run *run, const struct xlate_action *a)
{
	bool choice = a->multipath.n_links > 1;
	uint32_t hash = choice ? hash_fields(run, a->multipath.fields, a->multipath.basis) : 0;
	uint32_t link = choice ? choose_link(run, a, hash) : 0;

	if (run->end.stop)
		return;
	run_note(run, "link %u", link);
	run_load(run, &a->multipath.dst, link);
}

static size_t
n_live_members(struct run *run, const struct xlate_bundle *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += run_port_live(run, b->member[i]);
	return n;
}

/* Hashes only if more than one member is live. */
uint16_t
execute_bundle_member(struct run *run, const struct xlate_bundle *b)
{
	uint32_t best_weight = 0, hash = 0;
	uint16_t best = XLATE_PORT_NONE;

	if (b->algorithm == XLATE_BD_HRW && n_live_members(run, b) > 1)
		hash = hash_fields(run, b->fields, b->basis);
	for (size_t i = 0; i < b->n; i++) {
		uint32_t weight = hash_round(hash, (uint32_t)i);

		if (!run_port_live(run, b->member[i]))
			continue;
		if (b->algorithm == XLATE_BD_ACTIVE_BACKUP)
			return b->member[i];
		if (best == XLATE_PORT_NONE || weight > best_weight) {
			best = b->member[i];
			best_weight = weight;
		}
	}
	return best;
}
