/* SPDX-License-Identifier: Apache-2.0 */
/* The 'struct upc' and its threads, for the files of this folder.
 *
 * How a sweep goes. All revalidators do each phase together; the first of them leads.
 *   1. dump:    they share one dump of the datapath; each flow's counts are merged and pushed, and
 *               what shall become of it is decided. Nothing is deleted.
 *   2. slices:  each judges the flows of its shards that the dump did not have.
 *   3. act:     each carries out what it decided: modifies, evicts (evict.c).
 * A sweep for a barrier has no dump: it only finds flows that do not agree with the configuration, among
 * those that the sieve of what changed catches. What it modifies, another one credits, which reads the
 * counts of just these. So a barrier costs little beyond what the change touched.
 * Deleting only after the whole dump keeps a dumped count from being merged into a younger flow of the
 * same UFID: between a flow's dump and its judgement no flow leaves the datapath.
 * One revalidator judges a flow in one sweep ('sweep' in the entry says which was the last), and the
 * flow stays with it until it has acted. */
#pragma once

#include "batch.h"
#include "ledger.h"
#include "schedule.h"

#include <base/log.h>

#define UPC_FLOW_LIMIT 200000
#define UPC_IDLE_NS UINT64_C(10000000000)
#define UPC_SWEEP_INTERVAL_NS UINT64_C(500000000)
/* What the dump and the decisions of a sweep may cost before the flow limit shrinks. */
#define UPC_SWEEP_TARGET_NS UINT64_C(1000000000)
/* How long hardware is waited for before its rule is left to offload/'s retries. */
#define UPC_HW_WAIT_NS UINT64_C(2000000000)
/* How long each later sweep waits for what was late. */
#define UPC_HW_LATE_WAIT_NS UINT64_C(50000000)

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
	/* Odd within a batch. Written by the handler; who waits for the end of a batch says so. */
	_Atomic uint64_t batch_seq;
	_Atomic unsigned int n_waiting;
	struct mutex mu;
	struct cond batch_over;
	struct batch *batch;
};

#define ORPHANS_MAX 256
#define EVICT_BATCH 256 /* operations that share a grace period */

struct revalidator {
	struct upc *u;
	unsigned int index;
	pthread_t thread;
	/* Entries by what is to be done; of this thread alone while it runs. */
	struct cds_list_head modify, evict, settle;
	struct flow_ufid orphans[ORPHANS_MAX];
	unsigned int n_orphans;
	bool hw_late;		  /* hardware did not do in time what this thread asked for */
	uint64_t oldest_settling; /* sweep that evicted it; UINT64_MAX: none */
	bool found_orphans;	  /* in this sweep */
	struct dp_op *ops;	  /* EVICT_BATCH */
};

/* Flows that were modified, and whose old records are credited until the paths are read again. */
struct recount {
	struct mutex mu; /* taken with an entry's */
	struct cds_list_head sw GUARDED_BY(mu);
	struct cds_list_head hw GUARDED_BY(mu); /* hardware counts them, too */
};

struct sweep {
	struct mutex mu;
	struct cond wake; /* the leader: something is wanted, or has changed */
	struct cond done; /* a sweep is over */
	bool go GUARDED_BY(mu), stop GUARDED_BY(mu);
	uint64_t wanted GUARDED_BY(mu); /* the sweep to begin without delay */
	enum sweep_kind wanted_kind GUARDED_BY(mu);
	uint64_t finished GUARDED_BY(mu); /* the last one that is over */
	bool late GUARDED_BY(mu);	  /* the last one: a path keeps what was to leave */
	bool modified GUARDED_BY(mu);	  /* flows, whose old records are credited yet */
	bool complete GUARDED_BY(mu);	  /* the last full one: no flow was in the datapath alone */
	uint64_t oldest_settling GUARDED_BY(mu);

	_Atomic bool changed; /* the configuration, since the last sweep for it began */
	struct recount recount;

	/* Written by the leader before a phase begins. */
	struct schedule schedule;
	_Atomic uint64_t number; /* of the last that began */
	bool exit;
	bool asked; /* by a caller */
	enum sweep_kind kind;
	struct xlate_sieve *sieve;  /* advanced by each policy sweep */
	struct dp_dump *dump;	    /* NULL: the datapath gave none, or none was asked for */
	uint64_t begun_ns, cost_ns; /* cost: until all flows were judged */
	_Atomic uint64_t last_ns;   /* how long it took */
	pthread_barrier_t phase;
};

struct upc {
	struct upc_config config;
	_Atomic uint64_t
		n_executes; /* packets given to the datapath to execute; before it has them */
	uint64_t n_executes_barrier; /* as of the last dp->barrier(). Control */
	struct dp *dp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct log *log;
	struct ledger *ledger;
	struct upc_counters counters;
	_Atomic unsigned int flow_limit, flow_limit_max;
	/* Control's own. */
	unsigned int n_handlers, n_revalidators;
	bool paused, handlers_run, revalidators_run;
	struct handler handlers[DP_HANDLERS_MAX];
	struct sweep sweep;
	struct revalidator revalidators[UPC_REVALIDATORS_MAX];
};

#define UPC_COUNT(u, name, n)                                                                      \
	atomic_fetch_add_explicit(&(u)->counters.name, (n), memory_order_relaxed)

/* handler.c. Thread: control. */
void handlers_init(struct upc *u);
void handlers_free(struct upc *u);
int handlers_start(struct upc *u);
void handlers_stop(struct upc *u);

/* Returns when every batch that was under way at the call is over. Blocks, RCU-offline. */
void handlers_batches_wait(struct upc *u);

/* revalidator.c. Thread: control. */
int revalidators_init(struct upc *u);
void revalidators_free(struct upc *u);
int revalidators_start(struct upc *u);
void revalidators_stop(struct upc *u);

/* Begins a sweep after the call and waits for its end, or makes one while no revalidator runs; returns
 * its number. Blocks. */
uint64_t revalidators_sweep(struct upc *u, enum sweep_kind kind);

/* The configuration has changed, or a flow was made by an older one: a sweep for that follows, without
 * delay unless many do. 'aux': the struct upc. Does not block. Thread: any. */
void revalidators_changed(void *aux);

/* evict.c. Thread: the revalidator. */

/* 'e->next' is in effect. Packets go on being credited to the record of before until the paths are read
 * again: what they counted until now was treated by that. */
void evict_take_plan(struct revalidator *r, struct entry *e) REQUIRES(e->mu);

/* Reads the paths for flows that were modified; of those that hardware counts 'with_hw' only, when its
 * counters were read since. */
void evict_recount(struct revalidator *r, bool with_hw);

/* True while there are such flows; 'with_hw' as above. */
bool evict_recount_due(struct upc *u, bool with_hw);

/* The flow's counts are gathered, or it is about to go. */
void evict_recount_forget(struct upc *u, struct entry *e) REQUIRES(e->mu);
void evict_judged(struct revalidator *r);
void evict_settle(struct revalidator *r);

/* Gives up waiting for hardware. Thread: control, when no revalidator runs. */
void evict_abandon(struct revalidator *r);
