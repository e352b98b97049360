/* SPDX-License-Identifier: Apache-2.0 */
/* Measured load of workers and receive queues: samples of counters, taken once a second.
 *
 * Thread safety: control, except as stated. */
#pragma once

#include <swpath/swp.h>

/* Enough for ten seconds. */
#define SWP_WINDOW_SAMPLES 11

struct swp_sample {
	uint64_t tsc, cycles, packets;
};

/* The last samples of one pair of counters. */
struct swp_window {
	unsigned int n; /* samples taken; the last SWP_WINDOW_SAMPLES of them are kept */
	struct swp_sample samples[SWP_WINDOW_SAMPLES];
};

/* Adds a sample, in place of the oldest one if the window is full. O(1). */
void swp_window_add(struct swp_window *w, struct swp_sample now);

/* Busy cycles and packets of a receive queue. Written by the worker that polls it. */
struct swp_rxq_counts {
	uint64_t cycles, packets;
};

struct swp_rxq {
	struct swp_rxq_counts counts;
	struct swp_window window __attribute__((aligned(64)));
	/* The worker that had the queue before, and the assignment (swp.n_assigned) that moved it;
	 * NULL if none. */
	struct swp_worker *from;
	uint64_t moved;
} __attribute__((aligned(64)));

/* Returns the load of the last 'n' samples. O(1). */
struct swp_load swp_rxq_load(const struct swp_rxq *q, unsigned int n);
