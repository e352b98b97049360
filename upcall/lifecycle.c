/* SPDX-License-Identifier: Apache-2.0 */
#include "lifecycle.h"

#include <stdio.h>
#include <stdlib.h>

const char *const upc_state_names[UPC_N_STATES] = {
#define S(id, name) [UPC_##id] = name,
	UPC_STATES(S)
#undef S
};

const char *const lifecycle_role_names[LIFECYCLE_N_ROLES] = {
#define R(id, name) [LIFECYCLE_##id] = name,
	LIFECYCLE_ROLES(R)
#undef R
};

#define HANDLER (1u << LIFECYCLE_HANDLER)
#define REVALIDATOR (1u << LIFECYCLE_REVALIDATOR)
#define CONTROL (1u << LIFECYCLE_CONTROL)

/* The roles that may move an entry from the row's state to the column's.
 * A handler removes entries that never reached a path: one that lost a race was not visible, one
 * that the datapath refused was. While no other thread runs, control enters flows that the datapath
 * has, finishes removals that hardware did not complete in time, and forgets flows that the datapath
 * keeps. */
static const uint8_t moves[UPC_N_STATES][UPC_N_STATES] = {
	[UPC_CREATED] = {[UPC_VISIBLE] = HANDLER | CONTROL, [UPC_DELETED] = HANDLER | CONTROL},
	[UPC_VISIBLE] = {[UPC_OPERATIONAL] = HANDLER | CONTROL, [UPC_EVICTED] = HANDLER},
	[UPC_OPERATIONAL] = {[UPC_EVICTING] = REVALIDATOR, [UPC_EVICTED] = CONTROL},
	[UPC_EVICTING] = {[UPC_EVICTED] = REVALIDATOR | CONTROL},
	[UPC_EVICTED] = {[UPC_DELETED] = HANDLER | REVALIDATOR | CONTROL},
};

bool
lifecycle_allows(enum upc_state from, enum upc_state to, enum lifecycle_role role)
{
	return (moves[from][to] >> role) & 1;
}

void
lifecycle_init_at(struct lifecycle *l, enum lifecycle_role role, const char *place)
{
	l->state = UPC_CREATED;
	l->role = role;
	l->place = place;
}

void
lifecycle_move_at(struct lifecycle *l, enum upc_state to, enum lifecycle_role role,
		  const char *place)
{
	if (!lifecycle_allows(l->state, to, role)) {
		fprintf(stderr,
			"megaflow lifecycle: %s to %s by %s at %s is not allowed; the state was "
			"set to %s by %s at %s\n",
			upc_state_names[l->state], upc_state_names[to], lifecycle_role_names[role],
			place, upc_state_names[l->state], lifecycle_role_names[l->role], l->place);
		abort();
	}
	l->state = to;
	l->role = role;
	l->place = place;
}
