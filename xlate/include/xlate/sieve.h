/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many megaflows may be concerned by what changed since a moment, by a short digest of each.
 *
 * A megaflow whose translation was current at one xlate_sieve_advance() is so at the next, unless the
 * sieve catches its digest then. Most of those that a change of flows does not touch pass: they were not
 * looked up in its table, or have another in_port, address, protocol or port; nor does a MAC entry or a group
 * concern many. A change of ports, mirrors or modes concerns all megaflows of the bridge, and no others. After
 * the deletion of a bridge, and after many changes of flows, the sieve catches all.
 *
 * Thread safety: advanced by one thread; all else by any RCU thread, not at the same time as that. */
#pragma once

#include <xlate/translate.h>

/* Words of a flow key that a digest has, those by which most megaflows differ: sieve.c. */
#define XLATE_DIGEST_WORDS 7

struct xlate_digest {
	uint64_t tables, macs;		    /* looked up; a bit stands for several */
	uint64_t groups, bridges;	    /* likewise */
	uint64_t value[XLATE_DIGEST_WORDS]; /* the same at each of the lookups, .. */
	uint64_t known[XLATE_DIGEST_WORDS]; /* .. in these bits */
};

struct xlate_sieve;

/* Returns 0 or -ENOMEM. It begins by catching all. */
int xlate_sieve_create(struct xlate *x, struct xlate_sieve **out);

/* NULL is allowed. */
void xlate_sieve_destroy(struct xlate_sieve *s);

/* From here on the sieve is about what changed since the last call. */
void xlate_sieve_advance(struct xlate_sieve *s);

/* record: NULL: of a port without a bridge. megaflow: as for xlate_record_current(). */
void xlate_digest_make(const struct xlate_record *record, const struct flow_match *megaflow,
		       struct xlate_digest *out);

/* False: nothing that changed concerns the megaflow. */
bool xlate_sieve_catches(const struct xlate_sieve *s, const struct xlate_digest *d);

/* The record's megaflow was current at the last call but one of xlate_sieve_advance() and is not caught:
 * it need not be asked again about what changed until the last. */
void xlate_sieve_passed(const struct xlate_sieve *s, struct xlate_record *record);
