/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflow classifier of one port: tuple space search, one subtable (hash table) per distinct mask.
 *
 * Masks are bounded, since a packet that no rule covers is looked up under each of them.
 *
 * Megaflows have no priorities: whichever rule that covers the key is found first is right.
 * A subtable knows which words of its mask are not zero; only these are hashed and compared.
 *
 * Thread safety: add and del are for one writer at a time; lookup is for any number of RCU readers,
 * each with a view of its own. A rule is freed a grace period after del. Needs no EAL. */
#pragma once

#include <swpath/swp.h>

#include <base/rcu_table.h>

struct swp_classifier;
struct swp_subtable;

/* Last member of what it belongs to: 'values' follows. */
struct swp_rule {
	struct cds_lfht_node node;
	const struct swp_subtable *subtable;
	uint64_t values[]; /* the key's words where the mask has bits, masked */
};

/* One reader's order of the subtables: those that hit most come first. Owner: one thread.
 * All zero is a fresh one. */
struct swp_view {
	uint64_t generation;
	unsigned int n;
	uint32_t n_hits; /* since the counts were last halved */
	uint16_t order[SWP_PORT_MASKS_MAX];
	uint32_t hits[SWP_PORT_MASKS_MAX];
};

/* Returns 0 or -ENOMEM. */
int swp_classifier_create(uint64_t seed, struct swp_classifier **out);

/* The classifier is empty and has no readers. */
void swp_classifier_destroy(struct swp_classifier *c);

/* Number of words that a rule with this mask stores in 'values'. */
unsigned int swp_mask_words(const struct flow_key *mask);

/* Adds a rule with room for its words. 'm' is canonical and borrowed during the call.
 * Returns 0, -ENOSPC (SWP_PORT_MASKS_MAX masks) or -ENOMEM. */
int swp_classifier_add(struct swp_classifier *c, struct swp_rule *r, const struct flow_match *m);

/* Removes a rule. A subtable that became empty is pushed on '*dead', which the caller frees by
 * swp_subtables_free() after a grace period. When there is no memory to take an empty subtable out,
 * it stays and is used again. */
void swp_classifier_del(struct swp_classifier *c, struct swp_rule *r, struct swp_subtable **dead);
void swp_subtables_free(struct swp_subtable *dead);

/* Finds a rule that covers 'key', or NULL. Adds to '*n_searched' how many subtables were looked at. */
struct swp_rule *swp_classifier_lookup(struct swp_classifier *c, struct swp_view *view,
				       const struct flow_key *key, uint64_t *n_searched);

/* True when the rule matches 'key'. */
bool swp_rule_covers(const struct swp_rule *r, const struct flow_key *key);

/* Number of subtables. Thread: any. */
unsigned int swp_classifier_n_masks(const struct swp_classifier *c);
