/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment of receive queues to workers by load: the longest first, each to the worker with the
 * least load so far (Graham, "Bounds on multiprocessing timing anomalies", 1969). The busiest of m
 * workers gets at most 4/3 - 1/(3m) of what the best assignment would give it.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct swp_balance {
	uint64_t before, after; /* load of the busiest worker */
	unsigned int n_moved;
};

struct swp_balance_queue {
	uint64_t load;
	uint32_t id;	   /* the caller's */
	unsigned int from; /* the worker that has it */
	unsigned int to;   /* result */
};

/* Assigns 'n' queues to 'n_workers' workers, at most SWP_WORKERS_MAX. A queue without load stays
 * where it is. If the busiest worker would not lose more than 'gain' of its load, all queues stay,
 * and n_moved is 0. Changes the order of 'queues'. O(n log n + n * n_workers). */
struct swp_balance swp_balance(struct swp_balance_queue *queues, unsigned int n,
			       unsigned int n_workers, uint64_t gain);
