/* SPDX-License-Identifier: Apache-2.0 */
/* Which sweep comes next, and when. Pure functions: time is an argument.
 *
 * A sweep that a caller asks for begins at once. A change of the configuration begins one at once
 * when the last was long enough ago: while changes flood in, sweeps for them are at least
 * SCHEDULE_REST_MIN_NS apart and take at most a fifth of the time. A full sweep comes when it is due,
 * however many others there are.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What a sweep does. FULL does what POLICY and COUNTS do, FLUSH what FULL does. */
enum sweep_kind {
	SWEEP_COUNTS, /* gathers those of the flows that earlier sweeps modified */
	SWEEP_POLICY, /* brings flows to the configuration */
	SWEEP_FULL,   /* gathers counts, expires the idle, finds orphans */
	SWEEP_FLUSH,  /* evicts every flow */
};

#define SCHEDULE_REST_MIN_NS UINT64_C(2000000)
/* A sweep for changes rests so many times as long as it took. */
#define SCHEDULE_REST_FACTOR 4
/* A full sweep that never rests would keep a core busy for nothing. */
#define SCHEDULE_FULL_REST_NS UINT64_C(10000000)

struct schedule {
	uint64_t interval_ns; /* between begins of full sweeps */
	uint64_t full_ns;     /* the next full sweep is due; at first 0 */
	uint64_t change_ns;   /* not before this a sweep for changes begins; at first 0 */
};

/* What there is to do. */
struct schedule_want {
	bool asked; /* by a caller, for a sweep of 'asked_kind' */
	enum sweep_kind asked_kind;
	bool changed;  /* the configuration, since the last sweep for it began */
	bool modified; /* flows, whose counts a sweep for changes has not gathered yet */
};

/* Returns true when a sweep is to begin, and its kind. Else '*until_ns' is when to ask again, unless
 * there is more to do before. */
bool schedule_next(const struct schedule *s, const struct schedule_want *want, uint64_t now_ns,
		   enum sweep_kind *kind, uint64_t *until_ns);

/* A sweep that schedule_next() chose is over at 'now_ns'; of that it looked at flows for 'cost_ns'. */
void schedule_ended(struct schedule *s, enum sweep_kind kind, uint64_t begun_ns, uint64_t cost_ns,
		    uint64_t now_ns);
