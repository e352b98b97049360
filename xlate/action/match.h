/* SPDX-License-Identifier: Apache-2.0 */
/* Room: action/ has fields, matches and lists of actions as values: checked, copied, compared,
 * hashed and walked. It knows no table, bridge or packet; the text of actions is in action/text/.
 *
 * Matches of the pipeline as words, and the classifier's layout of them.
 *
 * Thread safety: pure. */
#pragma once

#include "classifier/classifier.h"

#include <xlate/rule.h>

#define XLATE_KEY_WORDS (sizeof(struct xlate_key) / sizeof(uint64_t))

_Static_assert(sizeof(struct xlate_key) % sizeof(uint64_t) == 0, "a key is whole words");
_Static_assert(offsetof(struct xlate_key, in_port) == offsetof(struct flow_key, in_port),
	       "the OpenFlow port in place of the datapath port");
_Static_assert(XLATE_KEY_WORDS <= CLASSIFIER_WORDS_MAX, "the classifier takes the key");
_Static_assert(sizeof(struct flow_key) + sizeof(uint64_t) + (XLATE_REGS + 2) * sizeof(uint32_t) ==
		       sizeof(struct xlate_key),
	       "no padding");

/* Pipeline state of every packet that arrives at a port. */
extern const struct xlate_key match_start;

static inline const uint64_t *
xlate_key_words(const struct xlate_key *k)
{
	return (const uint64_t *)k;
}

static inline uint64_t *
xlate_key_words_mut(struct xlate_key *k)
{
	return (uint64_t *)k;
}

/* Clears the key bits outside the mask. */
void match_canonicalize(struct xlate_match *m);

/* Returns true if 'wide' matches every packet of 'narrow'. Both are canonical. */
bool match_covers(const struct xlate_match *wide, const struct xlate_match *narrow);

/* Returns true if some packet matches both. Both are canonical. */
bool match_overlaps(const struct xlate_match *a, const struct xlate_match *b);

/* Makes the layout: pipeline words first, because consulting them costs nothing, then metadata, L2,
 * L3, L4. */
void match_layout(struct classifier_layout *out);
