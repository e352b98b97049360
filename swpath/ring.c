/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <errno.h>
#include <stdlib.h>

int
swp_ring_new(unsigned int n, struct rte_ring **out)
{
	/* In relaxed-tail-sync mode, a producer that is descheduled between its two steps delays
	 * consumers only for its own entries. */
	unsigned int flags = RING_F_EXACT_SZ | RING_F_MP_RTS_ENQ | RING_F_SC_DEQ;
	ssize_t n_bytes = rte_ring_get_memsize(rte_align32pow2(n + 1));
	struct rte_ring *r;

	if (n_bytes < 0)
		return -ENOMEM;
	r = aligned_alloc(RTE_CACHE_LINE_SIZE,
			  RTE_ALIGN_CEIL((size_t)n_bytes, RTE_CACHE_LINE_SIZE));
	if (!r)
		return -ENOMEM;
	if (rte_ring_init(r, "swp", n, flags)) {
		free(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void
swp_ring_free(struct rte_ring *r)
{
	free(r);
}
