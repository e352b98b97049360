/* SPDX-License-Identifier: Apache-2.0 */
/* Where a flow is treated, and the only function that changes it.
 *
 * Thread safety: moved by the offload thread; ofl_placement_get() any. */
#pragma once

#include <offload/ofl.h>

#include <stdatomic.h>

struct placement {
	unsigned long thread; /* that moved it last */
	const char *where;    /* source line of the move, "file:line" */
	_Atomic uint8_t now;  /* enum ofl_placement */
	uint8_t from;	      /* the placement before */
};

/* Starts in SOFTWARE. */
void ofl_placement_init(struct placement *p, const char *where);

/* Returns true if the table has a move between the two. */
bool ofl_placement_allowed(enum ofl_placement from, enum ofl_placement to);

/* Moves and records thread and place. Returns false, with nothing changed, if the
 * table forbids it. */
bool ofl_placement_try(struct placement *p, enum ofl_placement to, const char *where);

/* As ofl_placement_try(), but aborts if the table forbids the move: an invariant is broken. */
void ofl_placement_move_at(struct placement *p, enum ofl_placement to, const char *where);

#define PLACEMENT_STR2(x) #x
#define PLACEMENT_STR(x) PLACEMENT_STR2(x)
#define PLACEMENT_HERE __FILE__ ":" PLACEMENT_STR(__LINE__)
#define ofl_placement_move(p, to) ofl_placement_move_at((p), (to), PLACEMENT_HERE)

static inline enum ofl_placement
ofl_placement_get(const struct placement *p)
{
	return (enum ofl_placement)atomic_load_explicit(&p->now, memory_order_relaxed);
}
