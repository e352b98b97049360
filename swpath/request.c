/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "headers.h"
#include "impl.h"

#include <rte_branch_prediction.h>

size_t
swp_request_frame_bytes(const struct rte_mbuf *m, size_t n_bytes)
{
	struct swp_headers h;
	size_t n_frame;

	if (likely(!(m->ol_flags & SWP_REQUESTS_SEGMENTS)) || !swp_headers_find(m, &h))
		return n_bytes;
	n_frame = h.payload + (size_t)m->tso_segsz;
	return RTE_MIN(n_bytes, n_frame);
}

void
swp_request_complete(struct rte_mbuf *m)
{
	struct swp_headers h;

	if (swp_headers_find(m, &h))
		swp_checksum_complete(m, &h);
}

/* The sender has put the sum of the pseudo-header into the field. */
static void
complete_behind_extensions(struct rte_mbuf *m)
{
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);
	struct swp_headers h = {0};
	struct flow_offsets ofs;
	struct flow_key key = {0};

	swp_packet_parse(m, &key, &ofs);
	h.udp = key.nw_proto == IPPROTO_UDP;
	if (ofs.l4 == FLOW_OFS_NONE || key.nw_frag || (!h.udp && key.nw_proto != IPPROTO_TCP))
		return;
	h.l4 = ofs.l4;
	swp_checksum_put(m, h.l4, m->pkt_len, swp_checksum_field(data, &h), h.udp);
}

enum flow_drop
swp_request_take(struct swp *s, struct rte_mbuf **mp, uint64_t reported)
{
	struct rte_mbuf *m = swp_mbuf_own(&s->pools, *mp);
	struct swp_headers h;

	if (!m)
		return FLOW_DROP_NO_BUFFER;
	*mp = m;
	if (!swp_headers_find(m, &h)) {
		complete_behind_extensions(m);
		return reported & RTE_MBUF_F_RX_LRO ? FLOW_DROP_SEGMENT : FLOW_NOT_DROPPED;
	}
	m->ol_flags |= h.udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM;
	if (!(reported & RTE_MBUF_F_RX_LRO))
		return FLOW_NOT_DROPPED;
	if (m->tso_segsz < SWP_SEGMENT_BYTES_MIN || (h.udp && !(reported & RTE_MBUF_F_TX_UDP_SEG)))
		return FLOW_DROP_SEGMENT;
	m->ol_flags |= h.udp ? RTE_MBUF_F_TX_UDP_SEG : RTE_MBUF_F_TX_TCP_SEG;
	return FLOW_NOT_DROPPED;
}
