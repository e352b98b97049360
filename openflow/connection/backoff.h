/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next attempt to connect: 1 s, 2 s, 4 s, 8 s, 8 s, ..
 *
 * Thread safety: pure. */
#pragma once

#define CTL_BACKOFF_S_MAX 8

/* All zero: nothing was attempted. */
struct ctl_backoff {
	unsigned int last_s;
};

/* The attempt failed, or what it made ended. Returns seconds to wait. */
static inline unsigned int
ctl_backoff_next(struct ctl_backoff *b)
{
	b->last_s = b->last_s ? 2 * b->last_s : 1;
	if (b->last_s > CTL_BACKOFF_S_MAX)
		b->last_s = CTL_BACKOFF_S_MAX;
	return b->last_s;
}

/* It worked: the next wait is the shortest. */
static inline void
ctl_backoff_reset(struct ctl_backoff *b)
{
	b->last_s = 0;
}
