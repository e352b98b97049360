/* SPDX-License-Identifier: Apache-2.0 */
/* What a megaflow's actions do to the tags of a packet between two outputs, brought into the order that
 * steering hardware has: pop, change, push. A push that a pop follows cancels it; a change after a push is
 * the push's. Changes of other headers commute with all of it.
 *
 * Thread safety: pure. */
#pragma once

#include "pattern.h"

#define RTEFLOW_PUSHES_MAX 4

struct rteflow_tag_edits {
	/* Which tags the packet has now, outermost first. */
	enum rteflow_tag now[FLOW_VLANS + 1];
	unsigned int n_pops;
	be16 tci, tci_mask; /* of the first tag that is left then; bits that are set */
	struct {
		be16 tpid, tci;
	} pushes[RTEFLOW_PUSHES_MAX]; /* in this order */
	unsigned int n_pushes;
	bool changed; /* by edits that were made: the match does not say the first tag any more */
};

void rteflow_tag_edits_init(struct rteflow_tag_edits *e, const struct flow_match *m);

/* The packet has an outer tag. */
void rteflow_tag_edits_pop(struct rteflow_tag_edits *e);
void rteflow_tag_edits_set(struct rteflow_tag_edits *e, be16 tci, be16 mask);

/* Returns false when there is no room for another. */
bool rteflow_tag_edits_push(struct rteflow_tag_edits *e, be16 tpid, be16 tci);

/* Says a change of the first tag as a pop and a push, which takes that the packet still has the tag it came
 * with, and that 'm' and the change together say all of it but for the drop-eligible bit, which is 0 then.
 * Returns false, and changes nothing, when not. */
bool rteflow_tag_edits_rewrite(struct rteflow_tag_edits *e, const struct flow_match *m);

/* Starts over after these edits were made: the tags stay as they are. */
void rteflow_tag_edits_done(struct rteflow_tag_edits *e);
