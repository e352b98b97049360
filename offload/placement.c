/* SPDX-License-Identifier: Apache-2.0 */
#include "placement.h"

#include <pthread.h>
#include <stdlib.h>

const char *const ofl_placement_names[OFL_N_PLACEMENTS] = {
#define P(id, name) [OFL_##id] = name,
	OFL_PLACEMENTS(P)
#undef P
};

/* PARTIAL has no moves: no driver splits a flow between hardware and software. */
static const bool moves[OFL_N_PLACEMENTS][OFL_N_PLACEMENTS] = {
	[OFL_SOFTWARE] = {[OFL_PENDING] = true /* passed to the device */},
	[OFL_PENDING] = {[OFL_HARDWARE] = true /* inserted */,
			 [OFL_SOFTWARE] = true /* the device refused it */,
			 [OFL_LEAVING] = true /* not wanted any more, but being inserted */},
	[OFL_HARDWARE] =
		{[OFL_LEAVING] = true /* not wanted any more */,
		 [OFL_SOFTWARE] = true /* lost in a reset */,
		 [OFL_PENDING] =
			 true /* lost in a reset while its replacement is being inserted */},
	[OFL_LEAVING] = {[OFL_SOFTWARE] = true /* removed */,
			 [OFL_PENDING] = true /* wanted again while still being inserted */},
};

void
ofl_placement_init(struct placement *p, const char *where)
{
	atomic_store_explicit(&p->now, OFL_SOFTWARE, memory_order_relaxed);
	p->thread = (unsigned long)pthread_self();
	p->where = where;
	p->from = OFL_SOFTWARE;
}

bool
ofl_placement_allowed(enum ofl_placement from, enum ofl_placement to)
{
	return moves[from][to];
}

bool
ofl_placement_try(struct placement *p, enum ofl_placement to, const char *where)
{
	enum ofl_placement from = ofl_placement_get(p);

	if (!ofl_placement_allowed(from, to))
		return false;
	p->thread = (unsigned long)pthread_self();
	p->where = where;
	p->from = (uint8_t)from;
	atomic_store_explicit(&p->now, (uint8_t)to, memory_order_relaxed);
	return true;
}

void
ofl_placement_move_at(struct placement *p, enum ofl_placement to, const char *where)
{
	if (!ofl_placement_try(p, to, where))
		abort();
}
