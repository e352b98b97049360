/* SPDX-License-Identifier: Apache-2.0 */
/* Random matches and packets whose values collide often, and linear search as the twin.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include "action/match.h"

#include <support/rng.h>

/* Makes a mask over up to 5 random fields: whole, a prefix, or random bits. */
void mask_random(struct rng *r, struct xlate_key *mask);

/* Makes a key in which every field has one of few values. */
void key_random(struct rng *r, struct xlate_key *key);

/* Makes a match with this mask. */
void match_random(struct rng *r, const struct xlate_key *mask, struct xlate_match *m);

/* Makes a packet that a rule matches, or misses by one bit. */
void key_near(struct rng *r, const struct xlate_match *m, struct xlate_key *key);

/* Makes a packet that equals 'key' in 'mask' and 'like' in the other bits. */
void key_agreeing(const struct xlate_key *key, const struct xlate_key *mask,
		  const struct xlate_key *like, struct xlate_key *out);

struct test_rule {
	struct xlate_match match;
	struct classifier_rule cls;
	bool linked;
};

bool rule_matches(const struct test_rule *r, const struct xlate_key *key);

/* Returns the best visible rule by checking each; NULL: none matches. */
const struct test_rule *search_linear(const struct test_rule *rules, size_t n, uint64_t version,
				      const struct xlate_key *key);

static inline const struct test_rule *
test_rule_of(const struct classifier_rule *r)
{
	return r ? (const struct test_rule *)((uintptr_t)r - offsetof(struct test_rule, cls))
		 : NULL;
}
