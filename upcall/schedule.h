/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the next pass of the revalidators, and its time. Pure functions: time is an argument.
 *
 * A full sweep consists of passes over parts of the flows, so that more urgent passes can run
 * between them. A pass that a caller asked for begins at once. A change of the configuration begins
 * a pass at once if the last one was long enough ago: during a flood of changes, passes for them
 * are at least SCHEDULE_REST_MIN_NS apart and take at most a fifth of the time. A full sweep that
 * is due gets every second pass, however many others are requested.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Kinds of pass. FULL also does the work of COUNTS, and of POLICY if it is whole; FLUSH
 * also the work of FULL. */
enum sweep_kind {
	SWEEP_FINISH, /* continues the removal of flows */
	SWEEP_COUNTS, /* gathers the counts of flows that earlier passes modified */
	SWEEP_POLICY, /* brings flows to the configuration */
	SWEEP_FULL,   /* gathers counts, removes idle flows; if whole (core.h), finds orphans */
	SWEEP_FLUSH,  /* evicts every flow */
	SWEEP_N_KINDS
};

#define SCHEDULE_REST_MIN_NS UINT64_C(2000000)
/* After a policy pass, none begins for this many times its duration. */
#define SCHEDULE_REST_FACTOR 4
/* Rest after a full sweep, so that sweeps do not keep a core busy. */
#define SCHEDULE_FULL_REST_NS UINT64_C(10000000)

struct schedule {
	uint64_t interval_ns; /* between the begins of full sweeps */
	uint64_t full_ns;     /* the next full sweep is due; initially 0 */
	uint64_t change_ns;   /* earliest begin of the next policy pass; initially 0 */
	bool full_next;	      /* the last pass delayed a full sweep */
};

/* Pending work. */
struct schedule_want {
	bool asked[SWEEP_N_KINDS]; /* by callers; FULL and FLUSH: a sweep that begins from now on */
	bool changed;		   /* the configuration changed since the last policy pass began */
	bool modified;		   /* modified flows have counts to gather */
	bool finish;		   /* a flow's removal can continue */
	bool open;		   /* a full sweep has begun and has passes left */
	uint64_t until_ns;	   /* time at which there may be more work */
};

/* Returns true and the kind if a pass is to be made. FULL and FLUSH continue a full sweep that is
 * open. Otherwise '*until_ns' is the time to ask again, unless new work arrives before. */
bool schedule_next(struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
		   enum sweep_kind *kind, uint64_t *until_ns);

/* A policy pass ended at 'now_ns', and looked at flows for 'cost_ns'. */
void schedule_policy_ended(struct schedule *s, uint64_t cost_ns, uint64_t now_ns);

/* The last pass of a full sweep ended. */
void schedule_full_ended(struct schedule *s, uint64_t begun_ns, uint64_t now_ns);
