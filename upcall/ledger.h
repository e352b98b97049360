/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: every live megaflow by UFID, in shards that revalidators divide among them.
 *
 * An entry is in the ledger from VISIBLE to EVICTING. Within that time there is one entry per UFID.
 *
 * Thread safety: any RCU thread, online. Pointers stay valid until the caller's next quiescent state;
 * dp->operate() and ofl_wait() may be one. */
#pragma once

#include "digests.h"

#define LEDGER_SHARDS 64

struct ledger;

int ledger_create(struct ledger **out);

/* Empty, and no other thread uses it. */
void ledger_destroy(struct ledger *l);

struct accounts *ledger_accounts(struct ledger *l);

/* NULL: there is none. */
struct entry *ledger_find(struct ledger *l, const struct flow_ufid *ufid);

/* Takes a place for one more flow of a port, if its share and the limit have one. */
bool ledger_reserve(struct ledger *l, struct account *a, unsigned int limit);
void ledger_unreserve(struct ledger *l, struct account *a);

/* Adds an entry, for which a place was taken. Returns 'e', or the one that is there already. */
struct entry *ledger_add(struct ledger *l, struct entry *e) REQUIRES(e->mu);

/* Removes an entry that is there. Its port may have another flow; of all places it keeps its own until
 * ledger_forget(): as long as hardware is not done with it, it takes memory. */
void ledger_remove(struct ledger *l, struct entry *e);

/* A removed entry is about to be freed. */
void ledger_forget(struct ledger *l);

/* Calls 'cb' for each entry of a shard until it returns non-zero, and returns that. 'cb' makes no
 * quiescent state. */
int ledger_each(struct ledger *l, unsigned int shard, int (*cb)(struct entry *e, void *aux),
		void *aux);

/* The same for the entries that a change may concern, and those of which that is not known; for some
 * twice. */
int ledger_each_caught(struct ledger *l, unsigned int shard, const struct xlate_sieve *sieve,
		       int (*cb)(struct entry *e, void *aux), void *aux);

/* An entry has another plan; its record was asked whether it is current. */
void ledger_renew(struct ledger *l, struct entry *e) REQUIRES(e->mu);
void ledger_settle(struct ledger *l, struct entry *e, bool current) REQUIRES(e->mu);

/* Flows that are there or about to be, without the removed. */
unsigned int ledger_n_flows(const struct ledger *l);
/* True when there are no flows, none about to be, and none removed that is not forgotten. */
bool ledger_is_empty(const struct ledger *l);
unsigned int ledger_n_flows_max(const struct ledger *l);
unsigned int ledger_shard_flows(const struct ledger *l, unsigned int shard);
