/* SPDX-License-Identifier: Apache-2.0 */
/* All megaflows: by UFID, by match, and by number for walks. Needs no EAL.
 *
 * Thread safety: put, modify and del from any RCU thread; a mutex serialises them, and no grace
 * period is waited for under it. Readers are RCU readers. */
#pragma once

#include "flow.h"

#include <flow/dp.h>

struct swp_table;

int swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out);

/* No readers are left; flows that are left are freed. Blocks. */
void swp_table_destroy(struct swp_table *t);

/* 0, -EEXIST, -ENOSPC (flows or masks) or -ENOMEM. */
int swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
		  const struct flow_actions *actions);
/* 0, -ENOENT or -ENOMEM. */
int swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		     const struct flow_actions *actions);

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

struct swp_classifier *swp_table_classifier(struct swp_table *t);
unsigned int swp_table_n_flows(const struct swp_table *t);

/* A walk that threads share. */
struct swp_walk {
	uint64_t next; /* number of the first slot that nobody claimed */
	uint64_t end;
};
void swp_walk_begin(struct swp_walk *w, const struct swp_table *t);
unsigned int swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out,
			   unsigned int max);
