/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflow classifier of one port: tuple space search, one subtable for each distinct mask.
 *
 * The number of masks is bounded, since a packet that no megaflow covers is looked up under each of
 * them.
 *
 * Megaflows have no priorities: any megaflow that covers the key is correct, so the first one found
 * is used.
 *
 * Cost: a lookup reads O(masks) lines, those of masks with many hits first. The packets of a burst
 * are looked up together, mask by mask, so their lines are read in parallel. An addition and a
 * removal are O(1) amortised, and O(masks) if they add or remove a mask.
 *
 * Thread safety: add and del are for one writer at a time; lookup is for any number of RCU readers,
 * each with its own view. Needs no EAL. */
#pragma once

#include "subtable.h"

struct swp_classifier;

/* Immutable, read by RCU readers. The place of a removed subtable is NULL until it is reused. */
struct swp_masks {
	struct rcu_deferred deferred;
	uint64_t generation;
	/* The bits that any mask looks at. Keys that agree on these match the same megaflow. */
	struct swp_mask consulted;
	unsigned int n; /* places in use */
	unsigned int n_places;
	struct swp_subtable *places[];
};

/* One reader's order of the subtables, those with the most hits first. Owner: one thread. Initially
 * all zero. */
struct swp_view {
	uint64_t generation;
	unsigned int n;
	uint32_t n_hits; /* since the counts were last halved */
	uint16_t order[SWP_PORT_MASKS_MAX];
	uint32_t hits[SWP_PORT_MASKS_MAX];
};

/* Most keys of one lookup. */
#define SWP_KEYS_MAX 32

/* What is called now and then during a search; NULL: nothing. It may search for other packets, but has no quiescent
 * state. */
struct swp_pause {
	void (*fn)(void *aux);
	void *aux;
};

/* A search of more masks, summed over the keys, is paused after so many: some 0.25 us. */
#define SWP_SEARCHES_AT_ONCE 32

/* Packets of one port that are looked up together. */
struct swp_keys {
	uint32_t port;
	const struct swp_head *heads;
	const struct flow_key *keys; /* of packets that are not plain */
	uint32_t *slots;	     /* results: the megaflow that covers each key, or 0 */
	unsigned int n_left;
	uint8_t left[SWP_KEYS_MAX]; /* indices of the keys still without a megaflow */
	uint64_t n_searched;	    /* subtables, summed over the keys */
	struct swp_pause pause;
	uint64_t paused_at; /* the 'n_searched' of the last pause */
};

/* Returns the key of packet 'i', NULL if it is plain. */
static inline const struct flow_key *
swp_keys_key(const struct swp_keys *k, unsigned int i)
{
	return swp_head_is_plain(&k->heads[i]) ? NULL : &k->keys[i];
}

/* Returns 0 or -ENOMEM. 's' holds the megaflows. */
int swp_classifier_create(struct swp_slab *s, uint64_t seed, struct swp_classifier **out);

/* Frees the classifier, which is empty and has no readers. */
void swp_classifier_destroy(struct swp_classifier *c);

/* Adds the megaflow in 'slot'. 'm' is canonical and borrowed during the call. Returns 0, -ENOSPC
 * (SWP_PORT_MASKS_MAX masks, or more equal hashes than fit) or -ENOMEM. */
int swp_classifier_add(struct swp_classifier *c, uint32_t slot, const struct flow_match *m);

/* Prefetches what swp_classifier_add() will read and write. Thread: any RCU thread. */
void swp_classifier_prefetch(struct swp_classifier *c, const struct flow_match *m);

/* Removes a megaflow. If its subtable becomes empty, pushes it on '*dead'; the caller frees it by
 * swp_subtables_free() after a grace period. If there is no memory to remove an empty subtable, it
 * stays and is reused. */
void swp_classifier_del(struct swp_classifier *c, uint32_t slot, struct swp_subtable **dead);

/* Frees removed subtables, after a grace period. */
void swp_subtables_free(struct swp_subtable *dead);

/* Returns the masks; valid until the caller's next quiescent state. */
const struct swp_masks *swp_classifier_masks(const struct swp_classifier *c);

/* Finds the megaflows of the keys that are left, and removes those keys from 'left'. */
void swp_classifier_lookup(const struct swp_classifier *c, struct swp_view *view,
			   struct swp_keys *k);

/* Returns the number of subtables. Thread: any RCU reader. */
unsigned int swp_classifier_n_masks(const struct swp_classifier *c);
