/* SPDX-License-Identifier: Apache-2.0 */
/* Segmentation in software.
 *
 * The segments are what the sender would have sent: lengths, IPv4 identification, sequence numbers
 * and TCP flags (FIN and PSH in the last, CWR in the first). Each is a copy, in as many buffers as a
 * received frame of its length has. DPDK's librte_gso knows no IPv6 in 22.11, and makes each segment
 * of two or more mbufs, which many ports cannot send: decision 038.
 *
 * Thread safety: the owner of the packet. */
#pragma once

#include "headers.h"

/* A packet that is cut into segments of 'tso_segsz' bytes of payload. */
struct swp_cut {
	const struct rte_mbuf *m;
	const struct swp_headers *h;
	uint32_t at; /* payload that earlier segments have */
	uint16_t n_made;
};

static inline bool
swp_cut_done(const struct swp_cut *c)
{
	return c->h->payload + c->at >= c->h->end;
}

/* Makes the next segment, which asks for its checksum (request.h), and stores its headers to 'h'.
 * Returns NULL if no buffer is free. O(bytes of the segment + mbufs of the packet). */
struct rte_mbuf *swp_cut_next(struct swp_cut *c, struct rte_mempool *pool, struct swp_headers *h);
