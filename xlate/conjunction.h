/* SPDX-License-Identifier: Apache-2.0 */
/* Conjunctive matches: which conjunctions the rules that match a packet make up.
 *
 * A conjunction is satisfied when rules of one priority have all of its clauses. Those of the highest
 * priority come first, and of one priority those of the lowest ID.
 *
 * Thread safety: belongs to one lookup. */
#pragma once

#include "table.h"

/* All zero: none. */
struct conjunctions {
	const struct rule **rule;
	size_t n, n_alloc;
	bool sorted;
	/* The last that was given. */
	size_t group; /* first rule of its priority */
	bool given;
	uint32_t id;
	int error; /* -ENOMEM: rules are missing */
};

/* Adds a rule that matches. */
void conjunctions_add(struct conjunctions *c, const struct rule *r);

/* Gives the ID of the next that is satisfied. False: there is none. */
bool conjunctions_next(struct conjunctions *c, uint32_t *id);
void conjunctions_free(struct conjunctions *c);
