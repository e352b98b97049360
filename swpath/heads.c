/* SPDX-License-Identifier: Apache-2.0 */
#include "heads.h"
#include "heads_each.h"
#include "heads_wide.h"
#include "wide.h"

swp_heads_fn *
swp_heads_best(void)
{
#ifdef __x86_64__
	if (swp_wide_runs())
		return swp_heads_read_wide;
#endif
	return swp_heads_read_any;
}

static inline bool
read_one(const uint8_t *data, size_t n, uint32_t in_port, struct swp_head *h)
{
	return swp_head_read(data, n, n, in_port, h);
}

unsigned int
swp_heads_read_any(struct rte_mbuf *const *mbufs, unsigned int n, uint32_t in_port,
		   struct swp_head *heads, struct swp_heads_sum *sum)
{
	return swp_heads_each(mbufs, n, in_port, heads, sum, read_one);
}
