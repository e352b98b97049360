/* SPDX-License-Identifier: Apache-2.0 */
/* Whether packets of a flow leave in the order in which they were due.
 *
 * A table remembers the last flows that were seen, each in the place that its number has; a flow
 * that is displaced begins anew. So reordering is seen while a flow is among the last few thousand.
 *
 * Thread safety: one thread. No DPDK. */
#pragma once

#include <stdint.h>

#include "board.h"

#define ORDER_FLOWS 65536 /* a power of two */

struct order_flow {
	uint32_t flow;
	uint64_t latest; /* the greatest time at which one of its packets was due */
};

struct order {
	struct order_flow flows[ORDER_FLOWS];
};

/* Counts on the board a packet of 'flow' that was due at 'due' and is sent now, if a packet of its
 * flow was sent before. O(1) */
void order_see(struct order *o, uint32_t flow, uint64_t due, struct board *board);
