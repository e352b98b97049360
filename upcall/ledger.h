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
 * quiescent state. O(entries of the shard). */
int ledger_each(struct ledger *l, unsigned int shard, int (*cb)(struct entry *e, void *aux),
		void *aux);

/* A walk over all entries in steps, between which entries come and go, and quiescent states pass. An entry
 * that is there from the first step to the last is visited once, one that comes or goes at most once. */
struct ledger_cursor {
	struct cds_list_head link; /* of the shard's walkers, while it is in one */
	unsigned int shard;	   /* LEDGER_SHARDS: the walk is over */
	struct entry *next; /* to be visited; NULL: none of the shard. Guarded by the shard */
};

void ledger_cursor_open(struct ledger *l, struct ledger_cursor *cur);

/* Calls 'cb' for 'n' entries at most, until it returns non-zero. Returns true while there are more.
 * O(n). */
bool ledger_cursor_step(struct ledger *l, struct ledger_cursor *cur, unsigned int n,
			int (*cb)(struct entry *e, void *aux), void *aux);
void ledger_cursor_close(struct ledger *l, struct ledger_cursor *cur);

/* Calls 'cb' for the entries of a shard that a change may concern, and those of which that is not known; for some
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
