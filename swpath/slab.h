/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflows by number: arrays that are indexed by a slot, one for each kind of access.
 *
 * A worker that has the slot of a megaflow computes all addresses that it will read and write, and
 * prefetches them together. A slot is never unmapped, so a stale number is harmless: a reader
 * checks that the slot's line matches the packet.
 *
 * The arrays reserve addresses for SWP_FLOWS_MAX megaflows. Memory is committed for SLAB_STEP more
 * at a time, in huge pages, and touched when a slot is first used. A megaflow takes 112 bytes here,
 * 32 more if it matches IPv6 addresses, and 32 for each worker, besides lists of actions and the
 * hash tables.
 *
 * A slot is given back a grace period after its megaflow was unlinked (table.h). A reader that
 * finds a line with a subtable may use the slot until its next quiescent state.
 *
 * Thread safety: stated per function. Needs no EAL. */
#pragma once

#include "actions.h"
#include "head.h"

#include <swpath/swp.h>

#include <base/lock.h>

#define SWP_SLOT_BITS 22
#define SWP_SLOT_MASK ((1u << SWP_SLOT_BITS) - 1)
#define SWP_FLOWS_MAX SWP_SLOT_MASK /* slot 0 is never used */

struct swp_subtable;

/* What a lookup compares: one cache line. */
struct swp_line {
	uint64_t head[SWP_HEAD_WORDS]; /* the masked head of the match */
	/* The subtable's address; 0: the slot has no megaflow. SWP_LINE_PLAIN is set if the match
	 * has no other words than those of the head and IPv6 addresses, or they are 0: it may cover
	 * plain packets. SWP_LINE_IP6 is set if IPv6 addresses of the match are not 0. */
	_Atomic uintptr_t of;
} __attribute__((aligned(64)));

#define SWP_LINE_PLAIN 1
#define SWP_LINE_IP6 2
#define SWP_LINE_FLAGS (SWP_LINE_PLAIN | SWP_LINE_IP6)

/* The masked IPv6 addresses of a match. Written if the mask has some. */
struct swp_ip6 {
	uint64_t w[SWP_IP6_WORDS];
} __attribute__((aligned(32)));

static inline const struct swp_subtable *
swp_line_subtable(const struct swp_line *l)
{
	return (const struct swp_subtable *)(atomic_load_explicit(&l->of, memory_order_acquire) &
					     ~(uintptr_t)SWP_LINE_FLAGS);
}

/* What a hit writes: counters of one worker; only that worker writes them. */
struct swp_count {
	uint64_t packets, bytes, used_ns; /* count.h */
	_Atomic uint16_t tcp_flags;
} __attribute__((aligned(32)));

/* What writers and readers by UFID use. */
struct swp_flow {
	struct flow_ufid ufid;
	uint64_t *others; /* the other masked words of the match; NULL if all are 0 */
	uint16_t scope;	  /* index of the classifier in the table */
	bool linked;	  /* under the scope's mutex */
	uint32_t next;	  /* in a list of free or of unlinked slots; 0 ends it */
} __attribute__((aligned(32)));

_Static_assert(sizeof(struct swp_flow) == 32, "two share a cache line");

struct swp_slab {
	struct swp_line *lines;
	struct swp_ip6 *ip6;
	_Atomic swp_act *acts;
	struct swp_count *counts[SWP_WORKERS_MAX]; /* n_workers */
	struct swp_flow *flows;
	_Atomic uint64_t
		*reported; /* by the last walk, packets + bytes + 1; 0: not yet (table.h) */
	unsigned int n_workers;
	_Atomic uint32_t n_slots; /* slots 1..n_slots were used so far */
	struct mutex mutex;
	uint32_t n_committed GUARDED_BY(mutex); /* slots with memory */
	uint32_t first_free GUARDED_BY(mutex);
};

/* Makes an empty slab. Returns 0 or -ENOMEM. */
int swp_slab_create(unsigned int n_workers, struct swp_slab **out);

/* Frees the slab, whose slots have been given back. */
void swp_slab_destroy(struct swp_slab *s);

/* Takes a slot: its line has no subtable, its counters are 0. Returns 0, -ENOSPC (SWP_FLOWS_MAX)
 * or -ENOMEM. O(1). Thread: any. */
int swp_slot_take(struct swp_slab *s, uint32_t *slot);

/* Gives a slot back, with its actions. No reader can find it. O(workers). Thread: any. */
void swp_slot_give_back(struct swp_slab *s, uint32_t slot);

/* Sums the workers' counters. O(workers). Thread: any. */
void swp_slot_stats(const struct swp_slab *s, uint32_t slot, struct flow_stats *out);
