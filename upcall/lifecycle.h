/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle of a ledger entry: one enum, one transition table, one function that moves it.
 *
 * Thread safety: guarded by the mutex of what the lifecycle belongs to. */
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
	/* Of the last move. */
	enum lifecycle_role role;
	const char *place; /* "file:line" */
};

#define LIFECYCLE_TEXT_(x) #x
#define LIFECYCLE_TEXT(x) LIFECYCLE_TEXT_(x)
#define LIFECYCLE_PLACE __FILE__ ":" LIFECYCLE_TEXT(__LINE__)

/* True when a thread of 'role' may move from 'from' to 'to'. */
bool lifecycle_allows(enum upc_state from, enum upc_state to, enum lifecycle_role role);

/* Starts in CREATED. */
void lifecycle_init_at(struct lifecycle *l, enum lifecycle_role role, const char *place);

/* Moves and records who and where. A move that the table does not have prints both places to
 * stderr and aborts. */
void lifecycle_move_at(struct lifecycle *l, enum upc_state to, enum lifecycle_role role,
		       const char *place);

#define lifecycle_init(l, role) lifecycle_init_at(l, role, LIFECYCLE_PLACE)
#define lifecycle_move(l, to, role) lifecycle_move_at(l, to, role, LIFECYCLE_PLACE)
