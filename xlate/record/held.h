/* SPDX-License-Identifier: Apache-2.0 */
/* References of a record beside rules and groups: rules to learn, counters of mirrors, frozen
 * states; and the versions of port states and of zones.
 *
 * Thread safety: belongs to the draft or the record that contains it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct frozen;
struct learned;
struct rule_count;

struct held {
	struct learned **learned;
	unsigned int n_learned;
	struct frozen **frozen;
	unsigned int n_frozen;
	struct rule_count **counts; /* of mirrors */
	unsigned int n_counts;
	uint64_t live_version; /* bridge_live_version() when a port's state was read; 0: none was */
	/* Buckets of the zones that connections are committed to, and zones_version() before their policies
	 * were read. */
	uint64_t zones, zones_version;
};

/* Takes a reference on success. Returns 0 or -ENOMEM. */
int held_add_learned(struct held *h, struct learned *l);

/* Takes over the caller's reference, on failure too. Returns 0 or -ENOMEM. */
int held_add_frozen(struct held *h, struct frozen *f);

/* Takes a reference on success. The counter is credited with the rest of the record. Returns 0 or
 * -ENOMEM. */
int held_add_count(struct held *h, struct rule_count *c);

/* Returns true if it holds nothing, and neither a port's state nor a zone was read. */
bool held_is_empty(const struct held *h);

void held_free(struct held *h);
