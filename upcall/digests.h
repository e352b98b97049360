/* SPDX-License-Identifier: Apache-2.0 */
/* What sweeps look for in all entries of a shard, in arrays, so that they read these instead of
 * every entry: the digests, for sweeps after a change (xlate/sieve.h), and the time of the last
 * use, for full sweeps.
 *
 * An entry is marked current if it was current at the last policy sweep, or was passed by its
 * sieve. A sweep asks the records of all entries that are not marked, and of the marked ones that
 * the sieve catches.
 *
 * Thread safety: any RCU thread; an entry's mutex is taken before the array's. */
#pragma once

#include "digest_kinds.h"
#include "entry.h"

#include <xlate/sieve.h>

struct digest_slot {
	struct entry *e;
	uint32_t kind; /* its number in digests.kinds */
	bool was_current;
	struct xlate_digest_own own;
};

/* Slots that are allocated together, so that none is copied when others are added. */
#define DIGEST_PART 8
struct digest_part {
	uint64_t used_ns[DIGEST_PART]; /* see digests_mark_used() */
	struct digest_slot slots[DIGEST_PART];
};

struct digests {
	struct mutex mu;
	struct digest_part **parts GUARDED_BY(mu);
	unsigned int n_parts GUARDED_BY(mu), n_parts_room GUARDED_BY(mu);
	struct digest_kinds kinds GUARDED_BY(mu);
	unsigned int n GUARDED_BY(mu);	     /* slots in use: the first ones */
	unsigned int n_loose GUARDED_BY(mu); /* entries without a slot for lack of memory */
};

void digests_init(struct digests *d);
void digests_destroy(struct digests *d);

/* Adds an entry that is now in the ledger, as not marked current. */
void digests_add(struct digests *d, struct entry *e) REQUIRES(e->mu);
void digests_remove(struct digests *d, struct entry *e);

/* Replaces the digest after a change of the entry's plan; the entry is not
 * marked current. */
void digests_renew(struct digests *d, struct entry *e) REQUIRES(e->mu);

/* Records whether the entry's record was found current. */
void digests_mark_current(struct digests *d, struct entry *e, bool current) REQUIRES(e->mu);

/* Records when the entry was used. One that hardware may have is always found by digests_unused(), as
 * its packets are counted by a sweep that visits it. An entry whose latest use is not recorded yet is
 * found too early, never too late. */
void digests_mark_used(struct digests *d, struct entry *e, uint64_t used_ns) REQUIRES(e->mu);

/* Finds up to 'max' further entries that were not used after 'ns'. As digests_caught(). Reads 8
 * bytes an entry, and a pointer for eight of them. */
int digests_unused(struct digests *d, uint64_t ns, unsigned int *below, struct entry **out,
		   unsigned int max);

/* Finds up to 'max' further entries that are not marked current or are caught. Returns their
 * number; 0 at the end; -ENOMEM if not all entries have digests.
 * below: UINT_MAX for the first call, then unchanged from the call before. If entries are removed
 * meanwhile, others may be found twice; none is missed. */
int digests_caught(struct digests *d, const struct xlate_sieve *sieve, unsigned int *below,
		   struct entry **out, unsigned int max);
