/* SPDX-License-Identifier: Apache-2.0 */
/* Readings of hardware counters (counter.h): of all in turn, and the last one of each.
 *
 * A sweep reads every counter of a device. Sweeps begin no more often than the device renews its
 * values, and take at most half of the thread's time: after a long one the thread pauses for as
 * long. While flows wait for insertion, a round reads no more counters than it inserts rules.
 * O(1) per counter.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "ofl_private.h"

/* Makes the readings of a device that are due. Advances flows that settle, which may be
 * dead afterwards. */
void ofl_counter_read_step(struct ofl *o, struct device *d);

/* Returns the time of the next work of ofl_counter_read_step(). */
uint64_t ofl_counter_read_next_ns(struct ofl *o, struct device *d);
