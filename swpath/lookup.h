/* SPDX-License-Identifier: Apache-2.0 */
/* Lookup of a burst: flow cache, then classifier, in stages over all packets of the burst. Each
 * stage prefetches what the next one reads, so the packets wait for memory together. Plain packets
 * that agree with the one before them in all that the port's masks look at are not looked up: they
 * have its megaflow.
 *
 * Thread safety: one worker, which is an RCU reader. Needs no EAL. */
#pragma once

#include "cache.h"
#include "table.h"

struct swp_lookup;

typedef void swp_lookup_fn(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
			   const struct flow_key *keys, unsigned int n, uint32_t *slots);

struct swp_lookup {
	swp_lookup_fn *run; /* the form that is best on this machine */
	struct swp_table *table;
	const struct swp_slab *slab;
	unsigned int worker; /* whose counters the caller will write */
	struct swp_hash_key key;
	struct swp_cache cache;
	struct swp_view *views; /* SWP_TABLE_SCOPES */
	/* During a long search, as swp_keys.pause. Another lookup by 'l' is allowed there. */
	struct swp_pause pause;
	/* Numbers of packets, by result, and of subtables that lookups searched. Sums since the
	 * last clearing by the caller. */
	uint64_t n_cached, n_classified, n_missed, n_searched;
};

/* Returns 0 or -ENOMEM. 'cache_entries' is as for swp_cache_init(). */
int swp_lookup_init(struct swp_lookup *l, struct swp_table *t, unsigned int worker,
		    unsigned int cache_entries, uint64_t seed);

void swp_lookup_free(struct swp_lookup *l);

/* Finds the megaflow that covers each of 'n' packets, at most SWP_KEYS_MAX, received on 'port'.
 * Writes its slot, or 0 if none does. 'keys' of plain packets are not read. */
static inline void
swp_lookup_run(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
	       const struct flow_key *keys, unsigned int n, uint32_t *slots)
{
	l->run(l, port, heads, keys, n, slots);
}

/* The form of swp_lookup_run() for any processor. */
void swp_lookup_run_any(struct swp_lookup *l, uint32_t port, const struct swp_head *heads,
			const struct flow_key *keys, unsigned int n, uint32_t *slots);
