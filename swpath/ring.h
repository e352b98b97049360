/* SPDX-License-Identifier: Apache-2.0 */
/* Rings between workers, which enqueue, and one thread that dequeues.
 *
 * Memory is allocated here rather than from a memzone, of which EAL has few. */
#pragma once

#include <rte_ring.h>

/* Returns 0 or -ENOMEM. 'n': exactly so many fit. */
int swp_ring_new(unsigned int n, struct rte_ring **out);
void swp_ring_free(struct rte_ring *r);
