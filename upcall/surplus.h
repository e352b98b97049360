/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of the flows that a port must give up in a sweep: those unused for longest, so many and
 * no more. The sweep first notes the idle time of each flow, then asks about each. Memory is
 * constant: flows whose idle times differ by less than a quarter, or that are idle for less than
 * 1 ms or for more than 49 s, count as idle for the same time.
 *
 * Thread safety: surplus_note() and surplus_takes() may be called by several threads at once, but
 * not at the same time as the other functions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SURPLUS_AGES 64

struct surplus {
	unsigned int n;	  /* flows that must leave; 0: none, and the rest is unused */
	unsigned int age; /* flows of this age leave in part, older ones all */
	_Atomic unsigned int left, left_of_age;	 /* flows, and flows of 'age', yet to leave */
	_Atomic unsigned int ages[SURPLUS_AGES]; /* numbers of flows */
};

/* Begins a sweep, in which 'n' flows must leave. */
void surplus_begin(struct surplus *s, unsigned int n);

void surplus_note(struct surplus *s, uint64_t idle_ns);

/* All flows are noted, and 'n' still must leave: fewer than at the begin if some have left for another
 * reason, never more. O(SURPLUS_AGES). */
void surplus_cut(struct surplus *s, unsigned int n);

/* Returns true if a flow must leave, which is then counted: at most 'n' times. */
bool surplus_takes(struct surplus *s, uint64_t idle_ns);
