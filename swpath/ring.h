/* SPDX-License-Identifier: Apache-2.0 */
/* Rings that several threads enqueue to and one thread dequeues from.
 *
 * Memory is allocated here rather than from a memzone, of which EAL has few.
 *
 * Thread safety: making and freeing are for the owner alone. */
#pragma once

#include <rte_ring.h>

/* Makes a ring with room for exactly 'n' entries. Returns 0 or -ENOMEM. */
int swp_ring_new(unsigned int n, struct rte_ring **out);

/* Frees a ring, which may be NULL. */
void swp_ring_free(struct rte_ring *r);
