/* SPDX-License-Identifier: Apache-2.0 */
/* Cycles of the stages of a burst, measured for one burst in SWP_STAGES_EVERY.
 *
 * Thread safety: one worker. */
#pragma once

#include "count.h"

#include <swpath/swp.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

/* A prime, as the bursts that are measured must not all be those of one queue. */
#define SWP_STAGES_EVERY 61

struct swp_stages {
	bool measured;	/* the burst under way is measured */
	unsigned int n; /* bursts since the last measured one */
	uint64_t tsc;	/* of the end of the last stage */
};

/* Begins a burst that was received between the TSCs 'start' and 'received'. */
static inline void
swp_stages_begin(struct swp_stages *st, struct swp_worker_stats *stats, uint64_t start,
		 uint64_t received, unsigned int n_packets)
{
	st->measured = !st->n;
	st->n = (st->n + 1) % SWP_STAGES_EVERY;
	if (likely(!st->measured))
		return;
	st->tsc = received;
	count_add(&stats->stage_cycles[SWP_STAGE_RECEIVE], received - start);
	count_add(&stats->stage_packets, n_packets);
}

static inline void
swp_stage_end(struct swp_stages *st, struct swp_worker_stats *stats, enum swp_stage stage)
{
	uint64_t now;

	if (likely(!st->measured))
		return;
	now = rte_rdtsc();
	count_add(&stats->stage_cycles[stage], now - st->tsc);
	st->tsc = now;
}
