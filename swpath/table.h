/* SPDX-License-Identifier: Apache-2.0 */
/* All megaflows: by UFID, by match, and by number for walks. Needs no EAL.
 *
 * Each port has a classifier of its own for the megaflows that match it exactly, as translation makes
 * them: the masks of one port neither slow the packets of another down nor take their room.
 *
 * Thread safety: put, modify and del from any RCU thread; a mutex serialises them, and no grace
 * period is waited for under it. Readers are RCU readers. */
#pragma once

#include "flow.h"

#include <swpath/swp.h>

struct swp_table;

int swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out);

/* No readers are left; flows that are left are freed. Blocks. */
void swp_table_destroy(struct swp_table *t);

/* 0, -EEXIST, -ENOSPC (no room for more flows, or for more masks of this port) or -ENOMEM. */
int swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
		  const struct flow_actions *actions);
/* 0, -ENOENT or -ENOMEM. */
int swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		     const struct flow_actions *actions);

/* 0 or -ENOENT. Thread: any RCU thread. */
int swp_table_stats(struct swp_table *t, const struct flow_ufid *ufid, struct flow_stats *out);

/* Flows that were unlinked together. All zero: none. */
struct swp_grave {
	struct swp_flow *flows, **last;
	struct swp_subtable *subtables;
};

/* Takes a flow out and adds it to the end of '*g'. Returns 0 or -ENOENT. */
int swp_table_unlink(struct swp_table *t, const struct flow_ufid *ufid, struct swp_grave *g);

/* Ends the epoch of the caches, waits for a grace period; afterwards the counts of the flows in 'g'
 * are final. Blocks. */
void swp_table_settle(struct swp_table *t);

/* Frees what is in 'g', after swp_table_settle(). */
void swp_grave_free(struct swp_grave *g);

/* The epoch that flow caches go by. Thread: any. */
uint64_t swp_table_epoch(const struct swp_table *t);

/* One classifier for each port number, and one for megaflows that match none of them exactly. */
#define SWP_TABLE_SCOPES (SWP_PORTS_MAX + 1)

/* Finds the flow of a packet, or NULL; see swp_classifier_lookup().
 * views: the reader's own, SWP_TABLE_SCOPES of them, all zero at first. */
struct swp_rule *swp_table_lookup(struct swp_table *t, struct swp_view *views,
				  const struct flow_key *key, uint64_t *n_searched);

/* Thread: any RCU thread. */
unsigned int swp_table_n_flows(const struct swp_table *t);
unsigned int swp_table_n_masks(const struct swp_table *t);

/* A walk that threads share. */
struct swp_walk {
	uint64_t next; /* number of the first slot that nobody claimed */
	uint64_t end;
};
void swp_walk_begin(struct swp_walk *w, const struct swp_table *t);
unsigned int swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out,
			   unsigned int max);
