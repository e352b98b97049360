/* SPDX-License-Identifier: Apache-2.0 */
/* Room: classifier/ has sets of masked words, looked up by priority and version, and containers
 * that the rooms above share (heap, map by number). It works on words and masks and knows no field,
 * action or rule of OpenFlow.
 *
 * A classifier finds the rule of highest priority that matches a key, and the bits of the key that
 * decided the result.
 *
 * The writer inserts rules and publishes them all at once: O(masks) for all changes since the last
 * publication. The cost of a rule is O(1) in the number of rules and masks; it depends on the bits
 * of a key and the rules of the same match.
 *
 * Tuple-space search: there is one subtable per distinct mask, in order of their highest priority.
 * A search stops at the first subtable that cannot hold a better rule. In a subtable, the keys of
 * the rules form a trie over the words in the layout's order (metadata, L2, L3, L4). A miss in a
 * subtable consults one of these, whichever adds the fewest bits to those already consulted:
 *   - the bits up to the first one in which the key differs from every rule: whole fields, except
 *     for those that the layout takes "by bit" (addresses, ports), where a prefix is enough;
 *   - the same for one field alone (a facet), if no rule of the subtable has the key's value there.
 * Either proves the miss for every key that agrees on the bits. Hence all keys that agree with a
 * looked-up key on the resulting mask find the same rule. Example: all rules of a subtable match
 * IPv4 destinations in 10.0.0.0/8, and the key has 192.168.1.1: eth_type and the first bit of
 * nw_dst prove the miss.
 *
 * A rule is visible in versions v with add_version <= v < remove_version.
 *
 * Keys and masks are arrays of n_words words, in memory order.
 *
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
	struct classifier_span need[2]; /* fields that it depends on, consulted with it */
};

/* Owned by the caller; must outlive its classifiers. */
struct classifier_layout {
	uint64_t seed;	      /* of hashes; must not be known outside */
	uint32_t n_masks_max; /* masks of the visible rules of one classifier; 0: no limit */
	uint16_t n_words;
	uint16_t order[CLASSIFIER_WORDS_MAX]; /* all words, in order of comparison */
	/* bits that are free of cost, e.g. those in every mask anyway */
	uint64_t free[CLASSIFIER_WORDS_MAX];
	/* For each byte of a key, the end of its field: consulted bits are rounded up to it. 0: not
	 * rounded (a field taken by bit). The words of a field are adjacent in 'order'. */
	uint16_t unit_end[CLASSIFIER_WORDS_MAX * 8];
	uint16_t n_facets;
	struct classifier_facet facets[CLASSIFIER_FACETS_MAX];
};

struct classifier;
struct classifier_masks;

/* Returns 0 or -ENOMEM. */
int classifier_create(const struct classifier_layout *layout, struct classifier **out);

/* Requires that there are no readers any more; does not block. The caller owns the rules. */
void classifier_destroy(struct classifier *cls);

/* Adds a rule. 'key' is canonical (0 outside the mask); both are copied. Rules of equal match and
 * priority may coexist, as long as at most one of them is visible in any version. Readers may miss
 * the rule until classifier_publish(). Returns 0, -ENOMEM, or -ENOSPC if the mask would be one more
 * than the layout allows. */
int classifier_insert(struct classifier *cls, struct classifier_rule *rule, const uint64_t *key,
		      const uint64_t *mask);

/* Removes a rule that no lookup in progress can see. The caller frees it after a grace period. */
void classifier_remove(struct classifier_rule *rule);

/* Makes the rules inserted since the last call visible to readers; to be called before readers look
 * at the rules' version. Frees subtables without rules. If there is no memory for that, a later
 * call does it. */
void classifier_publish(struct classifier *cls);

/* The masks of the rules, in order of their highest priority. classifier_masks(): as published,
 * valid like an RCU pointer. classifier_draft(): as classifier_publish() would publish them; for
 * the writer, until its next call. */
const struct classifier_masks *classifier_masks(const struct classifier *cls);
const struct classifier_masks *classifier_draft(struct classifier *cls);

/* Sets the version from which on the rule is invisible; CLASSIFIER_NEVER undoes that. At most once
 * per rule each. */
void classifier_rule_hide(struct classifier_rule *rule, uint64_t remove_version);

/* The match of a rule. The mask is valid as long as the rule may be used. Thread: the writer, until
 * it removes the rule; any RCU thread that found the rule. */
void classifier_rule_key(const struct classifier_rule *rule, uint64_t *key);
const uint64_t *classifier_rule_mask(const struct classifier_rule *rule);
/* Bit i: word i of the mask has bits. */
uint64_t classifier_rule_words(const struct classifier_rule *rule);

/* What lookups took. */
struct classifier_effort {
	unsigned int n_looks; /* masks and rules tried */
	uint64_t words;	      /* bit i: word i of 'mask' may have got bits; no other has */
};

_Static_assert(CLASSIFIER_WORDS_MAX <= 64, "a bit for each word");

/* Returns the visible rule of highest priority that matches, or NULL. Adds the consulted bits to
 * 'mask'; bits that it already has cost nothing. Adds the masks tried to '*effort'. */
const struct classifier_rule *classifier_lookup(const struct classifier_masks *in, uint64_t version,
						const uint64_t *key, uint64_t *mask,
						struct classifier_effort *effort);

/* Calls 'cb' for every matching visible rule of a priority above 'priority' (-1: of any), in no
 * order. Adds the consulted bits to 'mask', and the masks and rules tried to '*effort'. */
void classifier_each_match(const struct classifier_masks *in, uint64_t version, const uint64_t *key,
			   uint64_t *mask, int priority, struct classifier_effort *effort,
			   void (*cb)(const struct classifier_rule *rule, void *aux), void *aux);

/* Both return the visible rule with exactly this match and priority, or NULL. Thread: the writer;
 * for classifier_find_in(), any RCU thread. */
struct classifier_rule *classifier_find(const struct classifier *cls, uint64_t version,
					const uint64_t *key, const uint64_t *mask,
					uint16_t priority);

struct classifier_rule *classifier_find_in(const struct classifier_masks *in, uint64_t version,
					   const uint64_t *key, const uint64_t *mask,
					   uint16_t priority);

/* Selects rules by a match, which is canonical. */
struct classifier_filter {
	const uint64_t *key, *mask;
	/* rules whose match is within this one; false: rules that share packets with it */
	bool covered;
	int priority; /* rules of this priority; -1: of any */
};

/* Calls 'cb' for each visible rule, in no order. Stops if 'cb' returns non-zero and returns that
 * value. filter: skips most rules that it does not select, and none that it does; NULL: skips none.
 * Costs O(masks, and rules not excluded by the bits in which keys of one mask begin to differ).
 * Thread: the writer. */
int classifier_each(const struct classifier *cls, uint64_t version,
		    const struct classifier_filter *filter,
		    int (*cb)(struct classifier_rule *rule, void *aux), void *aux);
