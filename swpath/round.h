/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of a worker: each receive queue, and the packets that handlers gave back, have a turn.
 *
 * Cost: a round is O(queues), and a search of many masks is interrupted by polls of light queues.
 *
 * Thread safety: worker. */
#pragma once

#include "worker.h"

/* Has one round, or some if all queues had their share before. 'now' is the TSC. Returns the number of packets. */
unsigned int swp_rounds(struct swp_worker *w, uint64_t now);
