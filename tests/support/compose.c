/* SPDX-License-Identifier: Apache-2.0 */
#include "support/compose.h"

#include "nd.h"
#include "wire.h"
#include <flow/checksum.h>

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>

#define LATER_FRAGMENT_OFFSET 800 /* bytes; any multiple of 8 but 0 makes a later fragment */

#define CRC32C_POLY UINT32_C(0x82f63b78) /* reflected */

/* A buffer of zeros that is filled from the front. */
struct draft {
	uint8_t *start;
	size_t n, n_max;
	const struct flow_key *key;
	size_t n_payload;
};

/* Returns room for 'n' bytes, all 0, or NULL. */
static uint8_t *
room(struct draft *d, size_t n)
{
	uint8_t *p = d->start + d->n;

	if (n > d->n_max - d->n)
		return NULL;
	memset(p, 0, n);
	d->n += n;
	return p;
}

/* Return the sum of the pseudo-header of an IPv4 or IPv6 packet, from its IP header. */
static uint64_t
pseudo4(const uint8_t *ip4, uint8_t proto, size_t n_l4)
{
	return checksum_add(htons(proto) + (uint64_t)htonl((uint32_t)n_l4), ip4 + 12, 8);
}

static uint64_t
pseudo6(const uint8_t *ip6, uint8_t proto, size_t n_l4)
{
	return checksum_add(htons(proto) + (uint64_t)htonl((uint32_t)n_l4), ip6 + 8, 32);
}

/* Returns the CRC32c of 'n' bytes, as SCTP stores it. */
static uint32_t
crc32c(const uint8_t *data, size_t n)
{
	uint32_t crc = UINT32_MAX;

	while (n--) {
		crc ^= *data++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY : 0);
	}
	return ~crc;
}

static bool
is_length(const struct flow_key *key)
{
	return ntohs(key->eth_type) < ETH_TYPE_MIN;
}

static bool
has_tag(const struct flow_vlan *tag)
{
	return tag->tpid || tag->tci & htons(FLOW_VLAN_CFI);
}

static int
compose_tags(struct draft *d)
{
	for (int i = 0; i < FLOW_VLANS && has_tag(&d->key->vlan[i]); i++) {
		const struct flow_vlan *tag = &d->key->vlan[i];
		uint8_t *p = room(d, VLAN_BYTES);

		if (!p)
			return -ENOSPC;
		wire_put16(p, tag->tpid ? tag->tpid : htons(ETHERTYPE_VLAN));
		wire_put16(p + 2, tag->tci & htons((uint16_t)~FLOW_VLAN_CFI));
	}
	return 0;
}

static int
compose_eth(struct draft *d)
{
	uint8_t *p = room(d, ETH_TYPE_AT);

	if (!p)
		return -ENOSPC;
	memcpy(p, &d->key->eth_dst, 6);
	memcpy(p + 6, &d->key->eth_src, 6);
	if (compose_tags(d))
		return -ENOSPC;
	p = room(d, 2);
	if (!p)
		return -ENOSPC;
	wire_put16(p, d->key->eth_type);
	return 0;
}

/* Appends an 802.3 length and an LLC header other than SNAP's. */
static int
compose_llc(struct draft *d)
{
	static const uint8_t llc[3] = {0x42, 0x42, 0x03};
	uint8_t *length = d->start + d->n - 2, *p = room(d, sizeof llc);

	if (!p)
		return -ENOSPC;
	memcpy(p, llc, sizeof llc);
	if (sizeof llc + d->n_payload < ETH_TYPE_MIN)
		wire_put16(length, htons((uint16_t)(sizeof llc + d->n_payload)));
	return 0;
}

static int
compose_mpls(struct draft *d)
{
	for (int i = 0; i < FLOW_MPLS_LABELS; i++) {
		uint8_t *p = room(d, MPLS_BYTES);

		if (!p)
			return -ENOSPC;
		wire_put32(p, d->key->mpls[i]);
		if (d->key->mpls[i] & htonl(MPLS_BOS))
			break;
	}
	return 0;
}

static int
compose_arp(struct draft *d)
{
	static const uint8_t ip_over_eth[6] = {0, 1, 8, 0, 6, 4};
	const struct flow_key *key = d->key;
	uint8_t *p = room(d, ARP_BYTES);

	if (!p)
		return -ENOSPC;
	memcpy(p, ip_over_eth, sizeof ip_over_eth);
	p[7] = key->nw_proto;
	memcpy(p + 8, &key->arp_sha, 6);
	wire_put32(p + 14, key->nw_src);
	memcpy(p + 18, &key->arp_tha, 6);
	wire_put32(p + 24, key->nw_dst);
	return 0;
}

static int
compose_ports(struct draft *d, size_t n_header)
{
	uint8_t *p = room(d, n_header);

	if (!p)
		return -ENOSPC;
	wire_put16(p, d->key->tp_src);
	wire_put16(p + 2, d->key->tp_dst);
	if (n_header == TCP_BYTES)
		wire_put16(p + 12,
			   htons(TCP_BYTES / 4 << 12) | (d->key->tcp_flags & htons(0x0fff)));
	if (n_header == UDP_BYTES)
		wire_put16(p + 4, htons((uint16_t)(UDP_BYTES + d->n_payload)));
	return 0;
}

static int
compose_nd(struct draft *d)
{
	static const struct flow_mac zero;
	const struct flow_key *key = d->key;
	bool solicit = key->tp_src == htons(ND_NEIGHBOR_SOLICIT);
	const struct flow_mac *lladdr = solicit ? &key->arp_sha : &key->arp_tha;
	uint8_t *p = room(d, ND_BYTES - ICMP_BYTES);

	if (!p)
		return -ENOSPC;
	d->n_payload = 0;
	memcpy(p, &key->nd_target, sizeof key->nd_target);
	if (!memcmp(lladdr, &zero, sizeof zero))
		return 0;
	p = room(d, ND_OPT_BYTES);
	if (!p)
		return -ENOSPC;
	p[0] = solicit ? ND_OPT_SOURCE_LINKADDR : ND_OPT_TARGET_LINKADDR;
	p[1] = 1;
	memcpy(p + 2, lladdr, sizeof *lladdr);
	return 0;
}

static int
compose_icmp(struct draft *d, bool v6)
{
	uint8_t *p = room(d, ICMP_BYTES);

	if (!p)
		return -ENOSPC;
	p[0] = (uint8_t)ntohs(d->key->tp_src);
	p[1] = (uint8_t)ntohs(d->key->tp_dst);
	return v6 && nd_is(p[0], p[1]) ? compose_nd(d) : 0;
}

static int
compose_l4(struct draft *d, bool v6)
{
	uint8_t proto = d->key->nw_proto;

	if (d->key->nw_frag & FLOW_FRAG_LATER)
		return 0;
	if (proto == IPPROTO_TCP)
		return compose_ports(d, TCP_BYTES);
	if (proto == IPPROTO_UDP)
		return compose_ports(d, UDP_BYTES);
	if (proto == IPPROTO_SCTP)
		return compose_ports(d, SCTP_BYTES);
	if (proto == (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return compose_icmp(d, v6);
	return 0;
}

/* Sets the checksum. 'pseudo': the pseudo-header's sum; ICMP for IPv4 has none. */
static void
l4_checksum(uint8_t *l4, size_t n, uint8_t proto, bool v6, uint64_t pseudo)
{
	be16 csum;

	switch (proto) {
	case IPPROTO_TCP:
		wire_put16(l4 + TCP_CSUM_AT, checksum_finish(checksum_add(pseudo, l4, n)));
		return;
	case IPPROTO_UDP:
		csum = checksum_finish(checksum_add(pseudo, l4, n));
		wire_put16(l4 + UDP_CSUM_AT, csum ? csum : UINT16_MAX);
		return;
	case IPPROTO_SCTP:
		wire_put32(l4 + SCTP_CSUM_AT, crc32c(l4, n));
		return;
	}
	if (proto == (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		wire_put16(l4 + ICMP_CSUM_AT,
			   checksum_finish(checksum_add(v6 ? pseudo : 0, l4, n)));
}

static int
compose_ip4(struct draft *d)
{
	const struct flow_key *key = d->key;
	uint8_t *ip = room(d, IP4_BYTES);
	size_t l4 = d->n, n_l4;

	if (!ip || compose_l4(d, false) || !room(d, d->n_payload))
		return -ENOSPC;
	n_l4 = d->n - l4;
	if (n_l4 + IP4_BYTES > UINT16_MAX)
		return -ENOSPC;
	ip[0] = 0x45;
	ip[1] = key->nw_tos;
	wire_put16(ip + 2, htons((uint16_t)(IP4_BYTES + n_l4)));
	if (key->nw_frag & FLOW_FRAG_LATER)
		wire_put16(ip + 6, htons(LATER_FRAGMENT_OFFSET / 8));
	else if (key->nw_frag)
		wire_put16(ip + 6, htons(IP4_MORE));
	ip[8] = key->nw_ttl;
	ip[9] = key->nw_proto;
	wire_put32(ip + 12, key->nw_src);
	wire_put32(ip + 16, key->nw_dst);
	wire_put16(ip + IP4_CSUM_AT, checksum_finish(checksum_add(0, ip, IP4_BYTES)));
	if (!(key->nw_frag & FLOW_FRAG_LATER))
		l4_checksum(d->start + l4, n_l4, key->nw_proto, false,
			    pseudo4(ip, key->nw_proto, n_l4));
	return 0;
}

/* A later fragment's key has the fragment header's own number as its protocol, so the real protocol
 * is arbitrary. */
static void
fill_ip6_fragment(uint8_t *p, const struct flow_key *key)
{
	bool later = key->nw_frag & FLOW_FRAG_LATER;

	p[0] = later && key->nw_proto == IPPROTO_FRAGMENT ? IPPROTO_UDP : key->nw_proto;
	wire_put16(p + 2, htons(later ? LATER_FRAGMENT_OFFSET : IP6_FRAG_MORE));
}

static int
compose_ip6(struct draft *d)
{
	const struct flow_key *key = d->key;
	uint8_t *ip = room(d, IP6_BYTES);
	uint8_t *frag = key->nw_frag ? room(d, IP6_EXT_BYTES) : NULL;
	size_t l4 = d->n, n_l4;

	if (!ip || (key->nw_frag && !frag) || compose_l4(d, true) || !room(d, d->n_payload))
		return -ENOSPC;
	n_l4 = d->n - l4;
	if (n_l4 + IP6_EXT_BYTES > UINT16_MAX)
		return -ENOSPC;
	wire_put32(ip, htonl(6u << 28 | (uint32_t)key->nw_tos << 20) |
			       (key->ipv6_label & htonl(0xfffff)));
	wire_put16(ip + 4, htons((uint16_t)(n_l4 + (frag ? IP6_EXT_BYTES : 0))));
	ip[6] = frag ? IPPROTO_FRAGMENT : key->nw_proto;
	ip[7] = key->nw_ttl;
	memcpy(ip + 8, &key->ipv6_src, 16);
	memcpy(ip + 24, &key->ipv6_dst, 16);
	if (frag)
		fill_ip6_fragment(frag, key);
	if (!(key->nw_frag & FLOW_FRAG_LATER))
		l4_checksum(d->start + l4, n_l4, key->nw_proto, true,
			    pseudo6(ip, key->nw_proto, n_l4));
	return 0;
}

/* Appends the headers after the Ethernet header, without payload. */
static int
compose_rest(struct draft *d)
{
	be16 type = d->key->eth_type;

	if (is_length(d->key))
		return compose_llc(d);
	if (wire_is_mpls(type))
		return compose_mpls(d);
	if (type == htons(ETHERTYPE_ARP) || type == htons(ETHERTYPE_REVARP))
		return compose_arp(d);
	return 0;
}

int
packet_compose(const struct flow_key *key, size_t n_payload, uint8_t *data, size_t n_max)
{
	struct draft d = {.start = data, .n_max = n_max, .key = key, .n_payload = n_payload};
	int rc = compose_eth(&d);

	if (rc)
		return rc;
	if (key->eth_type == htons(ETHERTYPE_IP))
		rc = compose_ip4(&d);
	else if (key->eth_type == htons(ETHERTYPE_IPV6))
		rc = compose_ip6(&d);
	else if (compose_rest(&d) || !room(&d, n_payload))
		rc = -ENOSPC;
	return rc ? rc : (int)d.n;
}
