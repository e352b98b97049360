/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and gauges of the offload thread, for one port or for all.
 *
 * Thread safety: one writer (the offload thread), any reader. */
#pragma once

#include <offload/ofl.h>

#include <stdatomic.h>

enum tally_counter {
#define C(name) TALLY_##name,
	OFL_COUNTERS(C)
#undef C
		TALLY_N
};

struct tally {
	_Atomic uint64_t counters[TALLY_N];
	_Atomic uint64_t placed[OFL_N_PLACEMENTS];
	_Atomic uint64_t reasons[NIC_N_REASONS];
};

static inline void
tally_add(_Atomic uint64_t *c, int64_t n)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + (uint64_t)n,
			      memory_order_relaxed);
}

struct ofl;
struct ofl_flow;

/* Increments a counter in the totals and in those of the flow's port. */
void ofl_count_event(struct ofl *o, const struct ofl_flow *f, enum tally_counter c);
