/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of one mask in a classifier: a trie of their keys and one for each facet. See
 * classifier.h.
 *
 * Thread safety: as classifier.h. */
#pragma once

#include "classifier/classifier.h"
#include "classifier/key_rules.h"

struct facet {
	uint16_t kind; /* its index in the layout */
	struct trie trie;
	struct trie_shape shape;
	struct trie_shape need;
};

struct subtable {
	struct rcu_deferred deferred;
	const struct classifier_layout *layout;
	struct trie rules; /* leaf->first: the rules of one key, by falling priority */
	struct trie_shape shape;
	const uint64_t *mask; /* the whole mask */
	uint64_t words;	      /* bit i: word i of the mask has bits */
	uint16_t n_facets;
	struct facet *facets; /* leaf->n_refs: number of keys with this value */
	/* For the writer only. */
	unsigned int n_rules, n_hidden;
	struct priorities priorities;
	uint16_t max_priority; /* 0 if there are no rules */
	struct key_index_list key_indexes;
	/* For the classifier, which sets them. */
	struct classifier *owner;
	uint64_t hash; /* of the mask */
	struct subtable *next_alike, *next_moved;
	bool moved;
	LIST_ENTRY(subtable) in_all;
};

LIST_HEAD(subtable_list, subtable);

/* Allocates the empty subtable of a mask. Returns NULL if there is no memory. */
struct subtable *subtable_new(const struct classifier_layout *layout, const uint64_t *mask);

/* Free the subtable at once, or after a grace period. */
void subtable_free(struct subtable *st);
void subtable_free_deferred(struct subtable *st);

bool subtable_has_mask(const struct subtable *st, const uint64_t *mask);

/* Adds a rule. Returns 0, or -ENOMEM: nothing has changed. */
int subtable_insert(struct subtable *st, struct classifier_rule *rule, const uint64_t *key);
void subtable_remove(struct subtable *st, struct classifier_rule *rule);

/* Writes the whole key of a leaf of 'rules'. */
void subtable_key(const struct subtable *st, const struct trie_leaf *leaf, uint64_t *key);

bool subtable_has_priority(const struct subtable *st, uint16_t priority);

/* Returns the highest priority of the rules, or 0 if there are none. */
uint16_t subtable_max_priority(const struct subtable *st);

/* The kinds of the facets that proved misses last, the latest first. In the next subtable they are
 * looked at first: their bits have been consulted, so most likely they cost nothing. */
#define SUBTABLE_HINTS 2
struct subtable_hints {
	uint16_t kind[SUBTABLE_HINTS];
	uint16_t n;
};

/* Returns the visible rule of highest priority that matches, or NULL; adds the consulted bits to
 * 'mask'. near: trie_nearest() in 'st->rules'. hints: all zero before the first subtable; they change
 * the effort, not the result. */
const struct classifier_rule *subtable_lookup(const struct subtable *st,
					      const struct trie_leaf *near, uint64_t version,
					      const uint64_t *key, uint64_t *mask,
					      struct subtable_hints *hints);
