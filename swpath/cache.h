/* SPDX-License-Identifier: Apache-2.0 */
/* Flow cache: maps the hash of a whole key to the rule that matched it last.
 *
 * A signature cache: it stores no keys. A lookup checks that the entry's rule covers the packet's
 * key, so a collision costs a classifier lookup and never gives a wrong rule.
 *
 * An entry holds an RCU pointer across quiescent states. It may be dereferenced only in the epoch
 * in which it was added. A writer unlinks rules from the classifier, then raises the epoch, then
 * waits for a grace period, then frees the rules. A worker reads the epoch after its quiescent
 * state and before any lookup, so it never follows an entry to a freed rule:
 * - If it reads the raised epoch, it rejects older entries, and the classifier no longer returns
 *   the rule for new ones.
 * - If it reads the earlier epoch, the grace period waits for its next quiescent state.
 *
 * Thread safety: one worker. Needs no EAL. */
#pragma once

#include "classifier.h"

#define SWP_CACHE_WAYS 4

struct swp_cache_entry {
	struct swp_rule *rule;
	uint32_t signature;
	uint32_t epoch; /* low 32 bits */
};

struct swp_cache {
	struct swp_cache_entry *entries;
	uint64_t n_buckets; /* power of two */
	uint64_t epoch;
	uint64_t random;
};

/* Makes an empty cache. 'n_entries' is a power of two, at least SWP_CACHE_WAYS. Returns 0 or
 * -ENOMEM. */
int swp_cache_init(struct swp_cache *c, unsigned int n_entries);

/* Frees the entries. */
void swp_cache_free(struct swp_cache *c);

/* Sets the current epoch, at the begin of a worker's loop. */
void swp_cache_epoch_set(struct swp_cache *c, uint64_t epoch);

/* Returns the hash of a whole key. */
uint64_t swp_cache_hash(const struct flow_key *key, uint64_t seed);

/* Returns the rule of an entry of the current epoch that covers 'key', or NULL. */
struct swp_rule *swp_cache_lookup(const struct swp_cache *c, uint64_t hash,
				  const struct flow_key *key);

/* Adds an entry for the rule that matched, in the current epoch. If all entries of its bucket are
 * in use, mostly does nothing. */
void swp_cache_insert(struct swp_cache *c, uint64_t hash, struct swp_rule *rule);
