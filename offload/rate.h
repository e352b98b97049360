/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: a number of insertions per second, with bursts of a tenth of a second's worth.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate {
	int64_t credit_ns; /* time saved up; negative if spent in advance */
	int64_t cost_ns;   /* of one token; 0 means no limit */
	int64_t depth_ns;  /* maximum of 'credit_ns' */
	uint64_t last_ns;
};

/* per_second: 0 means no limit. The bucket starts full. */
void ofl_rate_init(struct rate *r, unsigned int per_second, uint64_t now_ns);

/* Returns true if a token is available. */
bool ofl_rate_ready(struct rate *r, uint64_t now_ns);

/* Takes a token, even if none is available: later ones then wait longer. */
void ofl_rate_spend(struct rate *r, uint64_t now_ns);

/* Returns the time of the next token; 'now_ns' if one is available. */
uint64_t ofl_rate_next_ns(const struct rate *r, uint64_t now_ns);
