/* SPDX-License-Identifier: Apache-2.0 */
/* Delay before the next attempt to connect: 1 s, 2 s, 4 s, 8 s, 8 s, ...
 *
 * Thread safety: pure. */
#pragma once

#define OFP_BACKOFF_S_MAX 8

/* All zero before the first attempt. */
struct ofp_backoff {
	unsigned int last_s;
};

/* Called when an attempt failed or the connection ended. Returns the seconds to wait. */
static inline unsigned int
ofp_backoff_next(struct ofp_backoff *b)
{
	b->last_s = b->last_s ? 2 * b->last_s : 1;
	if (b->last_s > OFP_BACKOFF_S_MAX)
		b->last_s = OFP_BACKOFF_S_MAX;
	return b->last_s;
}

/* Called when an attempt succeeded: the next delay is the shortest. */
static inline void
ofp_backoff_reset(struct ofp_backoff *b)
{
	b->last_s = 0;
}
