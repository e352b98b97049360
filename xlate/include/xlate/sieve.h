/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the megaflows that may be affected by changes since some moment, by a short digest of each.
 *
 * A megaflow whose translation was current at one xlate_sieve_advance() is still current at the
 * next, unless the sieve then catches its digest. A change of flows catches few of the megaflows
 * that it does not affect: most were not looked up in its table, or differ in in_port, address,
 * protocol or port. Changes of MAC entries and groups catch few megaflows too. So does the policy of a zone. A change of ports,
 * mirrors or modes catches all megaflows of the bridge, and no others. After the deletion of a
 * bridge, and after many changes of flows, the sieve catches everything.
 *
 * Thread safety: one thread advances it; any RCU thread may call the rest, but not during an
 * advance. */
#pragma once

#include <xlate/translate.h>

/* Words of a flow key in a digest: those in which most megaflows differ (sieve.c). */
#define XLATE_DIGEST_WORDS 7

/* The part of a digest that many megaflows have in common. */
struct xlate_digest_kind {
	/* That were consulted; several share a bit. 'groups' also has zones. */
	uint64_t tables, groups, bridges;
	uint64_t known[XLATE_DIGEST_WORDS]; /* bits that are the same at every lookup */
};

/* The part of one megaflow. */
struct xlate_digest_own {
	uint64_t macs;			    /* that were looked up; several share a bit */
	uint64_t value[XLATE_DIGEST_WORDS]; /* of the known bits; others are 0 */
};

struct xlate_digest {
	struct xlate_digest_kind kind;
	struct xlate_digest_own own;
};

struct xlate_sieve;

/* Returns 0 or -ENOMEM. A new sieve catches everything. */
int xlate_sieve_create(struct xlate *x, struct xlate_sieve **out);

/* Accepts NULL. */
void xlate_sieve_destroy(struct xlate_sieve *s);

/* From here on, the sieve is about the changes since the previous call. */
void xlate_sieve_advance(struct xlate_sieve *s);

/* Makes the digest of a megaflow. record: NULL for a port without a bridge. megaflow: as for
 * xlate_record_current(). */
void xlate_digest_make(const struct xlate_record *record, const struct flow_packed *megaflow,
		       struct xlate_digest *out);

/* Returns false if no change affects the megaflow. */
bool xlate_sieve_catches(const struct xlate_sieve *s, const struct xlate_digest_kind *kind,
			 const struct xlate_digest_own *own);

/* Marks 'record' as checked up to the latest advance. Requires that it was current at the advance
 * before, and that its digest was not caught. */
void xlate_sieve_passed(const struct xlate_sieve *s, struct xlate_record *record);

/* Marks 'record' as checked up to the advance before the latest. Requires that it was current
 * then. */
void xlate_sieve_was_current(const struct xlate_sieve *s, struct xlate_record *record);
