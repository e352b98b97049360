/* SPDX-License-Identifier: Apache-2.0 */
/* A token bucket: so many insertions per second, a tenth of a second's worth in a burst.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rate {
	int64_t credit_ns; /* time saved up; below 0: spent in advance */
	int64_t cost_ns;   /* of one token; 0: no limit */
	int64_t depth_ns;  /* most that is saved up */
	uint64_t last_ns;
};

/* per_second: 0: no limit. The bucket starts full. */
void ofl_rate_init(struct rate *r, unsigned int per_second, uint64_t now_ns);

/* True when there is a token. */
bool ofl_rate_ready(struct rate *r, uint64_t now_ns);

/* Takes a token, even when there is none: then later ones wait longer. */
void ofl_rate_spend(struct rate *r, uint64_t now_ns);

/* When the next token will be there; not after 'now_ns' when there is one. */
uint64_t ofl_rate_next_ns(const struct rate *r, uint64_t now_ns);
