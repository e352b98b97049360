/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the edits of a packet's tags between two outputs, in the order of steering hardware:
 * pop, change, push. A pop after a push cancels it; a change after a push changes the pushed tag.
 * Edits of other headers commute with all of these. Example: push 5, set vlan_vid=6, push 7, pop is
 * compiled as push 6.
 *
 * Thread safety: pure. */
#pragma once

#include "pattern.h"

#define RTEFLOW_PUSHES_MAX 4

struct rteflow_tag_edits {
	/* The packet's tags after the edits so far, outermost first. */
	enum rteflow_tag now[FLOW_VLANS + 1];
	unsigned int n_pops;
	be16 tci, tci_mask; /* bits to set of the first tag left after the pops */
	struct {
		be16 tpid, tci;
	} pushes[RTEFLOW_PUSHES_MAX]; /* in this order */
	unsigned int n_pushes;
	/* edits were emitted before, so the match no longer describes the first tag */
	bool changed;
};

/* Starts with the tags that the match determines, and no edits. */
void rteflow_tag_edits_init(struct rteflow_tag_edits *e, const struct flow_match *m);

/* Add a pop; a change of the outer tag. The packet has one. */
void rteflow_tag_edits_pop(struct rteflow_tag_edits *e);
void rteflow_tag_edits_set(struct rteflow_tag_edits *e, be16 tci, be16 mask);

/* Returns false if there is no room for another push. */
bool rteflow_tag_edits_push(struct rteflow_tag_edits *e, be16 tpid, be16 tci);

/* Replaces a change of the first tag by a pop and a push. Requires that the packet still has its
 * original tag, and that 'm' and the change together determine the whole tag except the
 * drop-eligible bit, which becomes 0. Otherwise returns false and changes nothing. */
bool rteflow_tag_edits_rewrite(struct rteflow_tag_edits *e, const struct flow_match *m);

/* Starts again after the edits were emitted; 'now' stays. */
void rteflow_tag_edits_done(struct rteflow_tag_edits *e);
