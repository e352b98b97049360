/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle of a ledger entry: an enum, a transition table, and a function that
 * makes transitions.
 *
 * Thread safety: guarded by the mutex of the lifecycle's owner. */
#pragma once

#include <upcall/upc.h>

#define LIFECYCLE_ROLES(R) R(HANDLER, "handler") R(REVALIDATOR, "revalidator") R(CONTROL, "control")

enum lifecycle_role {
#define R(id, name) LIFECYCLE_##id,
	LIFECYCLE_ROLES(R)
#undef R
		LIFECYCLE_N_ROLES
};

extern const char *const lifecycle_role_names[LIFECYCLE_N_ROLES];

struct lifecycle {
	enum upc_state state;
	/* Of the last transition. */
	enum lifecycle_role role;
	const char *place; /* "file:line" */
};

#define LIFECYCLE_TEXT_(x) #x
#define LIFECYCLE_TEXT(x) LIFECYCLE_TEXT_(x)
#define LIFECYCLE_PLACE __FILE__ ":" LIFECYCLE_TEXT(__LINE__)

/* Returns true if a thread of 'role' may move an entry from 'from' to 'to'. */
bool lifecycle_allows(enum upc_state from, enum upc_state to, enum lifecycle_role role);

/* Starts in CREATED. */
void lifecycle_init_at(struct lifecycle *l, enum lifecycle_role role, const char *place);

/* Makes a transition and records the role and place. A transition that the table does not allow
 * prints both places to stderr and aborts. */
void lifecycle_move_at(struct lifecycle *l, enum upc_state to, enum lifecycle_role role,
		       const char *place);

#define lifecycle_init(l, role) lifecycle_init_at(l, role, LIFECYCLE_PLACE)
#define lifecycle_move(l, to, role) lifecycle_move_at(l, to, role, LIFECYCLE_PLACE)
