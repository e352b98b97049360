/* SPDX-License-Identifier: Apache-2.0 */
/* All megaflows: by UFID, by match, and by number for walks. Needs no EAL.
 *
 * Each port has its own classifier for the megaflows that match it exactly, as translation makes
 * them. So the masks of one port neither slow down packets of another port nor take its room.
 *
 * Thread safety: put, modify and unlink are for any RCU thread; a mutex serialises them, and is not
 * held during a grace period. Readers are RCU readers. */
#pragma once

#include "flow.h"

#include <swpath/swp.h>

struct swp_table;

/* Makes an empty table. Returns 0 or -ENOMEM. */
int swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out);

/* Frees the table and the flows in it. No readers exist any more. Blocks. */
void swp_table_destroy(struct swp_table *t);

/* Adds a flow. Returns 0, -EEXIST, -ENOSPC (no room for more flows, or for more masks of this port)
 * or -ENOMEM. */
int swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
		  const struct flow_actions *actions);
/* Replaces the actions of a flow. Returns 0, -ENOENT or -ENOMEM. */
int swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		     const struct flow_actions *actions);

/* Reads the counters of a flow. Returns 0 or -ENOENT. Thread: any RCU thread. */
int swp_table_stats(struct swp_table *t, const struct flow_ufid *ufid, struct flow_stats *out);

/* Flows that were unlinked together, in order. All zero if empty. */
struct swp_grave {
	struct swp_flow *flows, **last;
	struct swp_subtable *subtables;
};

/* Unlinks a flow and appends it to '*g'. Returns 0 or -ENOENT. */
int swp_table_unlink(struct swp_table *t, const struct flow_ufid *ufid, struct swp_grave *g);

/* Raises the epoch of the flow caches and waits for a grace period; afterwards the counters of the
 * flows in 'g' are final. Blocks. */
void swp_table_quiesce(struct swp_table *t);

/* Frees the contents of 'g', after swp_table_quiesce(). */
void swp_grave_free(struct swp_grave *g);

/* Returns the epoch for flow caches (cache.h). Thread: any. */
uint64_t swp_table_epoch(const struct swp_table *t);

/* One classifier per port number, and one for megaflows that do not match a port exactly. */
#define SWP_TABLE_SCOPES (SWP_PORTS_MAX + 1)

/* Returns the flow's rule for a packet, or NULL; see swp_classifier_lookup(). 'views' are the
 * reader's own, SWP_TABLE_SCOPES of them, initially all zero. */
struct swp_rule *swp_table_lookup(struct swp_table *t, struct swp_view *views,
				  const struct flow_key *key, uint64_t *n_searched);

/* Return the numbers of flows and of distinct masks. Thread: any RCU thread. */
unsigned int swp_table_n_flows(const struct swp_table *t);
unsigned int swp_table_n_masks(const struct swp_table *t);

/* A walk over all flows that several threads share. swp_walk_next() returns the number of flows
 * written to 'out', 0 at the end. */
struct swp_walk {
	uint64_t next; /* number of the first slot that no thread has claimed */
	uint64_t end;
};
void swp_walk_begin(struct swp_walk *w, const struct swp_table *t);
unsigned int swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out,
			   unsigned int max);
