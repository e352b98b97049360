/* SPDX-License-Identifier: Apache-2.0 */
/* Zones of connection tracking: which parts their policies of timeouts have.
 *
 * Cost: 64 KiB once a zone has a policy. Reading costs O(1), however many zones have one.
 *
 * Thread safety: zones_free(): control, while no reader remains; the rest: any RCU thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A bit of a set of zones in which several share one. */
#define ZONE_BUCKETS 64

/* All zero at first. */
struct zones {
	_Atomic uint64_t version; /* grows with each change */
	_Atomic uint64_t
		buckets[ZONE_BUCKETS]; /* 'version' after the last change of a zone in it */
	_Atomic uint8_t *parts;	       /* RCU; by zone. NULL: none has a policy */
};

void zones_free(struct zones *z);

/* Returns the parts of a zone, a bit per enum flow_timeout_part; 0: it has no policy. xlate_zone_timeouts_set()
 * sets them. */
uint8_t zones_parts(const struct zones *z, uint16_t zone);

static inline uint64_t
zone_bit(uint16_t zone)
{
	return UINT64_C(1) << zone % ZONE_BUCKETS;
}

/* Returns the version, never 0. Read before zones_parts(), it is that of what this returns, or an
 * earlier one. */
uint64_t zones_version(const struct zones *z);

/* Returns those of 'buckets', a bit each, that have changed since a version. O(bits). */
uint64_t zones_changed(const struct zones *z, uint64_t buckets, uint64_t version);
