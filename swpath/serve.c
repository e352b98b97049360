/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include "count.h"
#include "headers.h"
#include "request.h"
#include "segment.h"
#include "tx.h"

static bool
device_completes(const struct swp_port *to, const struct swp_headers *h)
{
	return !h->labels && to->tx_offloads & (h->udp ? RTE_ETH_TX_OFFLOAD_UDP_CKSUM
						       : RTE_ETH_TX_OFFLOAD_TCP_CKSUM);
}

static bool
device_segments(const struct swp_port *to, const struct rte_mbuf *m, const struct swp_headers *h)
{
	return !h->labels && !h->udp && to->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO &&
	       m->nb_segs <= to->n_segs_max;
}

/* Sets what the device needs to know. A device that cuts an IPv4 packet also makes the checksums of
 * the IP headers. */
static void
leave_to_device(const struct swp_port *to, struct rte_mbuf *m, const struct swp_headers *h)
{
	swp_checksum_pseudo(rte_pktmbuf_mtod(m, uint8_t *), h);
	m->l2_len = h->l3;
	m->l3_len = (uint64_t)(h->l4 - h->l3) & 0x1ff;
	m->l4_len = (uint64_t)(h->payload - h->l4) & UINT8_MAX;
	m->ol_flags |= h->ip6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
	if (!h->ip6 && m->ol_flags & RTE_MBUF_F_TX_TCP_SEG &&
	    to->tx_offloads & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM)
		m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
}

static void
checksum_leave(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
	       const struct swp_headers *h)
{
	if (device_completes(to, h)) {
		leave_to_device(to, m, h);
		return;
	}
	swp_checksum_complete(m, h);
	m->ol_flags &= ~SWP_REQUESTS;
	count_add(&to->counts[w->index].c.sw_checksums, 1);
}

static void
refuse(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m, struct swp_port *from,
       enum flow_drop why)
{
	count_add(&to->counts[w->index].c.tx_dropped, 1);
	swp_drop(w, from, m, why);
}

static void
segments_send(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m, struct swp_port *from,
	      const struct swp_headers *h)
{
	struct swp_cut cut = {.m = m, .h = h};

	while (!swp_cut_done(&cut)) {
		struct swp_headers one;
		struct rte_mbuf *segment = swp_cut_next(&cut, w->swp->pools.home, &one);

		if (!segment) {
			swp_drop(w, from, m, FLOW_DROP_NO_BUFFER);
			return;
		}
		checksum_leave(w, to, segment, &one);
		count_add(&to->counts[w->index].c.sw_segments, 1);
		swp_tx_add_careful(w, to, segment, from);
	}
	rte_pktmbuf_free(m);
}

/* Each segment has to fit the port, whoever makes it. */
static void
serve_segments(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m, struct swp_port *from,
	       const struct swp_headers *h)
{
	uint32_t n_bytes_max = atomic_load_explicit(&to->frame_bytes_max, memory_order_relaxed);

	if ((uint32_t)h->payload + m->tso_segsz > n_bytes_max) {
		refuse(w, to, m, from, n_bytes_max ? FLOW_DROP_MTU : FLOW_DROP_PORT_GONE);
	} else if (device_segments(to, m, h)) {
		leave_to_device(to, m, h);
		swp_tx_add_careful(w, to, m, from);
	} else {
		segments_send(w, to, m, from, h);
	}
}

void
swp_serve(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m, struct swp_port *from)
{
	struct swp_headers h;

	if (!swp_headers_find(m, &h)) {
		refuse(w, to, m, from, FLOW_DROP_SEGMENT);
	} else if (m->ol_flags & SWP_REQUESTS_SEGMENTS && h.end - h.payload > m->tso_segsz) {
		serve_segments(w, to, m, from, &h);
	} else {
		m->ol_flags &= ~SWP_REQUESTS_SEGMENTS;
		checksum_leave(w, to, m, &h);
		swp_tx_add_careful(w, to, m, from);
	}
}
