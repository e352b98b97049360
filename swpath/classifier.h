/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflow classifier of one port: tuple space search, one subtable (hash table) per distinct mask.
 *
 * The number of masks is bounded, since a packet that no rule covers is looked up under each of
 * them.
 *
 * Megaflows have no priorities: any rule that covers the key is correct, so the first one found is
 * used. A subtable knows the non-zero words of its mask; only these are hashed and compared.
 *
 * Thread safety: add and del are for one writer at a time; lookup is for any number of RCU readers,
 * each with its own view. A rule is freed a grace period after del. Needs no EAL. */
#pragma once

#include <swpath/swp.h>

#include <base/rcu_table.h>

struct swp_classifier;
struct swp_subtable;

/* Must be the last member of the structure that contains it, since 'values' follows. */
struct swp_rule {
	struct cds_lfht_node node;
	const struct swp_subtable *subtable;
	uint64_t values[]; /* masked words of the key, where the mask has bits */
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

/* Returns 0 or -ENOMEM. */
int swp_classifier_create(uint64_t seed, struct swp_classifier **out);

/* Frees the classifier, which is empty and has no readers. */
void swp_classifier_destroy(struct swp_classifier *c);

/* Returns the number of words that a rule with this mask stores in 'values'. */
unsigned int swp_mask_words(const struct flow_key *mask);

/* Adds a rule, which has room for its words. 'm' is canonical and borrowed during the call. Returns
 * 0, -ENOSPC (SWP_PORT_MASKS_MAX masks) or -ENOMEM. */
int swp_classifier_add(struct swp_classifier *c, struct swp_rule *r, const struct flow_match *m);

/* Removes a rule. If its subtable becomes empty, pushes it on '*dead'; the caller frees it by
 * swp_subtables_free() after a grace period. If there is no memory to remove an empty subtable, it
 * stays and is reused. */
void swp_classifier_del(struct swp_classifier *c, struct swp_rule *r, struct swp_subtable **dead);

/* Frees removed subtables, after a grace period. */
void swp_subtables_free(struct swp_subtable *dead);

/* Returns a rule that covers 'key', or NULL. Adds the number of subtables searched to
 * '*n_searched'. */
struct swp_rule *swp_classifier_lookup(struct swp_classifier *c, struct swp_view *view,
				       const struct flow_key *key, uint64_t *n_searched);

/* Returns true if the rule matches 'key'. */
bool swp_rule_covers(const struct swp_rule *r, const struct flow_key *key);

/* Returns the number of subtables. Thread: any. */
unsigned int swp_classifier_n_masks(const struct swp_classifier *c);
