/* SPDX-License-Identifier: Apache-2.0 */
/* How long an idle worker may sleep.
 *
 * The first packets of a burst wait in a receive queue while the worker sleeps. At link speed, with
 * frames of 64 bytes (84 on the wire), a queue of 512 descriptors is full after 34 us at 10 Gbit/s.
 * A worker sleeps for at most half of this: 17 us; the other half is for waking up and for the
 * round before the poll. So nothing is lost as long as these take no longer than the sleep.
 * A worker without receive queues sleeps 1 ms, or as long as configured if that is longer.
 *
 * Thread safety: stated per function. */
#pragma once

#include "impl.h"

/* Returns the longest sleep, in microseconds, for a queue of 'n' descriptors on a link of 'mbps';
 * 0: the worker must not sleep. Thread: pure. */
unsigned int swp_sleep_bound_us(unsigned int n, unsigned int mbps);

/* Recomputes the longest sleep of each worker (swp_worker.sleep_us) from its queues. Called when
 * queues have been assigned, and once a second, for links whose speed has changed. O(queues).
 * Thread: control. */
void swp_sleeps_update(struct swp *s);
