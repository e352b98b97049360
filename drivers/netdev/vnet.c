/* SPDX-License-Identifier: Apache-2.0 */
#include "vnet.h"

#include <errno.h>
#include <netinet/in.h>
#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_net.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

/* Headers of the kernel before 6.2 lack it. */
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define TCP_CSUM_AT offsetof(struct rte_tcp_hdr, cksum)
#define UDP_CSUM_AT offsetof(struct rte_udp_hdr, dgram_cksum)
#define SCTP_CSUM_AT offsetof(struct rte_sctp_hdr, cksum)

/* Returns true for IP behind at most one tag, or two that rte_net knows, without extension
 * headers of IPv6: what every device and every path of software can segment. */
static bool
is_simple_ip(uint32_t ptype)
{
	uint32_t l2 = ptype & RTE_PTYPE_L2_MASK, l3 = ptype & RTE_PTYPE_L3_MASK;

	return (l2 == RTE_PTYPE_L2_ETHER || l2 == RTE_PTYPE_L2_ETHER_VLAN ||
		l2 == RTE_PTYPE_L2_ETHER_QINQ) &&
	       (l3 == RTE_PTYPE_L3_IPV4 || l3 == RTE_PTYPE_L3_IPV4_EXT || l3 == RTE_PTYPE_L3_IPV6);
}

/* Returns true if the checksum to complete is that of the packet's own TCP or UDP header. */
static bool
is_own_l4(const struct virtio_net_hdr *h, uint32_t ptype, const struct rte_net_hdr_lens *lens)
{
	uint32_t l4 = ptype & RTE_PTYPE_L4_MASK;

	return is_simple_ip(ptype) && h->csum_start == lens->l2_len + lens->l3_len &&
	       ((l4 == RTE_PTYPE_L4_TCP && h->csum_offset == TCP_CSUM_AT) ||
		(l4 == RTE_PTYPE_L4_UDP && h->csum_offset == UDP_CSUM_AT));
}

/* rte_hash_crc() reads words that are not aligned. */
static uint32_t
crc_add(uint32_t crc, const uint8_t *data, size_t n)
{
	uint64_t word;

	for (; n >= sizeof word; n -= sizeof word, data += sizeof word) {
		memcpy(&word, data, sizeof word);
		crc = rte_hash_crc_8byte(word, crc);
	}
	while (n--)
		crc = rte_hash_crc_1byte(*data++, crc);
	return crc;
}

static uint32_t
crc32c(const struct rte_mbuf *m, uint32_t from)
{
	uint32_t crc = UINT32_MAX;

	for (; m; m = m->next) {
		if (from >= m->data_len) {
			from -= m->data_len;
			continue;
		}
		crc = crc_add(crc, rte_pktmbuf_mtod_offset(m, const uint8_t *, from),
			      m->data_len - from);
		from = 0;
	}
	return ~crc;
}

/* Completes a checksum of any protocol. Headers are in the first segment. The kernel uses the offset
 * 8 for SCTP alone, whose checksum is a CRC that starts from 0. */
static int
complete(const struct virtio_net_hdr *h, struct rte_mbuf *m, uint32_t l4)
{
	bool sctp = l4 == RTE_PTYPE_L4_SCTP && h->csum_offset == SCTP_CSUM_AT;
	uint32_t at = (uint32_t)h->csum_start + h->csum_offset, crc;
	uint8_t *field = rte_pktmbuf_mtod_offset(m, uint8_t *, at);
	uint16_t sum;

	if (at + (sctp ? sizeof crc : sizeof sum) > m->data_len)
		return -EINVAL;
	if (sctp) {
		memset(field, 0, sizeof crc);
		crc = crc32c(m, h->csum_start);
		memcpy(field, &crc, sizeof crc);
		return 0;
	}
	if (rte_raw_cksum_mbuf(m, h->csum_start, m->pkt_len - h->csum_start, &sum))
		return -EINVAL;
	sum = (uint16_t)~sum;
	if (!sum && h->csum_offset == UDP_CSUM_AT)
		sum = UINT16_MAX;
	memcpy(field, &sum, sizeof sum);
	return 0;
}

/* Returns true if the segments are of the protocol that the header names. */
static bool
segments_fit(uint8_t gso_type, uint32_t ptype)
{
	uint32_t l3 = ptype & RTE_PTYPE_L3_MASK, l4 = ptype & RTE_PTYPE_L4_MASK;

	switch (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return l4 == RTE_PTYPE_L4_TCP && l3 != RTE_PTYPE_L3_IPV6;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return l4 == RTE_PTYPE_L4_TCP && l3 == RTE_PTYPE_L3_IPV6;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return l4 == RTE_PTYPE_L4_UDP;
	default:
		return false;
	}
}

int
netdev_vnet_read(const struct virtio_net_hdr *h, struct rte_mbuf *m)
{
	bool partial = h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	struct rte_net_hdr_lens lens = {0};
	uint32_t ptype;
	bool own;

	if (likely(!partial && h->gso_type == VIRTIO_NET_HDR_GSO_NONE))
		return 0;
	ptype = rte_net_get_ptype(m, &lens, RTE_PTYPE_ALL_MASK);
	own = partial && is_own_l4(h, ptype, &lens);
	if (h->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		if (!own || !h->gso_size || !segments_fit(h->gso_type, ptype))
			return -EINVAL;
		m->ol_flags |= RTE_MBUF_F_RX_LRO;
		if ((ptype & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_UDP)
			m->ol_flags |= RTE_MBUF_F_TX_UDP_SEG;
		m->tso_segsz = h->gso_size;
	}
	if (!own)
		return complete(h, m, ptype & RTE_PTYPE_L4_MASK);
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	return 0;
}

void
netdev_vnet_write(const struct rte_mbuf *m, struct virtio_net_hdr *h)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	bool segments = m->ol_flags & RTE_MBUF_F_TX_TCP_SEG;

	*h = (struct virtio_net_hdr){0};
	if (likely(!l4 && !segments))
		return;
	h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	h->csum_start = (uint16_t)(m->l2_len + m->l3_len);
	h->csum_offset = segments || l4 == RTE_MBUF_F_TX_TCP_CKSUM ? TCP_CSUM_AT : UDP_CSUM_AT;
	if (!segments)
		return;
	h->gso_type = m->ol_flags & RTE_MBUF_F_TX_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6
						       : VIRTIO_NET_HDR_GSO_TCPV4;
	h->gso_size = m->tso_segsz;
	h->hdr_len = (uint16_t)(m->l2_len + m->l3_len + m->l4_len);
}
