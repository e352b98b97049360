/* SPDX-License-Identifier: Apache-2.0 */
/* Room: classifier/ has sets of masked words, looked up by priority and version, and the containers that the
 * rooms above share (heap, map of identifiers). It knows words and masks: no field, action or rule of OpenFlow.
 *
 * Finds the rule of highest priority that matches a key, and says which bits of the key decided it.
 *
 * The writer inserts rules, and publishes them all at once: O(masks) for all that changed since the
 * last time. Cost of a rule: O(1) in rules and masks (bits of a key, and rules of the same match).
 *
 * Tuple-space search: one subtable per distinct mask, in order of their highest priority, so that a
 * search stops at the first subtable that cannot hold a better rule. In a subtable the rules' keys
 * form a trie over the words in the layout's order (metadata, L2, L3, L4). A subtable that misses
 * consults one of:
 *   - the bits up to the first in which the key differs from every rule: whole fields, but for fields
 *     that the layout has "by bit" (addresses, ports), where it is a prefix;
 *   - the same of one field alone (a facet), when no rule of the subtable has the key's value there;
 * whichever adds the fewest bits to what was consulted already. Each of these proves the miss for
 * every key that agrees on the bits; hence all keys that agree with a looked-up key on the mask find
 * the same rule.
 *
 * A rule is visible from its add_version on, until before its remove_version.
 *
 * Keys and masks are arrays of n_words words, in memory order.
 * Thread safety: one writer; lookups by any RCU thread, concurrently. */
#pragma once

#include "classifier/classifier_rule.h"
#include "classifier/trie.h"

#define CLASSIFIER_WORDS_MAX 64
#define CLASSIFIER_FACETS_MAX 16
#define CLASSIFIER_NEVER UINT64_MAX

/* Bytes of a key. */
struct classifier_span {
	uint16_t ofs, n_bytes;
};

struct classifier_facet {
	struct classifier_span at;
	struct classifier_span need[2]; /* consulted with it: what gives the field its meaning */
};

/* Owner: the caller, for as long as its classifiers live. */
struct classifier_layout {
	uint64_t seed;	      /* of hashes, that nobody outside knows */
	uint32_t n_masks_max; /* of a classifier's rules, the hidden aside; 0: no limit */
	uint16_t n_words;
	uint16_t order[CLASSIFIER_WORDS_MAX]; /* every word, in order of comparison */
	uint64_t free[CLASSIFIER_WORDS_MAX];  /* bits that cost nothing to consult */
	/* For each byte the end of its field, to which consulted bits are rounded up; 0: not
	 * rounded. A field's words follow each other in the order. */
	uint16_t unit_end[CLASSIFIER_WORDS_MAX * 8];
	uint16_t n_facets;
	struct classifier_facet facets[CLASSIFIER_FACETS_MAX];
};

struct classifier;
struct classifier_masks;

/* Returns 0 or -ENOMEM. */
int classifier_create(const struct classifier_layout *layout, struct classifier **out);

/* No reader any more; does not block. The rules are the caller's. */
void classifier_destroy(struct classifier *cls);

/* 'key' is canonical (0 outside the mask); both are copied. Returns 0, -ENOMEM, or -ENOSPC: it would be one
 * mask more than the layout allows. Rules of equal match and priority may be there as long as at most one of them is visible at any version. Readers may miss
 * the rule until classifier_publish(). */
int classifier_insert(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
		      const uint64_t *mask);

/* The rule is invisible to every lookup under way. The caller frees it after a grace period. */
void classifier_remove(struct classifier_rule *rule);

/* Lets readers see what was inserted since the last call; before they look at its version. Frees what
 * holds no rule any more; without memory for that it is left to a later call. */
void classifier_publish(struct classifier *cls);

/* The masks of the rules, in order of their highest priority: published, and valid like an RCU pointer;
 * or as they would be after classifier_publish(), for the writer until its next call. */
const struct classifier_masks *classifier_masks(const struct classifier *cls);
const struct classifier_masks *classifier_draft(struct classifier *cls);

/* Sets the version from which on the rule is invisible; NEVER takes that back. Once for each rule, and once
 * back. */
void classifier_rule_hide(struct classifier_rule *rule, uint64_t remove_version);

/* The match of a rule; the mask lives as long as the rule may be used. Thread: the writer until it
 * removes the rule, and any RCU thread that found it. */
void classifier_rule_key(const struct classifier_rule *rule, uint64_t *key);
const uint64_t *classifier_rule_mask(const struct classifier_rule *rule);

/* The visible rule of highest priority that matches, or NULL. Adds what was consulted to 'mask'; bits
 * that are in it already cost nothing. '*n_looks' grows by the number of masks that were tried. */
const struct classifier_rule *classifier_lookup(const struct classifier_masks *in, uint64_t version,
						const uint64_t *key, uint64_t *mask,
						unsigned int *n_looks);

/* Calls 'cb' for every visible rule above 'priority' that matches (-1: for every one), in no order, and
 * adds what was consulted to 'mask'. '*n_looks' grows by the number of masks and rules that were tried. */
void classifier_each_match(const struct classifier_masks *in, uint64_t version, const uint64_t *key,
			   uint64_t *mask, int priority, unsigned int *n_looks,
			   void (*cb)(const struct classifier_rule *rule, void *aux), void *aux);

/* The visible rule with just this match and priority, or NULL. Thread: the writer; and the second, any RCU
 * thread. */
struct classifier_rule *classifier_find(const struct classifier *cls, uint64_t version,
					const uint64_t *key, const uint64_t *mask,
					uint16_t priority);

struct classifier_rule *classifier_find_in(const struct classifier_masks *in, uint64_t version,
					   const uint64_t *key, const uint64_t *mask,
					   uint16_t priority);

/* Rules to look for: a match, canonical. */
struct classifier_filter {
	const uint64_t *key, *mask;
	bool covered; /* rules that match nothing else; false: that match any of the same packets */
	int priority; /* of this priority; -1: of any */
};

/* Calls 'cb' for each visible rule, in no order; stops when it returns non-zero, and returns that. filter:
 * leaves out most rules that it does not mean, and none that it means; NULL: none. O(masks, and rules
 * that it cannot tell apart by the bits where keys of one mask begin to differ). Thread: the writer. */
int classifier_each(const struct classifier *cls, uint64_t version,
		    const struct classifier_filter *filter,
		    int (*cb)(struct classifier_rule *rule, void *aux), void *aux);
