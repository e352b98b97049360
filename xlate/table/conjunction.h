/* SPDX-License-Identifier: Apache-2.0 */
/* Conjunctive matches: which conjunctions the rules that match a packet make up.
 *
 * A conjunction is satisfied when rules of one priority have all of its clauses. Those of the highest
 * priority come first, and of one priority those of the lowest ID.
 *
 * Cost: c log c for c clauses of the rules that match, once per lookup.
 * Thread safety: belongs to one lookup. */
#pragma once

#include "table/table.h"

struct clause;

/* All zero but for the limit: none. */
struct conjunctions {
	size_t n_gathered_max;
	const struct rule **rule;
	size_t n, n_alloc;
	bool sorted;
	size_t next_rule; /* the first of those whose clauses were not gathered yet */
	/* Of the rules of one priority, by ID; a conjunction's next to each other. */
	struct clause *clause;
	size_t n_clauses, n_clauses_alloc, next_clause;
	size_t n_gathered; /* clauses; over the limit: the search was given up */
	int error;	   /* -ENOMEM: rules or clauses are missing */
};

/* Adds a rule that matches. */
void conjunctions_add(struct conjunctions *c, const struct rule *r);

/* Gives the ID of the next that is satisfied. False: there is none, or clauses are over the limit. */
bool conjunctions_next(struct conjunctions *c, uint32_t *id);
void conjunctions_free(struct conjunctions *c);
