/* SPDX-License-Identifier: Apache-2.0 */
/* The 'struct upc' and its threads, for the files of this folder.
 *
 * Sweeps. Revalidators make passes together. The first revalidator is the leader: it chooses the
 * kind of a pass (sweep.c, schedule.h), and between passes it advances the calls of other
 * threads (call.c).
 *   1. Judge: the revalidators divide the flows of the pass and decide about each. Nothing is
 *      deleted. A full sweep takes flows from a dump of the datapath, whose counts are merged and
 *      pushed, and then flows of the ledger that the dump did not contain. Most full sweeps are
 *      quick: the dump has the flows whose counts changed, and of the others only those are visited
 *      that may be idle, that hardware may count, or all of them if there are too many. Now and
 *      then, and if a caller asks, a sweep is whole: it visits every flow of both, and so finds
 *      flows that only one of them has. If ports must give up flows, a last step removes those
 *      unused for longest. Urgent work may divide a full sweep into several passes.
 *   2. Act: each revalidator carries out its decisions (evict.c): it requests changes of hardware,
 *      modifies the datapath, and deletes from the datapath the flows that have left hardware. No
 *      thread waits for hardware: when hardware is done, another pass continues.
 * A policy pass has no dump: it only finds flows that disagree with the configuration, among those
 * that the sieve of the change catches. A later pass reads the counts of just the flows that it
 * modified and credits them. So a barrier costs little more than the change itself.
 * No revalidator judges while another one acts. So no flow leaves the datapath between its dump and
 * its judgement, and no dumped count is merged into a younger flow of the same UFID.
 * One revalidator judges a flow in a pass. The flow stays with it until it is removed or
 * modified.
 *
 * Thread safety: per member. */
#pragma once

#include "batch.h"
#include "ledger.h"
#include "schedule.h"

#include <base/log.h>

#include <semaphore.h>

#define UPC_FLOW_LIMIT 200000
#define UPC_IDLE_NS UINT64_C(10000000000)
#define UPC_SWEEP_INTERVAL_NS UINT64_C(500000000)
/* The flow limit shrinks if judging the flows of a quick full sweep takes more CPU time of a
 * revalidator than this. */
#define UPC_SWEEP_TARGET_NS UINT64_C(1000000000)
#define UPC_WHOLE_INTERVAL_NS UINT64_C(10000000000)
/* Whole sweeps that nothing requires take at most one part in so many of the time. */
#define UPC_WHOLE_PART 20
/* A device that takes longer to remove a hardware rule is left to the retries of offload/. */
#define UPC_HW_WAIT_NS UINT64_C(2000000000)
/* A removed flow whose last hardware counts are not final after this time is set aside as stuck. */
#define UPC_STUCK_NS UINT64_C(5000000000)
/* Interval of polling for results that are not reported. */
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
	_Atomic uint64_t batch_seq; /* odd during a batch; written by the handler */
	struct batch *batch;
};

#define ORPHANS_MAX 256
/* Operations of one call of the datapath; deletions of a call share a grace period. A revalidator
 * keeps room for the first number, and gets more for a pass that needs it. */
#define EVICT_BATCH 4096
#define EVICT_BATCH_MAX 65536

/* A non-blocking wait for hardware. At most one is in progress; it serves every request made
 * before it began. */
struct hw_wait {
	enum ofl_wait_for what;
	struct upc *u;
	struct ofl_ticket *ticket; /* NULL if none is in progress */
	_Atomic bool over;	   /* the wait has ended; written by the offload thread */
	/* Request numbers: the last one made, the last one that the wait in progress covers, and
	 * the last one completed. */
	uint64_t wanted, asked, done;
};

struct revalidator {
	struct upc *u;
	unsigned int index;
	pthread_t thread;
	/* Entries by the next step for them. Used by this thread alone while it runs. Each list is
	 * in order of arrival. */
	struct cds_list_head modify, evict; /* judged in this pass */
	struct cds_list_head leaving;	    /* removal from hardware was requested */
	struct cds_list_head refused;	    /* the datapath failed to delete them; retried */
	struct cds_list_head settling;	    /* removed from both paths; counts being read */
	struct cds_list_head stuck;	    /* as 'settling', but for long; unordered */
	struct flow_ufid orphans[ORPHANS_MAX];
	unsigned int n_orphans;
	uint64_t refused_ns, stuck_ns;		  /* time of the next retry */
	bool found_orphans;			  /* in this pass */
	bool found_missed;			  /* in this pass: the dump lacked flows */
	bool dump_ended;			  /* in this pass */
	unsigned int n_revalidated;		  /* in this pass */
	uint64_t judge_ns;			  /* CPU time of judging in this pass */
	bool asked;				  /* requested something of hardware in this pass */
	uint64_t oldest_leaving, oldest_settling; /* of 'leave_hw'; UINT64_MAX if none */
	struct dp_op *ops;
	unsigned int n_ops; /* room in 'ops', at least EVICT_BATCH */
};

/* Modified flows whose old records are credited until the paths have been read again. */
struct recount {
	struct mutex mu; /* taken with an entry's mutex held */
	struct cds_list_head sw GUARDED_BY(mu);
	/* Flows that hardware counts too; in order of 'recount_pass'. */
	struct cds_list_head hw GUARDED_BY(mu);
};

/* A full sweep with all its passes. */
struct full_sweep {
	bool open, flush, has_dump, is_complete;
	bool whole;	      /* visits every flow */
	bool has_surplus;     /* ports must give up flows: it visits every flow of the ledger */
	bool is_trimming;     /* all flows were judged; the surplus is removed */
	bool asked;	      /* by a caller; it must be whole */
	bool whole_next;      /* the next one must be whole */
	uint64_t whole_ns;    /* time of the next whole one */
	uint32_t first_pass;  /* its number, cut to 32 bits */
	struct dp_dump *dump; /* NULL if it has ended, or the datapath has none */
	_Atomic uint64_t number;
	_Atomic unsigned int next_shard; /* used after the dump has ended, then to trim */
	uint64_t begun_ns;
	uint64_t cost_ns;	  /* CPU time of judging, of the revalidator that needed most */
	_Atomic uint64_t last_ns; /* duration of the last one's passes */
	uint64_t passes_ns;
};

struct sweep {
	/* Other threads ring it when they have news for the leader. */
	sem_t bell;
	_Atomic bool rung;
	_Atomic bool preempt; /* asks the running pass of a full sweep to end soon */
	_Atomic bool changed; /* the configuration changed since the last policy pass began */
	_Atomic bool batches_awaited;
	struct recount recount;

	struct mutex mu;
	struct cond wake; /* signals that 'go' or 'stop' is set */
	bool go GUARDED_BY(mu), stop GUARDED_BY(mu);
	struct cds_list_head new_calls GUARDED_BY(mu);

	/* The leader's; the other revalidators read the members that describe a pass. */
	struct schedule schedule;
	struct cds_list_head calls;
	struct hw_wait changes, counters;
	struct full_sweep full;
	struct xlate_sieve *sieve; /* advanced by each policy pass */
	bool complete;		   /* the last full sweep found no orphans */
	uint64_t settle_ns;	   /* time of the next look at settling flows */
	uint64_t oldest_leaving, oldest_settling;
	uint64_t n_executes_barrier; /* upc.n_executes at the last dp_wait_executes() */
	uint64_t asked_in;	     /* number of the last pass that modified or evicted flows */
	uint64_t barrier_after;	     /* number of the pass before the last dp->barrier() */

	/* Of a pass. */
	bool exit;
	enum sweep_kind kind;
	uint64_t number, begun_ns, judged_ns;
	uint64_t hw_number;    /* request number of the pass's requests to hardware */
	uint64_t hw_done;      /* requests up to this number are done */
	uint64_t hw_wait_ns;   /* time that hardware may take */
	uint64_t recount_pass; /* hardware counters have been read since */
	pthread_barrier_t phase;
};

struct upc {
	struct upc_config config;
	_Atomic uint64_t n_executes; /* packets to execute, counted before dp->operate() */
	struct dp *dp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct log *log;
	struct ledger *ledger;
	struct upc_counters counters;
	_Atomic unsigned int flow_limit, flow_limit_max;
	_Atomic unsigned int n_stuck; /* removed flows whose hardware rule remains */
	/* Used by control only. */
	unsigned int n_handlers, n_revalidators;
	bool held, paused, handlers_run, revalidators_run;
	struct handler handlers[DP_HANDLERS_MAX];
	struct sweep sweep;
	struct revalidator revalidators[UPC_REVALIDATORS_MAX];
};

#define UPC_COUNT(u, name, n)                                                                      \
	atomic_fetch_add_explicit(&(u)->counters.name, (n), memory_order_relaxed)
