/* SPDX-License-Identifier: Apache-2.0 */
/* Conjunctive matches: finds the conjunctions that are satisfied by the rules that match a packet.
 *
 * A conjunction is satisfied if rules of one priority have all of its clauses. Order: by falling
 * priority, then by rising ID.
 *
 * Cost: O(c log c) for c clauses of the matching rules, once per lookup.
 *
 * Thread safety: belongs to one lookup. */
#pragma once

#include "table/table.h"

struct clause;

/* All zero, except for the limit, is empty. */
struct conjunctions {
	size_t n_gathered_max;
	const struct rule **rule;
	size_t n, n_alloc;
	bool sorted;
	size_t next_rule; /* first rule whose clauses are not gathered yet */
	/* Clauses of the rules of one priority, sorted by ID and conjunction. */
	struct clause *clause;
	size_t n_clauses, n_clauses_alloc, next_clause;
	size_t n_gathered; /* actions looked at; above n_gathered_max, the search stops */
	int error;	   /* -ENOMEM if rules or clauses are missing */
};

/* Adds a rule that matches the packet. */
void conjunctions_add(struct conjunctions *c, const struct rule *r);

/* Returns in '*id' the ID of the next satisfied conjunction. Returns false if there is none, above
 * the limit, and on error. */
bool conjunctions_next(struct conjunctions *c, uint32_t *id);
void conjunctions_free(struct conjunctions *c);
