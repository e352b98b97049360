/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over the packets of a burst, which is compiled for vectors of 16 bytes and of 64.
 *
 * Thread safety: as heads.h. */
#pragma once

#include "heads.h"
#include "receive.h"

#include <rte_prefetch.h>

/* Reads a head from the only buffer of a packet, of 'n' bytes, or returns false. */
typedef bool swp_head_fn(const uint8_t *data, size_t n, uint32_t in_port, struct swp_head *h);

static inline __attribute__((always_inline)) unsigned int
swp_heads_each(struct rte_mbuf *const *mbufs, unsigned int n, uint32_t in_port,
	       struct swp_head *heads, struct swp_heads_sum *sum, swp_head_fn *read)
{
	struct swp_heads_sum s = *sum;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = mbufs[i];
		uint32_t n_bytes = m->pkt_len;

		if (likely(i + SWP_HEADS_AHEAD < n))
			rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + SWP_HEADS_AHEAD], void *));
		if (unlikely(m->ol_flags & SWP_FLAGS_UNUSUAL || m->nb_segs != 1 ||
			     !read(rte_pktmbuf_mtod(m, const uint8_t *), m->data_len, in_port,
				   &heads[i])))
			break;
		m->ol_flags &= SWP_FLAGS_KEPT;
		s.flags |= m->ol_flags;
		s.bytes += n_bytes;
		s.n_bytes_max = RTE_MAX(s.n_bytes_max, n_bytes);
	}
	*sum = s;
	return i;
}
