/* SPDX-License-Identifier: Apache-2.0 */
#include "headers.h"

#include <flow/checksum.h>

#include <netinet/in.h>
#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mpls.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#define IP4_FRAGMENT (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)
#define LABEL_BOTTOM 0x01 /* in the third byte of a label */

static bool
is_tag(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ);
}

static bool
is_label(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_MPLS) || type == RTE_BE16(RTE_ETHER_TYPE_MPLSM);
}

/* Finds the IP header behind tags and labels. Returns false if the frame has none. */
static bool
l3_find(const uint8_t *data, size_t n, struct swp_headers *h)
{
	size_t at = RTE_ETHER_HDR_LEN;
	rte_be16_t type;

	for (;; at += RTE_VLAN_HLEN) {
		if (at > n)
			return false;
		memcpy(&type, data + at - sizeof type, sizeof type);
		if (!is_tag(type))
			break;
	}
	h->labels = is_label(type);
	for (bool last = !h->labels; !last; at += sizeof(struct rte_mpls_hdr)) {
		if (at + sizeof(struct rte_mpls_hdr) >= n)
			return false;
		last = data[at + 2] & LABEL_BOTTOM;
	}
	if (at >= n)
		return false;
	h->l3 = (uint16_t)at;
	h->ip6 = h->labels ? data[at] >> 4 == 6 : type == RTE_BE16(RTE_ETHER_TYPE_IPV6);
	return h->ip6 || (h->labels ? data[at] >> 4 == 4 : type == RTE_BE16(RTE_ETHER_TYPE_IPV4));
}

/* Returns the protocol behind the IP header, or -1. */
static int
l4_find(const uint8_t *data, size_t n, struct swp_headers *h)
{
	struct rte_ipv4_hdr ip4;
	struct rte_ipv6_hdr ip6;

	if (h->ip6) {
		if (h->l3 + sizeof ip6 > n)
			return -1;
		memcpy(&ip6, data + h->l3, sizeof ip6);
		h->l4 = (uint16_t)(h->l3 + sizeof ip6);
		h->end = h->l4 + (uint32_t)rte_be_to_cpu_16(ip6.payload_len);
		return ip6.proto;
	}
	if (h->l3 + sizeof ip4 > n)
		return -1;
	memcpy(&ip4, data + h->l3, sizeof ip4);
	if (ip4.version_ihl >> 4 != 4 || rte_ipv4_hdr_len(&ip4) < sizeof ip4 ||
	    ip4.fragment_offset & rte_cpu_to_be_16(IP4_FRAGMENT))
		return -1;
	h->l4 = (uint16_t)(h->l3 + rte_ipv4_hdr_len(&ip4));
	h->end = h->l3 + (uint32_t)rte_be_to_cpu_16(ip4.total_length);
	return ip4.next_proto_id;
}

bool
swp_headers_find(const struct rte_mbuf *m, struct swp_headers *h)
{
	const uint8_t *data = rte_pktmbuf_mtod(m, const uint8_t *);
	size_t n = m->data_len, n_l4;
	int proto;

	if (!l3_find(data, n, h))
		return false;
	proto = l4_find(data, n, h);
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return false;
	h->udp = proto == IPPROTO_UDP;
	n_l4 = h->udp ? sizeof(struct rte_udp_hdr) : sizeof(struct rte_tcp_hdr);
	if (h->l4 + n_l4 > n)
		return false;
	if (!h->udp)
		n_l4 = (size_t)(data[h->l4 + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4;
	h->payload = (uint16_t)(h->l4 + n_l4);
	return (h->udp || n_l4 >= sizeof(struct rte_tcp_hdr)) && h->payload <= n &&
	       h->payload <= h->end && h->end <= m->pkt_len;
}

/* Returns the sum of the pseudo-header, as devices and kernels expect it in the checksum field. */
static uint16_t
pseudo_sum(const uint8_t *data, const struct swp_headers *h)
{
	const uint8_t *ip = data + h->l3;
	uint64_t sum = h->ip6 ? checksum_add(0, ip + offsetof(struct rte_ipv6_hdr, src_addr), 32)
			      : checksum_add(0, ip + offsetof(struct rte_ipv4_hdr, src_addr), 8);

	sum += rte_cpu_to_be_16(h->udp ? IPPROTO_UDP : IPPROTO_TCP);
	sum += rte_cpu_to_be_16((uint16_t)(h->end - h->l4));
	return (uint16_t)~checksum_finish(sum);
}

uint8_t *
swp_checksum_field(uint8_t *data, const struct swp_headers *h)
{
	return data + h->l4 +
	       (h->udp ? offsetof(struct rte_udp_hdr, dgram_cksum)
		       : offsetof(struct rte_tcp_hdr, cksum));
}

void
swp_checksum_pseudo(uint8_t *data, const struct swp_headers *h)
{
	uint16_t sum = pseudo_sum(data, h);

	memcpy(swp_checksum_field(data, h), &sum, sizeof sum);
}

void
swp_checksum_put(struct rte_mbuf *m, uint32_t l4, uint32_t end, uint8_t *field, bool udp)
{
	uint16_t sum;

	if (rte_raw_cksum_mbuf(m, l4, end - l4, &sum))
		return;
	sum = (uint16_t)~sum;
	if (!sum && udp)
		sum = UINT16_MAX;
	memcpy(field, &sum, sizeof sum);
}

void
swp_checksum_complete(struct rte_mbuf *m, const struct swp_headers *h)
{
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

	swp_checksum_pseudo(data, h);
	swp_checksum_put(m, h->l4, h->end, swp_checksum_field(data, h), h->udp);
}
