/* SPDX-License-Identifier: Apache-2.0 */
/* All megaflows: by UFID, by match, and by number for walks. Needs no EAL.
 *
 * Each port has its own classifier for the megaflows that match it exactly, as translation makes
 * them. So the masks of one port neither slow down packets of another port nor take its room.
 *
 * Cost: put, modify, unlink and stats are O(1) amortised (classifier.h).
 *
 * Thread safety: put, modify and unlink are for any RCU thread; those of one port serialise on its
 * mutex, which is not held during a grace period. Readers are RCU readers. */
#pragma once

#include "classifier.h"

struct swp_table;

/* Makes an empty table. Returns 0 or -ENOMEM. */
int swp_table_create(uint64_t seed, unsigned int n_workers, struct swp_table **out);

/* Frees the table and the megaflows in it. No readers exist any more. Blocks. */
void swp_table_destroy(struct swp_table *t);

/* Returns where the megaflows are. */
struct swp_slab *swp_table_slab(struct swp_table *t);

/* Slots that were unlinked together, in order, by swp_flow.next. All zero if empty. */
struct swp_grave {
	uint32_t first, last;
	uint32_t unused; /* slots that a failed put has taken; a list of its own */
	struct swp_subtable *subtables;
};

static inline bool
swp_grave_is_empty(const struct swp_grave *g)
{
	return !g->first && !g->unused;
}

/* Prefetches what an operation on this megaflow reads first. 'm': its match, if it is to be added, or
 * NULL. */
void swp_table_prefetch(struct swp_table *t, const struct flow_ufid *ufid,
			const struct flow_match *m);

/* Adds a megaflow, whose match is canonical. Returns 0, -EEXIST, -ENOSPC (no room for more
 * megaflows, or for more masks of this port) or -ENOMEM. On error a slot may be appended to '*g'.
 */
int swp_table_put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *match,
		  const struct flow_actions *actions, struct swp_grave *g);
/* Replaces the actions of a megaflow. Returns 0, -ENOENT or -ENOMEM. */
int swp_table_modify(struct swp_table *t, const struct flow_ufid *ufid,
		     const struct flow_actions *actions);

/* Reads the counters of a megaflow. Returns 0 or -ENOENT. Thread: any RCU thread. */
int swp_table_stats(struct swp_table *t, const struct flow_ufid *ufid, struct flow_stats *out);

/* Unlinks a megaflow and appends it to '*g'. Returns 0 or -ENOENT. */
int swp_table_unlink(struct swp_table *t, const struct flow_ufid *ufid, struct swp_grave *g);

/* Waits for a grace period; afterwards the counters of the megaflows in 'g' are final, and no
 * reader uses them. Blocks. */
void swp_grave_settle(const struct swp_grave *g);

/* Gives back the slots in 'g', after swp_grave_settle(). */
void swp_grave_free(struct swp_table *t, struct swp_grave *g);

/* One classifier per port number, and one for megaflows that do not match a port exactly. */
#define SWP_TABLE_SCOPES (SWP_PORTS_MAX + 1)

/* Returns the masks of a port, or NULL if it has never had a megaflow. Valid until the caller's next
 * quiescent state. */
const struct swp_masks *swp_table_masks(struct swp_table *t, uint32_t port);

/* Returns true if packets of a port that agree in what its masks look at match the same megaflow:
 * no megaflow exists that does not match a port exactly. */
bool swp_table_masks_decide(struct swp_table *t);

/* Finds the megaflows of keys of one port; see swp_classifier_lookup(). 'views' are the reader's
 * own, SWP_TABLE_SCOPES of them, initially all zero. */
void swp_table_lookup(struct swp_table *t, struct swp_view *views, struct swp_keys *k);

/* Return the numbers of megaflows and of distinct masks. Thread: any RCU thread. */
unsigned int swp_table_n_flows(const struct swp_table *t);
unsigned int swp_table_n_masks(const struct swp_table *t);

/* A walk that several threads share; flow/dp.h has its kinds. swp_walk_next() returns the number of
 * megaflows written to 'out', which may be 0 before the end, and -1 at the end. It looks at
 * SWP_WALK_STEP slots at most, whose counters it reads in order, and at more of those that it
 * returns. */
#define SWP_WALK_STEP 4096
struct swp_walk {
	_Atomic uint64_t next; /* first slot that no thread has claimed */
	uint64_t end;
	enum dp_dump_kind kind;
};
void swp_walk_begin(struct swp_walk *w, const struct swp_table *t, enum dp_dump_kind kind);
int swp_walk_next(struct swp_walk *w, struct swp_table *t, struct dp_flow_stat *out,
		  unsigned int max);
