/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: a thread that polls its receive queues and its ring of packets to execute.
 *
 * Thread safety: stated per function. */
#pragma once

#include "heads.h"
#include "lookup.h"
#include "packet.h"
#include "poll.h"
#include "stage.h"

#include <pthread.h>

struct swp_burst {
	unsigned int n;
	uint64_t bytes; /* of the packets */
	uint32_t n_bytes_max;
	bool simple; /* all packets are plain and in one buffer, and request nothing of a device */
	struct rte_mbuf *mbufs[SWP_BURST];
	uint32_t
		slots[SWP_BURST + 1]; /* of the matching megaflows; 0 if none, and after the last */
	struct swp_head heads[SWP_BURST];
	/* Of packets that are not plain, or whose actions read the key. */
	struct flow_key keys[SWP_BURST];
	struct flow_offsets ofs[SWP_BURST];
};

struct swp_worker {
	struct swp *swp;
	unsigned int index;
	int core;
	pthread_t thread;
	_Atomic int state; /* 0 starting, 1 running, or -errno; written by the thread */
	atomic_bool stop;
	struct swp_poll_list *poll_list; /* RCU */
	/* The assignment of the list of this round: rounds with older ones are over. */
	_Atomic uint64_t seen;
	/* Packets for EXECUTE. 'exec_given' counts them before they are enqueued, 'exec_done' after
	 * they were executed. */
	struct rte_ring *exec_ring;
	_Atomic uint64_t exec_given __attribute__((aligned(64)));
	_Atomic uint64_t exec_done __attribute__((aligned(64)));

	struct swp_window window;      /* for the control thread alone */
	_Atomic unsigned int sleep_us; /* longest sleep when idle (sleep.h); 0: none */

	/* The rest is for the thread alone, except that any thread may read 'stats'. */
	uint64_t now_ns;
	uint64_t now_tsc;      /* when 'now_ns' was read */
	uint64_t clock_cycles; /* TSC cycles after which it is read again */
	/* When the last poll ended, if it found packets or was the first of a round; else 0. */
	uint64_t poll_tsc;
	struct swp_stages stages;
	swp_heads_fn *heads_read; /* the form that is best on this machine */
	uint64_t random;	  /* state of the generator for SAMPLE */
	/* Recirculations of the packet being executed: depth of nesting, and total. */
	unsigned int n_recirculations, n_recirculated;
	struct swp_lookup lookup;
	uint64_t n_out; /* packets that were passed to ports */
	unsigned int n_dirty;
	struct swp_port *dirty[SWP_PORTS_MAX]; /* ports with packets to send */
	struct swp_worker_stats stats;
	/* The turn under way: the list of its round, and the number of its queue. */
	struct swp_poll_list *list;
	unsigned int turn;
	uint64_t cycles_away; /* that light queues needed within turns of others */
	/* The burst under way: the second one is of a light queue's turn within that of another queue. */
	struct swp_burst *burst;
	struct swp_burst bursts[2];
};

/* Makes a worker and starts its thread. Returns 0 or -errno. Blocks; the caller is RCU-offline.
 * Thread: control. */
int swp_worker_start(struct swp *s, unsigned int index, struct swp_worker **out);

/* Stops the thread and frees the worker. Blocks; the caller is RCU-offline. Thread: control. */
void swp_worker_stop(struct swp_worker *w);
