/* SPDX-License-Identifier: Apache-2.0 */
#include "header.h"

#include <arpa/inet.h>

static size_t
store(uint8_t *out, const void *header, size_t n)
{
	memcpy(out, header, n);
	return n;
}

static size_t
ethernet_make(const struct flow_key *b, uint8_t *out)
{
	struct ovs_key_ethernet eth;

	memcpy(eth.eth_src, &b->eth_src, sizeof eth.eth_src);
	memcpy(eth.eth_dst, &b->eth_dst, sizeof eth.eth_dst);
	return store(out, &eth, sizeof eth);
}

static size_t
ip4_make(const struct flow_key *b, uint8_t *out)
{
	struct ovs_key_ipv4 ip = {.ipv4_src = b->nw_src,
				  .ipv4_dst = b->nw_dst,
				  .ipv4_proto = b->nw_proto,
				  .ipv4_tos = b->nw_tos,
				  .ipv4_ttl = b->nw_ttl};

	return store(out, &ip, sizeof ip);
}

static size_t
ip6_make(const struct flow_key *b, uint8_t *out)
{
	struct ovs_key_ipv6 ip = {.ipv6_label = b->ipv6_label,
				  .ipv6_proto = b->nw_proto,
				  .ipv6_tclass = b->nw_tos,
				  .ipv6_hlimit = b->nw_ttl};

	memcpy(ip.ipv6_src, &b->ipv6_src, sizeof ip.ipv6_src);
	memcpy(ip.ipv6_dst, &b->ipv6_dst, sizeof ip.ipv6_dst);
	return store(out, &ip, sizeof ip);
}

static size_t
arp_make(const struct flow_key *b, uint8_t *out)
{
	struct ovs_key_arp arp = {
		.arp_sip = b->nw_src, .arp_tip = b->nw_dst, .arp_op = htons(b->nw_proto)};

	memcpy(arp.arp_sha, &b->arp_sha, sizeof arp.arp_sha);
	memcpy(arp.arp_tha, &b->arp_tha, sizeof arp.arp_tha);
	return store(out, &arp, sizeof arp);
}

static size_t
nd_make(const struct flow_key *b, uint8_t *out)
{
	struct ovs_key_nd nd;

	memcpy(nd.nd_target, &b->nd_target, sizeof nd.nd_target);
	memcpy(nd.nd_sll, &b->arp_sha, sizeof nd.nd_sll);
	memcpy(nd.nd_tll, &b->arp_tha, sizeof nd.nd_tll);
	return store(out, &nd, sizeof nd);
}

size_t
kdp_header_make(uint16_t type, const struct flow_key *b, uint8_t out[KDP_HEADER_BYTES])
{
	struct ovs_key_tcp ports = {b->tp_src, b->tp_dst};
	struct ovs_key_icmp icmp = {(uint8_t)ntohs(b->tp_src), (uint8_t)ntohs(b->tp_dst)};

	_Static_assert(sizeof(struct ovs_key_udp) == sizeof ports &&
			       sizeof(struct ovs_key_sctp) == sizeof ports &&
			       sizeof(struct ovs_key_icmpv6) == sizeof icmp,
		       "TCP, UDP and SCTP have two ports; ICMP has type and code");
	switch (type) {
	case OVS_KEY_ATTR_ETHERNET:
		return ethernet_make(b, out);
	case OVS_KEY_ATTR_IPV4:
		return ip4_make(b, out);
	case OVS_KEY_ATTR_IPV6:
		return ip6_make(b, out);
	case OVS_KEY_ATTR_ARP:
		return arp_make(b, out);
	case OVS_KEY_ATTR_ND:
		return nd_make(b, out);
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		return store(out, &ports, sizeof ports);
	case OVS_KEY_ATTR_ICMP:
	case OVS_KEY_ATTR_ICMPV6:
		return store(out, &icmp, sizeof icmp);
	case OVS_KEY_ATTR_TCP_FLAGS:
		return store(out, &b->tcp_flags, sizeof b->tcp_flags);
	case OVS_KEY_ATTR_MPLS:
		return store(out, b->mpls, sizeof b->mpls[0]);
	case OVS_KEY_ATTR_SKB_MARK:
		return store(out, &b->skb_mark, sizeof b->skb_mark);
	}
	return 0;
}

static void
ethernet_read(const void *data, struct flow_key *out)
{
	struct ovs_key_ethernet eth;

	memcpy(&eth, data, sizeof eth);
	memcpy(&out->eth_src, eth.eth_src, sizeof eth.eth_src);
	memcpy(&out->eth_dst, eth.eth_dst, sizeof eth.eth_dst);
}

static void
ip4_read(const void *data, struct flow_key *out)
{
	struct ovs_key_ipv4 ip;

	memcpy(&ip, data, sizeof ip);
	out->nw_src = ip.ipv4_src;
	out->nw_dst = ip.ipv4_dst;
	out->nw_proto = ip.ipv4_proto;
	out->nw_tos = ip.ipv4_tos;
	out->nw_ttl = ip.ipv4_ttl;
}

static void
ip6_read(const void *data, struct flow_key *out)
{
	struct ovs_key_ipv6 ip;

	memcpy(&ip, data, sizeof ip);
	memcpy(&out->ipv6_src, ip.ipv6_src, sizeof ip.ipv6_src);
	memcpy(&out->ipv6_dst, ip.ipv6_dst, sizeof ip.ipv6_dst);
	out->ipv6_label = ip.ipv6_label & htonl(0xfffff);
	out->nw_proto = ip.ipv6_proto;
	out->nw_tos = ip.ipv6_tclass;
	out->nw_ttl = ip.ipv6_hlimit;
}

static void
arp_read(const void *data, struct flow_key *out)
{
	struct ovs_key_arp arp;

	memcpy(&arp, data, sizeof arp);
	out->nw_src = arp.arp_sip;
	out->nw_dst = arp.arp_tip;
	out->nw_proto = (uint8_t)ntohs(arp.arp_op);
	memcpy(&out->arp_sha, arp.arp_sha, sizeof arp.arp_sha);
	memcpy(&out->arp_tha, arp.arp_tha, sizeof arp.arp_tha);
}

static void
nd_read(const void *data, struct flow_key *out)
{
	struct ovs_key_nd nd;

	memcpy(&nd, data, sizeof nd);
	memcpy(&out->nd_target, nd.nd_target, sizeof nd.nd_target);
	memcpy(&out->arp_sha, nd.nd_sll, sizeof nd.nd_sll);
	memcpy(&out->arp_tha, nd.nd_tll, sizeof nd.nd_tll);
}

static void
ports_read(const void *data, struct flow_key *out)
{
	struct ovs_key_tcp ports;

	memcpy(&ports, data, sizeof ports);
	out->tp_src = ports.tcp_src;
	out->tp_dst = ports.tcp_dst;
}

static void
icmp_read(const void *data, struct flow_key *out)
{
	struct ovs_key_icmp icmp;

	memcpy(&icmp, data, sizeof icmp);
	out->tp_src = htons(icmp.icmp_type);
	out->tp_dst = htons(icmp.icmp_code);
}

void
kdp_header_read(uint16_t type, const void *data, struct flow_key *out)
{
	switch (type) {
	case OVS_KEY_ATTR_ETHERNET:
		ethernet_read(data, out);
		break;
	case OVS_KEY_ATTR_IPV4:
		ip4_read(data, out);
		break;
	case OVS_KEY_ATTR_IPV6:
		ip6_read(data, out);
		break;
	case OVS_KEY_ATTR_ARP:
		arp_read(data, out);
		break;
	case OVS_KEY_ATTR_ND:
		nd_read(data, out);
		break;
	case OVS_KEY_ATTR_TCP:
	case OVS_KEY_ATTR_UDP:
	case OVS_KEY_ATTR_SCTP:
		ports_read(data, out);
		break;
	case OVS_KEY_ATTR_ICMP:
	case OVS_KEY_ATTR_ICMPV6:
		icmp_read(data, out);
		break;
	case OVS_KEY_ATTR_TCP_FLAGS:
		memcpy(&out->tcp_flags, data, sizeof out->tcp_flags);
		out->tcp_flags &= htons(0xfff);
		break;
	case OVS_KEY_ATTR_MPLS:
		memcpy(out->mpls, data, sizeof out->mpls[0]);
		break;
	case OVS_KEY_ATTR_SKB_MARK:
		memcpy(&out->skb_mark, data, sizeof out->skb_mark);
		break;
	}
}
