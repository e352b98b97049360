/* SPDX-License-Identifier: Apache-2.0 */
/* The digests of a shard's entries side by side, so that a sweep after a change reads these and not
 * every entry (xlate/sieve.h).
 *
 * An entry is settled when it was current at the last policy sweep, or passed its sieve. A sweep need
 * not ask the record of one that passes; of others it must.
 *
 * Thread safety: any RCU thread; an entry's mutex is taken before the array's. */
#pragma once

#include "entry.h"

#include <xlate/sieve.h>

struct digest_slot {
	struct entry *e;
	bool settled;
	struct xlate_digest digest;
};

struct digests {
	struct mutex mu;
	struct digest_slot *slots GUARDED_BY(mu);
	unsigned int n GUARDED_BY(mu), n_room GUARDED_BY(mu);
	unsigned int n_loose GUARDED_BY(mu); /* entries for which there was no memory */
};

void digests_init(struct digests *d);
void digests_destroy(struct digests *d);

/* The entry is in the ledger: not settled. */
void digests_add(struct digests *d, struct entry *e) REQUIRES(e->mu);
void digests_remove(struct digests *d, struct entry *e);

/* The entry has another plan: not settled. */
void digests_renew(struct digests *d, struct entry *e) REQUIRES(e->mu);

/* The entry's record was asked. */
void digests_settle(struct digests *d, struct entry *e, bool current) REQUIRES(e->mu);

/* Finds the next entries that are not settled or are caught, at most 'max'; 0: the end.
 * below: UINT_MAX at first, then as it was left. When entries go meanwhile, others are found twice; none
 * is missed. -ENOMEM: not all entries have digests. */
int digests_caught(struct digests *d, const struct xlate_sieve *sieve, unsigned int *below,
		   struct entry **out, unsigned int max);
