/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that arrive by a schedule, whether or not somebody receives them, and wait in a ring: a
 * NIC at a wire. Each keeps the time when it was due; one that finds the ring full is lost.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdint.h>

#include "board.h"

#define ARRIVALS_MAX 1024 /* a power of two: a receive ring of usual size */

struct arrival {
	uint64_t due;
	uint32_t stream;
};

struct arrivals {
	uint64_t due[BOARD_STREAMS]; /* of the next packet of each stream */
	uint64_t now;		     /* of the last call */
	uint32_t head, tail;
	struct arrival ring[ARRIVALS_MAX];
};

/* Adds what was due until 'now'; a period of 0 or BOARD_SILENT is no packet. Counts due and lost
 * packets on the board. Returns the number of packets that wait. O(packets added) */
uint32_t arrivals_advance(struct arrivals *a, uint64_t now, const uint64_t period[BOARD_STREAMS],
			  struct board *board);

/* Returns the oldest packet that waits and removes it. At least one waits. */
struct arrival arrivals_take(struct arrivals *a);
