/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/parse.h>

#include "nd.h"
#include "wire.h"

#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

/* The part left to parse: [at, end), and 'more' bytes of the packet that are elsewhere. Both shrink
 * when headers give their length. */
struct packet {
	const uint8_t *start, *at, *end;
	size_t more;
	struct flow_key *key;
	struct flow_offsets *ofs;
};

static inline size_t
left(const struct packet *p)
{
	return (size_t)(p->end - p->at);
}

/* Ends the packet 'n' bytes from here. Returns false if it has fewer. */
static inline bool
cut(struct packet *p, size_t n)
{
	size_t n_left = left(p);

	if (n > n_left + p->more)
		return false;
	p->more = n > n_left ? n - n_left : 0;
	if (!p->more)
		p->end = p->at + n;
	return true;
}

static inline uint16_t
here(const struct packet *p)
{
	return (uint16_t)(p->at - p->start);
}

/* Returns the type after an 802.3 length: that of a SNAP header, or none. */
static be16
parse_llc(struct packet *p)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};

	if (left(p) >= SNAP_BYTES && !memcmp(p->at, snap, sizeof snap)) {
		be16 type = wire_get16(p->at + sizeof snap);

		if (ntohs(type) >= ETH_TYPE_MIN) {
			p->at += SNAP_BYTES;
			return type;
		}
	}
	return htons(FLOW_ETH_TYPE_NONE);
}

static enum flow_parse_status
parse_eth(struct packet *p)
{
	struct flow_key *key = p->key;

	if (left(p) < ETH_BYTES)
		return FLOW_PARSE_ETH_SHORT;
	memcpy(&key->eth_dst, p->at, sizeof key->eth_dst);
	memcpy(&key->eth_src, p->at + 6, sizeof key->eth_src);
	key->eth_type = wire_get16(p->at + ETH_TYPE_AT);
	p->at += ETH_BYTES;
	for (int i = 0; i < FLOW_VLANS && wire_is_tpid(key->eth_type); i++) {
		if (left(p) < VLAN_BYTES)
			return FLOW_PARSE_VLAN_SHORT;
		key->vlan[i].tpid = key->eth_type;
		key->vlan[i].tci = wire_get16(p->at) | htons(FLOW_VLAN_CFI);
		key->eth_type = wire_get16(p->at + 2);
		p->at += VLAN_BYTES;
	}
	if (ntohs(key->eth_type) < ETH_TYPE_MIN)
		key->eth_type = parse_llc(p);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_mpls(struct packet *p)
{
	for (int i = 0; i < FLOW_MPLS_LABELS; i++) {
		if (left(p) < MPLS_BYTES)
			return FLOW_PARSE_MPLS_SHORT;
		if (!i)
			p->ofs->l2_5 = here(p);
		p->key->mpls[i] = wire_get32(p->at);
		p->at += MPLS_BYTES;
		if (p->key->mpls[i] & htonl(MPLS_BOS)) {
			p->ofs->l3 = here(p);
			break;
		}
	}
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_arp(struct packet *p)
{
	static const uint8_t ip_over_eth[6] = {0, 1, 8, 0, 6, 4};
	struct flow_key *key = p->key;

	if (left(p) < ARP_BYTES || memcmp(p->at, ip_over_eth, sizeof ip_over_eth))
		return FLOW_PARSE_ARP_BAD;
	p->ofs->l3 = here(p);
	if (!p->at[6])
		key->nw_proto = p->at[7];
	memcpy(&key->arp_sha, p->at + 8, sizeof key->arp_sha);
	key->nw_src = wire_get32(p->at + 14);
	memcpy(&key->arp_tha, p->at + 18, sizeof key->arp_tha);
	key->nw_dst = wire_get32(p->at + 24);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_nd(struct packet *p)
{
	size_t ofs;

	if (!nd_find(p->at, left(p), &ofs))
		return FLOW_PARSE_ND_BAD;
	memcpy(&p->key->nd_target, p->at + ICMP_BYTES, sizeof p->key->nd_target);
	if (ofs && p->at[0] == ND_NEIGHBOR_SOLICIT)
		memcpy(&p->key->arp_sha, p->at + ofs, sizeof p->key->arp_sha);
	else if (ofs)
		memcpy(&p->key->arp_tha, p->at + ofs, sizeof p->key->arp_tha);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_icmp(struct packet *p)
{
	if (left(p) < ICMP_BYTES)
		return FLOW_PARSE_L4_SHORT;
	p->ofs->l4 = here(p);
	p->key->tp_src = htons(p->at[0]);
	p->key->tp_dst = htons(p->at[1]);
	if (p->key->nw_proto == IPPROTO_ICMPV6 && nd_is(p->at[0], p->at[1]))
		return parse_nd(p);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_tcp(struct packet *p)
{
	size_t n_header;

	if (left(p) < TCP_BYTES)
		return FLOW_PARSE_L4_SHORT;
	p->ofs->l4 = here(p);
	p->key->tp_src = wire_get16(p->at);
	p->key->tp_dst = wire_get16(p->at + 2);
	p->key->tcp_flags = wire_get16(p->at + 12) & htons(0x0fff);
	/* A NIC reads the ports without checking the header's length, so software does too. */
	n_header = (p->at[12] >> 4) * (size_t)4;
	if (n_header < TCP_BYTES || n_header > left(p) + p->more)
		return FLOW_PARSE_TCP_BAD;
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_ports(struct packet *p, size_t n_header)
{
	if (left(p) < n_header)
		return FLOW_PARSE_L4_SHORT;
	p->ofs->l4 = here(p);
	p->key->tp_src = wire_get16(p->at);
	p->key->tp_dst = wire_get16(p->at + 2);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_l4(struct packet *p, uint8_t icmp)
{
	switch (p->key->nw_proto) {
	case IPPROTO_TCP:
		return parse_tcp(p);
	case IPPROTO_UDP:
		return parse_ports(p, UDP_BYTES);
	case IPPROTO_SCTP:
		return parse_ports(p, SCTP_BYTES);
	}
	if (p->key->nw_proto == icmp)
		return parse_icmp(p);
	p->ofs->l4 = here(p);
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_ip4(struct packet *p)
{
	struct flow_key *key = p->key;
	size_t n_header, n_total;
	uint16_t frag;

	if (left(p) < IP4_BYTES)
		return FLOW_PARSE_IP4_SHORT;
	n_header = (p->at[0] & 0xf) * (size_t)4;
	n_total = ntohs(wire_get16(p->at + 2));
	if (p->at[0] >> 4 != 4 || n_header < IP4_BYTES || n_total < n_header)
		return FLOW_PARSE_IP4_BAD;
	if (!cut(p, n_total))
		return FLOW_PARSE_IP4_SHORT;
	if (n_header > left(p))
		return FLOW_PARSE_IP4_BAD;
	p->ofs->l3 = here(p);

	key->nw_tos = p->at[1];
	frag = ntohs(wire_get16(p->at + 6));
	key->nw_ttl = p->at[8];
	key->nw_proto = p->at[9];
	key->nw_src = wire_get32(p->at + 12);
	key->nw_dst = wire_get32(p->at + 16);
	p->at += n_header;
	if (frag & (IP4_MORE | IP4_OFFSET))
		key->nw_frag = FLOW_FRAG_ANY | (frag & IP4_OFFSET ? FLOW_FRAG_LATER : 0);
	if (key->nw_frag & FLOW_FRAG_LATER)
		return FLOW_PARSE_OK;
	return parse_l4(p, IPPROTO_ICMP);
}

bool
flow_is_ip6_ext(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_AH || next == IPPROTO_FRAGMENT;
}

/* Finds the upper-layer header. 'nw_proto' is its number, or that of the fragment header in a later
 * fragment, where no header follows. */
static enum flow_parse_status
parse_ip6_ext(struct packet *p)
{
	struct flow_key *key = p->key;

	while (flow_is_ip6_ext(key->nw_proto)) {
		uint8_t type = key->nw_proto;
		size_t n_ext = IP6_EXT_BYTES;

		if (left(p) < IP6_EXT_BYTES)
			return FLOW_PARSE_IP6_BAD;
		if (type == IPPROTO_FRAGMENT) {
			uint16_t frag = ntohs(wire_get16(p->at + 2));

			if (frag & (IP6_FRAG_OFFSET | IP6_FRAG_MORE))
				key->nw_frag = FLOW_FRAG_ANY;
			if (frag & IP6_FRAG_OFFSET) {
				key->nw_frag |= FLOW_FRAG_LATER;
				return FLOW_PARSE_OK;
			}
		} else if (type == IPPROTO_AH) {
			n_ext = (p->at[1] + (size_t)2) * 4;
		} else {
			n_ext = (p->at[1] + (size_t)1) * 8;
		}
		if (n_ext > left(p))
			return FLOW_PARSE_IP6_BAD;
		key->nw_proto = p->at[0];
		p->at += n_ext;
	}
	return FLOW_PARSE_OK;
}

static enum flow_parse_status
parse_ip6(struct packet *p)
{
	struct flow_key *key = p->key;
	enum flow_parse_status status;
	size_t n_payload;
	uint32_t first;

	if (left(p) < IP6_BYTES)
		return FLOW_PARSE_IP6_SHORT;
	first = ntohl(wire_get32(p->at));
	n_payload = ntohs(wire_get16(p->at + 4));
	if (first >> 28 != 6)
		return FLOW_PARSE_IP6_BAD;
	if (!cut(p, IP6_BYTES + n_payload))
		return FLOW_PARSE_IP6_SHORT;
	p->ofs->l3 = here(p);

	key->nw_tos = (uint8_t)(first >> 20);
	key->ipv6_label = htonl(first & 0xfffff);
	key->nw_proto = p->at[6];
	key->nw_ttl = p->at[7];
	memcpy(&key->ipv6_src, p->at + 8, sizeof key->ipv6_src);
	memcpy(&key->ipv6_dst, p->at + 24, sizeof key->ipv6_dst);
	p->at += IP6_BYTES;
	status = parse_ip6_ext(p);
	if (status || key->nw_frag & FLOW_FRAG_LATER)
		return status;
	if (p->at - p->start >= FLOW_OFS_NONE)
		return FLOW_PARSE_IP6_BAD;
	return parse_l4(p, IPPROTO_ICMPV6);
}

/* Clears two words at a time. For one long memset gcc 12 generates a string instruction, which
 * makes parsing a third slower. */
static inline void
clear_packet_part(struct flow_key *key)
{
	uint64_t *words = flow_key_words_mut(key);

	_Static_assert((FLOW_KEY_WORDS - FLOW_WORD_L2) % 2 == 0, "cleared by two words");
#pragma GCC unroll 8
	for (size_t i = FLOW_WORD_L2; i < FLOW_KEY_WORDS; i += 2)
		memset(words + i, 0, 2 * sizeof *words);
}

enum flow_parse_status
flow_parse_part(const uint8_t *data, size_t n, size_t n_more, struct flow_key *key,
		struct flow_offsets *ofs)
{
	struct flow_offsets unused;
	struct packet p = {.start = data,
			   .at = data,
			   .end = data + n,
			   .more = n_more,
			   .key = key,
			   .ofs = ofs ? ofs : &unused};
	enum flow_parse_status status;

	*p.ofs = (struct flow_offsets){FLOW_OFS_NONE, FLOW_OFS_NONE, FLOW_OFS_NONE};
	clear_packet_part(key);
	status = parse_eth(&p);
	if (status)
		return status;
	if (key->eth_type == htons(ETHERTYPE_IP))
		return parse_ip4(&p);
	if (key->eth_type == htons(ETHERTYPE_IPV6))
		return parse_ip6(&p);
	if (key->eth_type == htons(ETHERTYPE_ARP) || key->eth_type == htons(ETHERTYPE_REVARP))
		return parse_arp(&p);
	if (wire_is_mpls(key->eth_type))
		return parse_mpls(&p);
	return FLOW_PARSE_OK;
}

enum flow_parse_status
flow_parse(const uint8_t *data, size_t n, struct flow_key *key, struct flow_offsets *ofs)
{
	return flow_parse_part(data, n, 0, key, ofs);
}
