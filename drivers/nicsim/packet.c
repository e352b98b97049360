/* SPDX-License-Identifier: Apache-2.0 */
#include "packet.h"

#include <netinet/in.h>

#include <rte_ether.h>
#include <rte_icmp.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

/* Headers are read from the first segment of a packet only. */
struct cursor {
	const uint8_t *data;
	uint16_t ofs, n; /* of the first segment */
	uint32_t n_all;	 /* of the packet */
};

/* Returns the next 'n' bytes, or NULL if the first segment is too short. */
static const void *
take(struct cursor *c, uint16_t n)
{
	if (c->n - c->ofs < n)
		return NULL;
	c->ofs = (uint16_t)(c->ofs + n);
	return c->data + c->ofs - n;
}

static void
parse_l4(struct cursor *c, struct nicsim_key *key, struct nicsim_layers *layers)
{
	uint16_t start = c->ofs;
	const struct rte_tcp_hdr *tcp;
	const struct rte_udp_hdr *udp;
	const struct rte_icmp_hdr *icmp;

	if (key->proto == IPPROTO_TCP && (tcp = take(c, sizeof *tcp))) {
		key->sport = tcp->src_port;
		key->dport = tcp->dst_port;
		key->tcp_flags = tcp->tcp_flags;
	} else if (key->proto == IPPROTO_UDP && (udp = take(c, sizeof *udp))) {
		key->sport = udp->src_port;
		key->dport = udp->dst_port;
	} else if (key->proto == (key->l3 == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) &&
		   (icmp = take(c, sizeof *icmp))) {
		key->icmp_type = icmp->icmp_type;
		key->icmp_code = icmp->icmp_code;
	} else {
		return;
	}
	key->l4 = key->proto;
	layers->l4 = start;
}

static void
parse_ip4(struct cursor *c, struct nicsim_key *key, struct nicsim_layers *layers)
{
	uint16_t start = c->ofs;
	const struct rte_ipv4_hdr *ip = take(c, sizeof *ip);
	uint16_t n_header, n_total;

	if (!ip || ip->version_ihl >> 4 != 4)
		return;
	n_header = rte_ipv4_hdr_len(ip);
	n_total = rte_be_to_cpu_16(ip->total_length);
	if (n_header < sizeof *ip || n_total < n_header || n_total > c->n_all - start ||
	    !take(c, (uint16_t)(n_header - sizeof *ip)))
		return;
	key->l3 = 4;
	layers->l3 = start;
	key->tos = ip->type_of_service;
	key->ttl = ip->time_to_live;
	key->proto = ip->next_proto_id;
	key->frag_off = ip->fragment_offset;
	key->frag = ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)
			    ? UINT8_MAX
			    : 0;
	memcpy(key->ip_src, &ip->src_addr, 4);
	memcpy(key->ip_dst, &ip->dst_addr, 4);
	c->n = RTE_MIN(c->n, (uint16_t)(start + n_total));
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK))
		key->later = UINT8_MAX;
	else
		parse_l4(c, key, layers);
}

static bool
extension(uint8_t proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING || proto == IPPROTO_FRAGMENT ||
	       proto == IPPROTO_AH || proto == IPPROTO_DSTOPTS || proto == 135;
}

/* This hardware does not parse extension headers: such packets have no L4, and their 'proto' is the
 * first extension's number. */
static void
parse_ip6(struct cursor *c, struct nicsim_key *key, struct nicsim_layers *layers)
{
	uint16_t start = c->ofs;
	const struct rte_ipv6_hdr *ip = take(c, sizeof *ip);
	uint32_t word;

	if (!ip || (rte_be_to_cpu_32(ip->vtc_flow) >> 28) != 6 ||
	    rte_be_to_cpu_16(ip->payload_len) > c->n_all - c->ofs)
		return;
	word = rte_be_to_cpu_32(ip->vtc_flow);
	key->l3 = 6;
	layers->l3 = start;
	key->tos = (uint8_t)(word >> 20);
	key->label = rte_cpu_to_be_32(word & 0xfffff);
	key->ttl = ip->hop_limits;
	key->proto = ip->proto;
	key->frag_ext = ip->proto == IPPROTO_FRAGMENT;
	key->frag = key->frag_ext ? UINT8_MAX : 0;
	memcpy(key->ip_src, ip->src_addr, 16);
	memcpy(key->ip_dst, ip->dst_addr, 16);
	c->n = (uint16_t)RTE_MIN(c->n, c->ofs + (uint32_t)rte_be_to_cpu_16(ip->payload_len));
	if (!extension(ip->proto))
		parse_l4(c, key, layers);
}

void
nicsim_parse(const struct rte_mbuf *m, uint16_t port, struct nicsim_key *key,
	     struct nicsim_layers *layers)
{
	struct cursor c = {.data = rte_pktmbuf_mtod(m, const uint8_t *),
			   .n = m->data_len,
			   .n_all = m->pkt_len};
	const struct rte_ether_hdr *eth = take(&c, sizeof *eth);
	uint16_t type;

	memset(key, 0, sizeof *key);
	*layers = (struct nicsim_layers){0};
	key->port = port;
	if (!eth)
		return;
	memcpy(key->dst, eth->dst_addr.addr_bytes, 6);
	memcpy(key->src, eth->src_addr.addr_bytes, 6);
	key->type = key->last_type = type = eth->ether_type;
	key->c_tag = type == RTE_BE16(RTE_ETHER_TYPE_VLAN) ? UINT8_MAX : 0;
	key->s_tag = type == RTE_BE16(RTE_ETHER_TYPE_QINQ) ? UINT8_MAX : 0;
	while (key->n_vlans < 2 &&
	       (type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ))) {
		const struct rte_vlan_hdr *tag = take(&c, sizeof *tag);

		if (!tag)
			return;
		key->tci[key->n_vlans] = tag->vlan_tci;
		key->inner_type[key->n_vlans++] = key->last_type = type = tag->eth_proto;
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		parse_ip4(&c, key, layers);
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6))
		parse_ip6(&c, key, layers);
}
