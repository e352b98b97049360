/* SPDX-License-Identifier: Apache-2.0 */
/* Which pass the revalidators make next, and when. Pure functions: time is an argument.
 *
 * A full sweep is made of passes over parts of the flows, so whatever is more urgent comes between two
 * of them. What a caller asks for begins at once. A change of the configuration begins a pass at once
 * when the last was long enough ago: while changes flood in, passes for them are at least
 * SCHEDULE_REST_MIN_NS apart and take at most a fifth of the time. A full sweep that is due gets every
 * other pass, however many are asked for.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a pass is for. A FULL sweep does what COUNTS and POLICY do, too, and FLUSH what FULL does. */
enum sweep_kind {
	SWEEP_FINISH, /* goes on with flows that leave */
	SWEEP_COUNTS, /* gathers those of the flows that earlier passes modified */
	SWEEP_POLICY, /* brings flows to the configuration */
	SWEEP_FULL,   /* gathers counts, expires the idle, finds orphans */
	SWEEP_FLUSH,  /* evicts every flow */
	SWEEP_N_KINDS
};

#define SCHEDULE_REST_MIN_NS UINT64_C(2000000)
/* A pass for changes rests so many times as long as it took. */
#define SCHEDULE_REST_FACTOR 4
/* A full sweep that never rests would keep a core busy for nothing. */
#define SCHEDULE_FULL_REST_NS UINT64_C(10000000)

struct schedule {
	uint64_t interval_ns; /* between begins of full sweeps */
	uint64_t full_ns;     /* the next full sweep is due; at first 0 */
	uint64_t change_ns;   /* not before this a pass for changes begins; at first 0 */
	bool full_next;	      /* the last pass kept a full sweep waiting */
};

/* What there is to do. */
struct schedule_want {
	bool asked[SWEEP_N_KINDS]; /* by callers; FULL and FLUSH: a sweep that begins from now on */
	bool changed;		   /* the configuration, since the last pass for it began */
	bool modified;		   /* flows, whose counts no pass has gathered yet */
	bool finish;		   /* flows, which can leave now */
	bool open;		   /* a full sweep has begun, and has passes to go */
	uint64_t until_ns;	   /* there may be more to do then */
};

/* Returns true when a pass is to be made, and its kind; when a full sweep is open, FULL and FLUSH go on
 * with it. Else '*until_ns' is when to ask again, unless there is more to do before. */
bool schedule_next(struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
		   enum sweep_kind *kind, uint64_t *until_ns);

/* A pass for changes is over at 'now_ns'; of that it looked at flows for 'cost_ns'. */
void schedule_policy_ended(struct schedule *s, uint64_t cost_ns, uint64_t now_ns);

/* The last pass of a full sweep is over. */
void schedule_full_ended(struct schedule *s, uint64_t begun_ns, uint64_t now_ns);
