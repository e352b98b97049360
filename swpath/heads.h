/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of the packets of a burst.
 *
 * Thread safety: worker. */
#pragma once

#include "head.h"

#include <rte_mbuf.h>

/* What packets have in common. */
struct swp_heads_sum {
	uint64_t bytes, flags;
	uint32_t n_bytes_max;
};

/* Reads heads of received packets up to the first that is not plain, is in several buffers, or needs
 * more than its flags cleared (swp_receive()); their flags are cleared. Adds them to 'sum'. Returns
 * their number; 'heads' has room for n, and those after this number are undefined. Prefetches
 * packets SWP_HEADS_AHEAD after the one that is read. O(n). */
typedef unsigned int swp_heads_fn(struct rte_mbuf *const *mbufs, unsigned int n, uint32_t in_port,
				  struct swp_head *heads, struct swp_heads_sum *sum);

#define SWP_HEADS_AHEAD 4

/* Returns the form that is best on this machine. */
swp_heads_fn *swp_heads_best(void);

/* The form for any processor. */
swp_heads_fn swp_heads_read_any;
