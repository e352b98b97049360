/* SPDX-License-Identifier: Apache-2.0 */
/* What a record keeps alive and does again: rules to learn, counts of mirrors, states of ports, and of
 * packets on their way through the datapath.
 *
 * Thread safety: belongs to the draft or the record that it is in. */
#pragma once

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
	uint64_t live_version; /* of ports' states that decided something; 0: none did */
};

/* Takes a reference on success. 0 or -ENOMEM. */
int held_add_learned(struct held *h, struct learned *l);

/* Takes over a reference, on failure too. 0 or -ENOMEM. */
int held_add_frozen(struct held *h, struct frozen *f);

/* Takes a reference on success: credited with the rest of the record. 0 or -ENOMEM. */
int held_add_count(struct held *h, struct rule_count *c);

void held_free(struct held *h);
