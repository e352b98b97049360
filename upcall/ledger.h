/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: every live megaflow by UFID, in shards that the revalidators divide among themselves.
 *
 * An entry is in the ledger from VISIBLE to EVICTING. During that time its UFID is unique.
 *
 * Thread safety: any RCU thread, online. Pointers stay valid until the caller's next quiescent
 * state; dp->operate() and ofl_wait() may pass one. */
#pragma once

#include "digests.h"

#include <base/rcu_index.h>

#define LEDGER_SHARDS 64

struct ledger;

int ledger_create(struct ledger **out);

/* The ledger is empty, and no other thread uses it. */
void ledger_destroy(struct ledger *l);

struct accounts *ledger_accounts(struct ledger *l);

/* Returns NULL if no entry exists. */
struct entry *ledger_find(struct ledger *l, const struct flow_ufid *ufid);

/* Prefetches what ledger_find() reads first. ledger_guess(), called when that has arrived, returns
 * what it reads then: most likely the entry; NULL if there is no entry, mostly. */
void ledger_prefetch(struct ledger *l, const struct flow_ufid *ufid);
const struct entry *ledger_guess(struct ledger *l, const struct flow_ufid *ufid);

/* Reserves room for one more flow of a port. Returns false if the port's share or
 * the limit has none. */
bool ledger_reserve(struct ledger *l, struct account *a, unsigned int limit);
void ledger_unreserve(struct ledger *l, struct account *a);

/* Adds an entry for which room is reserved. Returns 'e', the existing entry of its UFID, or NULL if
 * out of memory. */
struct entry *ledger_add(struct ledger *l, struct entry *e) REQUIRES(e->mu);

/* Removes an entry from the ledger. Its port may add another flow, but the entry counts against the
 * limit until ledger_forget(), since it takes memory until hardware is done with it. */
void ledger_remove(struct ledger *l, struct entry *e);

/* Stops counting a removed entry against the limit: it is about to be freed, or is
 * set aside as stuck. */
void ledger_forget(struct ledger *l);

/* Calls 'cb' for each entry of a shard until it returns non-zero, and returns that value. 'cb' must
 * not pass a quiescent state. O(entries of the shard). */
int ledger_each(struct ledger *l, unsigned int shard, int (*cb)(struct entry *e, void *aux),
		void *aux);

/* A walk over all entries in steps; between steps entries may be added and removed, and quiescent
 * states pass. An entry that exists during the whole walk is visited once, others at most once. All
 * zero: at its begin. */
struct ledger_cursor {
	unsigned int shard; /* LEDGER_SHARDS at the end of the walk */
	struct rcu_index_walk walk;
};

/* Calls 'cb' for at most 'n' entries, until it returns non-zero; for more only if their UFIDs have
 * the same hash. Returns true if more may follow. O(n). */
bool ledger_cursor_step(struct ledger *l, struct ledger_cursor *cur, unsigned int n,
			int (*cb)(struct entry *e, void *aux), void *aux);

/* Calls 'cb' for the entries of a shard that a change may affect, or all if digests are missing.
 * Some entries may be visited twice. Returns the first non-zero result of 'cb', or 0. */
int ledger_each_caught(struct ledger *l, unsigned int shard, const struct xlate_sieve *sieve,
		       int (*cb)(struct entry *e, void *aux), void *aux);

/* Calls 'cb' for the entries of a shard that were not used after 'ns', as ledger_each_caught(). */
int ledger_each_unused(struct ledger *l, unsigned int shard, uint64_t ns,
		       int (*cb)(struct entry *e, void *aux), void *aux);

/* digests_mark_used() */
void ledger_mark_used(struct ledger *l, struct entry *e, uint64_t used_ns) REQUIRES(e->mu);

/* ledger_renew(): the entry has another plan. ledger_mark_current(): its record was asked
 * whether it is current. */
void ledger_renew(struct ledger *l, struct entry *e) REQUIRES(e->mu);
void ledger_mark_current(struct ledger *l, struct entry *e, bool current) REQUIRES(e->mu);

/* Returns the number of flows, including reserved ones, without removed ones. */
unsigned int ledger_n_flows(const struct ledger *l);
/* Returns true if no flow exists or is reserved, and no removed one is still counted. */
bool ledger_is_empty(const struct ledger *l);
unsigned int ledger_n_flows_max(const struct ledger *l);
unsigned int ledger_shard_flows(const struct ledger *l, unsigned int shard);
