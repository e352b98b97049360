/* SPDX-License-Identifier: Apache-2.0 */
/* The 'struct upc' and its threads, for the files of this folder.
 *
 * How a sweep goes. Revalidators make passes together; the first of them leads: it chooses what a pass
 * is for (sweep.c, schedule.h), and between passes it advances the calls of others (call.c).
 *   1. judge: they share the flows of the pass; what shall become of each is decided. Nothing is deleted.
 *      A full sweep takes the flows from a dump of the datapath, whose counts are merged and pushed, and
 *      then those of the ledger that the dump did not have. It has as many passes as it is interrupted.
 *   2. act: each revalidator carries out what it decided (evict.c): it asks hardware, modifies the
 *      datapath, and deletes from the datapath what has left hardware. Nobody waits for hardware: when
 *      that is done, another pass goes on.
 * A pass for policy has no dump: it only finds flows that do not agree with the configuration, among
 * those that the sieve of what changed catches. What it modifies, another one credits, which reads the
 * counts of just these. So a barrier costs little beyond what the change touched.
 * No revalidator judges while another one acts: so between a flow's dump and its judgement no flow leaves
 * the datapath, and no dumped count is merged into a younger flow of the same UFID.
 * One revalidator judges a flow in one pass, and the flow stays with it until it has left or is
 * modified. */
#pragma once

#include "batch.h"
#include "ledger.h"
#include "schedule.h"

#include <base/log.h>

#include <semaphore.h>

#define UPC_FLOW_LIMIT 200000
#define UPC_IDLE_NS UINT64_C(10000000000)
#define UPC_SWEEP_INTERVAL_NS UINT64_C(500000000)
/* What judging the flows of a full sweep may cost before the flow limit shrinks. */
#define UPC_SWEEP_TARGET_NS UINT64_C(1000000000)
/* How long hardware may take before its rule is left to offload/'s retries. */
#define UPC_HW_WAIT_NS UINT64_C(2000000000)
/* A flow whose rule left hardware, or is to, has its last counts after this, or is stuck. */
#define UPC_STUCK_NS UINT64_C(5000000000)
/* Between looks at what does not report that it is done. */
#define UPC_NAP_NS UINT64_C(10000000)

struct upc_counters {
#define C(name) _Atomic uint64_t name;
	UPC_COUNTERS(C)
#undef C
};

struct handler {
	struct upc *u;
	unsigned int index;
	pthread_t thread;
	_Atomic bool stop;
	_Atomic uint64_t batch_seq; /* odd within a batch; written by the handler */
	struct batch *batch;
};

#define ORPHANS_MAX 256
#define EVICT_BATCH 256 /* operations that share a grace period */

/* A wait for hardware that does not block. One is under way at a time; it serves every wish that was
 * made before it began. */
struct hw_wait {
	enum ofl_wait_for what;
	struct upc *u;
	struct ofl_ticket *ticket; /* NULL: none is under way */
	_Atomic bool over;	   /* the one under way; written by the offload thread */
	/* Numbers of wishes: the last one, the last one that the wait under way is for, and the last
	 * one that is fulfilled. */
	uint64_t wanted, asked, done;
};

struct revalidator {
	struct upc *u;
	unsigned int index;
	pthread_t thread;
	/* Entries by what is to be done; of this thread alone while it runs. Each in the order in which
	 * entries came. */
	struct cds_list_head modify, evict; /* judged in this pass */
	struct cds_list_head leaving;	    /* hardware is asked */
	struct cds_list_head refused;	    /* by the datapath, to be deleted */
	struct cds_list_head settle;	    /* out of both paths; last counts are being read */
	struct cds_list_head stuck;	    /* likewise, for long; in no order */
	struct flow_ufid orphans[ORPHANS_MAX];
	unsigned int n_orphans;
	uint64_t refused_ns, stuck_ns;		  /* when these are tried again */
	bool found_orphans;			  /* in this pass */
	bool dump_ended;			  /* likewise */
	bool asked;				  /* hardware, in this pass */
	uint64_t oldest_leaving, oldest_settling; /* 'leave_hw' of an entry; UINT64_MAX: none */
	struct dp_op *ops;			  /* EVICT_BATCH */
};

/* Flows that were modified, and whose old records are credited until the paths are read again. */
struct recount {
	struct mutex mu; /* taken with an entry's */
	struct cds_list_head sw GUARDED_BY(mu);
	struct cds_list_head hw
		GUARDED_BY(mu); /* hardware counts them, too; in order of 'recount_pass' */
};

/* A full sweep, over all its passes. */
struct full_sweep {
	bool open, flush, has_dump, is_complete;
	struct dp_dump *dump; /* NULL: it is over, or the datapath gave none */
	_Atomic uint64_t number;
	_Atomic unsigned int next_shard; /* once the dump is over */
	uint64_t begun_ns, cost_ns;
	_Atomic uint64_t last_ns; /* how long the last one's passes took */
	uint64_t passes_ns;
};

struct sweep {
	/* Other threads ring it when they have news for the leader. */
	sem_t bell;
	_Atomic bool rung;
	_Atomic bool preempt; /* a pass of a full sweep is to end soon */
	_Atomic bool changed; /* the configuration, since the last pass for it began */
	_Atomic bool batches_awaited;
	struct recount recount;

	struct mutex mu;
	struct cond wake; /* 'go' or 'stop' is set */
	bool go GUARDED_BY(mu), stop GUARDED_BY(mu);
	struct cds_list_head new_calls GUARDED_BY(mu);

	/* The leader's; the others read what is of a pass. */
	struct schedule schedule;
	struct cds_list_head calls;
	struct hw_wait changes, counters;
	struct full_sweep full;
	struct xlate_sieve *sieve; /* advanced by each pass for policy */
	bool complete;		   /* the last full sweep: no flow was in the datapath alone */
	uint64_t settle_ns;	   /* when to look again at flows that settle */
	uint64_t oldest_leaving, oldest_settling;
	uint64_t
		n_executes_barrier; /* upc.n_executes as of the last dp->barrier() for these alone */
	uint64_t asked_in;	    /* number of the last pass that modified or evicted flows */
	uint64_t barrier_after;	    /* number of the pass that the last dp->barrier() came after */

	/* Of a pass. */
	bool exit;
	enum sweep_kind kind;
	uint64_t number, begun_ns, judged_ns;
	uint64_t hw_number;  /* of what is asked of hardware in the pass */
	uint64_t hw_done;    /* what was asked up to this is done */
	uint64_t hw_wait_ns; /* how long hardware may take */
	uint64_t
		recount_pass; /* hardware's counters were read since what was modified up to this one */
	pthread_barrier_t phase;
};

struct upc {
	struct upc_config config;
	_Atomic uint64_t
		n_executes; /* packets given to the datapath to execute; before it has them */
	struct dp *dp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct log *log;
	struct ledger *ledger;
	struct upc_counters counters;
	_Atomic unsigned int flow_limit, flow_limit_max;
	_Atomic unsigned int n_stuck; /* flows whose rule does not leave hardware */
	/* Control's own. */
	unsigned int n_handlers, n_revalidators;
	bool paused, handlers_run, revalidators_run;
	struct handler handlers[DP_HANDLERS_MAX];
	struct sweep sweep;
	struct revalidator revalidators[UPC_REVALIDATORS_MAX];
};

#define UPC_COUNT(u, name, n)                                                                      \
	atomic_fetch_add_explicit(&(u)->counters.name, (n), memory_order_relaxed)
