/* SPDX-License-Identifier: Apache-2.0 */
/* Flow cache: from the hash of a whole key to the rule that matched it last.
 *
 * A signature cache: it stores no keys. An entry is right when its rule covers the packet's key, so
 * a collision costs a look-up and never a wrong answer.
 *
 * An entry holds an RCU pointer across quiescent states. It may be followed only in the epoch it was
 * made in: a writer unlinks rules from the classifier, then raises the epoch, then waits for a grace
 * period, then frees. A worker that reads the epoch after its quiescent state and before it looks
 * anything up therefore never follows an entry to a freed rule: either it reads the raised epoch
 * and rejects older entries, and the classifier no longer gives the rule for new ones; or it reads the
 * earlier one, and the grace period waits for its next quiescent state.
 *
 * Thread safety: one worker. Needs no EAL. */
#pragma once

#include "classifier.h"

#define SWP_CACHE_WAYS 4

struct swp_cache_entry {
	struct swp_rule *rule;
	uint32_t signature;
	uint32_t epoch; /* low bits */
};

struct swp_cache {
	struct swp_cache_entry *entries;
	uint64_t n_buckets; /* power of two */
	uint64_t epoch;
	uint64_t random;
};

/* 'n_entries': a power of two, at least SWP_CACHE_WAYS. Returns 0 or -ENOMEM. */
int swp_cache_init(struct swp_cache *c, unsigned int n_entries);
void swp_cache_free(struct swp_cache *c);

/* Begins a loop with the epoch as it is now. */
void swp_cache_epoch_set(struct swp_cache *c, uint64_t epoch);

/* Hash of a whole key. */
uint64_t swp_cache_hash(const struct flow_key *key, uint64_t seed);

struct swp_rule *swp_cache_lookup(const struct swp_cache *c, uint64_t hash,
				  const struct flow_key *key);
void swp_cache_insert(struct swp_cache *c, uint64_t hash, struct swp_rule *rule);
