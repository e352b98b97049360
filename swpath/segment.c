/* SPDX-License-Identifier: Apache-2.0 */
#include "segment.h"

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

static void
ip_edit(uint8_t *data, const struct swp_headers *h, const struct swp_cut *c)
{
	struct rte_ipv4_hdr *ip4 = (struct rte_ipv4_hdr *)(data + h->l3);
	struct rte_ipv6_hdr *ip6 = (struct rte_ipv6_hdr *)(data + h->l3);

	if (h->ip6) {
		ip6->payload_len = rte_cpu_to_be_16((uint16_t)(h->end - h->l4));
		return;
	}
	ip4->total_length = rte_cpu_to_be_16((uint16_t)(h->end - h->l3));
	ip4->packet_id = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(ip4->packet_id) + c->n_made));
	ip4->hdr_checksum = 0;
	ip4->hdr_checksum = rte_ipv4_cksum(ip4);
}

static void
l4_edit(uint8_t *data, const struct swp_headers *h, const struct swp_cut *c, bool last)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(data + h->l4);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(data + h->l4);

	if (h->udp) {
		udp->dgram_len = rte_cpu_to_be_16((uint16_t)(h->end - h->l4));
		return;
	}
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + c->at);
	if (c->n_made)
		tcp->tcp_flags &= (uint8_t)~RTE_TCP_CWR_FLAG;
	if (!last)
		tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG);
}

/* The copy begins as many bytes ahead of its payload as the headers have, which replace them. */
struct rte_mbuf *
swp_cut_next(struct swp_cut *c, struct rte_mempool *pool, struct swp_headers *h)
{
	const struct rte_mbuf *m = c->m;
	uint16_t n_headers = c->h->payload;
	uint32_t n_left = c->h->end - n_headers - c->at,
		 n = RTE_MIN(n_left, (uint32_t)m->tso_segsz);
	struct rte_mbuf *segment = rte_pktmbuf_copy(m, pool, c->at, n_headers + n);
	uint8_t *data;

	if (!segment)
		return NULL;
	data = rte_pktmbuf_mtod(segment, uint8_t *);
	memcpy(data, rte_pktmbuf_mtod(m, const uint8_t *), n_headers);
	*h = *c->h;
	h->end = n_headers + n;
	segment->ol_flags = h->udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM;
	ip_edit(data, h, c);
	l4_edit(data, h, c, n == n_left);
	c->at += n;
	c->n_made++;
	return segment;
}
