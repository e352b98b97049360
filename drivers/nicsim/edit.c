/* SPDX-License-Identifier: Apache-2.0 */
#include "edit.h"

#include "packet.h"
#include "table.h"

#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

/* Updates a checksum for the change of an even number of bytes: RFC 1624, equation 3. */
static uint16_t
sum_update(uint16_t sum, const void *old_bytes, const void *new_bytes, unsigned int n)
{
	const uint8_t *o = old_bytes, *w = new_bytes;
	uint32_t acc = (uint16_t)~sum;

	for (unsigned int i = 0; i < n; i += 2) {
		uint16_t was, is;

		memcpy(&was, o + i, 2);
		memcpy(&is, w + i, 2);
		acc += (uint16_t)~was + (uint32_t)is;
	}
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

static struct rte_ipv4_hdr *
ip4_header(struct rte_mbuf *m, const struct nicsim_layers *layers)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, layers->l3);

	return layers->l3 && ip->version_ihl >> 4 == 4 ? ip : NULL;
}

static struct rte_ipv6_hdr *
ip6_header(struct rte_mbuf *m, const struct nicsim_layers *layers)
{
	struct rte_ipv6_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv6_hdr *, layers->l3);

	return layers->l3 && rte_be_to_cpu_32(ip->vtc_flow) >> 28 == 6 ? ip : NULL;
}

static uint8_t
l4_protocol(struct rte_mbuf *m, const struct nicsim_layers *layers)
{
	const struct rte_ipv4_hdr *ip = ip4_header(m, layers);

	if (!layers->l4)
		return 0;
	return ip ? ip->next_proto_id : ip6_header(m, layers)->proto;
}

/* Updates the L4 checksum for a change of bytes that it covers, directly or in its
 * pseudo-header. */
static void
l4_sum_update(struct rte_mbuf *m, const struct nicsim_layers *layers, const void *old_bytes,
	      const void *new_bytes, unsigned int n, bool pseudo_header)
{
	uint8_t proto = l4_protocol(m, layers);
	uint8_t *l4 = rte_pktmbuf_mtod_offset(m, uint8_t *, layers->l4);

	if (proto == IPPROTO_TCP) {
		struct rte_tcp_hdr *tcp = (void *)l4;
		tcp->cksum = sum_update(tcp->cksum, old_bytes, new_bytes, n);
	} else if (proto == IPPROTO_UDP) {
		struct rte_udp_hdr *udp = (void *)l4;
		if (!udp->dgram_cksum)
			return;
		udp->dgram_cksum = sum_update(udp->dgram_cksum, old_bytes, new_bytes, n);
		if (!udp->dgram_cksum)
			udp->dgram_cksum = 0xffff;
	} else if (proto == IPPROTO_ICMPV6 || (proto == IPPROTO_ICMP && !pseudo_header)) {
		struct rte_icmp_hdr *icmp = (void *)l4;
		icmp->icmp_cksum = sum_update(icmp->icmp_cksum, old_bytes, new_bytes, n);
	}
}

static void
set_ip4_address(struct rte_mbuf *m, const struct nicsim_op *op, const struct nicsim_layers *layers)
{
	struct rte_ipv4_hdr *ip = ip4_header(m, layers);
	uint8_t *field;

	if (!ip)
		return;
	field = (uint8_t *)ip + (op->type == RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC
					 ? offsetof(struct rte_ipv4_hdr, src_addr)
					 : offsetof(struct rte_ipv4_hdr, dst_addr));
	ip->hdr_checksum = sum_update(ip->hdr_checksum, field, op->ip, 4);
	l4_sum_update(m, layers, field, op->ip, 4, true);
	memcpy(field, op->ip, 4);
}

static void
set_ip6_address(struct rte_mbuf *m, const struct nicsim_op *op, const struct nicsim_layers *layers)
{
	struct rte_ipv6_hdr *ip = ip6_header(m, layers);
	uint8_t *field;

	if (!ip)
		return;
	field = op->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC ? ip->src_addr : ip->dst_addr;
	l4_sum_update(m, layers, field, op->ip, 16, true);
	memcpy(field, op->ip, 16);
}

/* Sets one byte of an IPv4 header, and updates the checksum for the 16-bit word that contains
 * it. */
static void
ip4_byte_set(struct rte_ipv4_hdr *ip, uint8_t *field, uint8_t value)
{
	size_t word = (size_t)(field - (uint8_t *)ip) & ~(size_t)1;
	uint8_t was[2];

	memcpy(was, (uint8_t *)ip + word, 2);
	*field = value;
	ip->hdr_checksum = sum_update(ip->hdr_checksum, was, (uint8_t *)ip + word, 2);
}

static void
set_ttl(struct rte_mbuf *m, const struct nicsim_op *op, const struct nicsim_layers *layers)
{
	struct rte_ipv4_hdr *ip4 = ip4_header(m, layers);
	struct rte_ipv6_hdr *ip6 = ip6_header(m, layers);
	bool dec = op->type == RTE_FLOW_ACTION_TYPE_DEC_TTL;

	if (ip4)
		ip4_byte_set(ip4, &ip4->time_to_live,
			     dec ? (uint8_t)(ip4->time_to_live - 1) : op->u8);
	else if (ip6)
		ip6->hop_limits = dec ? (uint8_t)(ip6->hop_limits - 1) : op->u8;
}

static void
set_dscp(struct rte_mbuf *m, const struct nicsim_op *op, const struct nicsim_layers *layers)
{
	struct rte_ipv4_hdr *ip4 = ip4_header(m, layers);
	struct rte_ipv6_hdr *ip6 = ip6_header(m, layers);

	if (ip4 && op->type == RTE_FLOW_ACTION_TYPE_SET_IPV4_DSCP)
		ip4_byte_set(ip4, &ip4->type_of_service,
			     (uint8_t)((ip4->type_of_service & 3) | op->u8 << 2));
	else if (ip6 && op->type == RTE_FLOW_ACTION_TYPE_SET_IPV6_DSCP)
		ip6->vtc_flow = (ip6->vtc_flow & ~RTE_BE32(0x0fc00000)) |
				rte_cpu_to_be_32((uint32_t)op->u8 << 22);
}

static void
set_l4_port(struct rte_mbuf *m, const struct nicsim_op *op, const struct nicsim_layers *layers)
{
	uint8_t proto = l4_protocol(m, layers);
	uint16_t *field = rte_pktmbuf_mtod_offset(m, uint16_t *, layers->l4);

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return;
	if (op->type == RTE_FLOW_ACTION_TYPE_SET_TP_DST)
		field++;
	l4_sum_update(m, layers, field, &op->be16, 2, false);
	*field = op->be16;
}

static void
set_mac(struct rte_mbuf *m, const struct nicsim_op *op)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	memcpy(op->type == RTE_FLOW_ACTION_TYPE_SET_MAC_SRC ? &eth->src_addr : &eth->dst_addr,
	       op->mac, 6);
}

static struct rte_vlan_hdr *
outer_tag(struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);

	if (m->data_len < sizeof *eth + sizeof(struct rte_vlan_hdr) ||
	    (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN) &&
	     eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_QINQ)))
		return NULL;
	return rte_pktmbuf_mtod_offset(m, struct rte_vlan_hdr *, sizeof *eth);
}

static void
layers_move(struct nicsim_layers *layers, int by)
{
	if (layers->l3)
		layers->l3 = (uint16_t)(layers->l3 + by);
	if (layers->l4)
		layers->l4 = (uint16_t)(layers->l4 + by);
}

static void
push_vlan(struct rte_mbuf *m, const struct nicsim_op *op, struct nicsim_layers *layers)
{
	char *data = rte_pktmbuf_prepend(m, 4);
	struct rte_ether_hdr *eth = (void *)data;
	struct rte_vlan_hdr *tag;

	if (!data)
		return;
	memmove(data, data + 4, 12);
	/* The old EtherType is already behind the new tag. */
	tag = (void *)(data + sizeof *eth);
	tag->vlan_tci = 0;
	eth->ether_type = op->be16;
	layers_move(layers, 4);
}

static void
pop_vlan(struct rte_mbuf *m, struct nicsim_layers *layers)
{
	uint8_t *data = rte_pktmbuf_mtod(m, uint8_t *);

	if (!outer_tag(m))
		return;
	memmove(data + 4, data, 12);
	rte_pktmbuf_adj(m, 4);
	layers_move(layers, -4);
}

static void
set_tag(struct rte_mbuf *m, const struct nicsim_op *op)
{
	struct rte_vlan_hdr *tag = outer_tag(m);

	if (!tag)
		return;
	if (op->type == RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID)
		tag->vlan_tci = (tag->vlan_tci & RTE_BE16(0xf000)) | (op->be16 & RTE_BE16(0x0fff));
	else
		tag->vlan_tci = (tag->vlan_tci & RTE_BE16(0x1fff)) |
				rte_cpu_to_be_16((uint16_t)(op->u8 << 13));
}

void
nicsim_edit(struct rte_mbuf *m, const struct nicsim_op *op, struct nicsim_layers *layers)
{
	switch (op->type) {
	case RTE_FLOW_ACTION_TYPE_SET_MAC_SRC:
	case RTE_FLOW_ACTION_TYPE_SET_MAC_DST:
		set_mac(m, op);
		break;
	case RTE_FLOW_ACTION_TYPE_SET_IPV4_SRC:
	case RTE_FLOW_ACTION_TYPE_SET_IPV4_DST:
		set_ip4_address(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_SET_IPV6_SRC:
	case RTE_FLOW_ACTION_TYPE_SET_IPV6_DST:
		set_ip6_address(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_SET_TP_SRC:
	case RTE_FLOW_ACTION_TYPE_SET_TP_DST:
		set_l4_port(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_SET_TTL:
	case RTE_FLOW_ACTION_TYPE_DEC_TTL:
		set_ttl(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_SET_IPV4_DSCP:
	case RTE_FLOW_ACTION_TYPE_SET_IPV6_DSCP:
		set_dscp(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN:
		push_vlan(m, op, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_OF_POP_VLAN:
		pop_vlan(m, layers);
		break;
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID:
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_PCP:
		set_tag(m, op);
		break;
	case RTE_FLOW_ACTION_TYPE_MARK:
		m->hash.fdir.hi = op->mark;
		m->ol_flags |= RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
		break;
	default:
		break;
	}
}
