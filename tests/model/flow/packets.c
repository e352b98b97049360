/* SPDX-License-Identifier: Apache-2.0 */
#include "packets.h"

#include <support/compose.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

enum { ETH = 14, IP4 = 20, IP6 = 40 };

void
rng_bytes(struct rng *r, void *out, size_t n)
{
	uint8_t *p = out;

	while (n--)
		*p++ = (uint8_t)rng_u32(r);
}

static void
random_types(struct rng *r, struct flow_key *key)
{
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x86dd,
					 0x86dd, 0x86dd, 0x0806, 0x8035,
					 0x8847, 0x8848, 0x88cc, FLOW_ETH_TYPE_NONE};
	static const uint8_t protos4[] = {6, 6, 17, 17, 132, 1, 2, 47, 58};
	static const uint8_t protos6[] = {6, 6, 17, 17, 132, 58, 58, 58, 47, 59, 1};
	static const uint8_t frags[] = {0, 0, 0, FLOW_FRAG_ANY, FLOW_FRAG_ANY | FLOW_FRAG_LATER};

	key->eth_type = htons(types[rng_below(r, sizeof types / sizeof types[0])]);
	key->nw_frag = frags[rng_below(r, sizeof frags)];
	if (key->eth_type == htons(0x0800)) {
		key->nw_proto = protos4[rng_below(r, sizeof protos4)];
	} else if (key->eth_type == htons(0x86dd)) {
		key->nw_proto = protos6[rng_below(r, sizeof protos6)];
		if (key->nw_frag & FLOW_FRAG_LATER)
			key->nw_proto = IPPROTO_FRAGMENT;
		if (key->nw_proto == IPPROTO_ICMPV6 && rng_below(r, 2)) {
			key->tp_src = htons((uint16_t)(135 + rng_below(r, 2)));
			key->tp_dst = 0;
		}
	}
}

static void
random_tags(struct rng *r, struct flow_key *key)
{
	unsigned int n = rng_below(r, FLOW_VLANS + 1);

	for (unsigned int i = 0; i < FLOW_VLANS; i++) {
		key->vlan[i].tpid = i >= n ? 0 : htons(rng_below(r, 2) ? 0x8100 : 0x88a8);
		key->vlan[i].tci = i >= n ? 0 : key->vlan[i].tci | htons(FLOW_VLAN_CFI);
	}
}

static void
random_key(struct rng *r, struct flow_key *key)
{
	struct flow_match m;

	rng_bytes(r, &m.key, sizeof m.key);
	random_types(r, &m.key);
	random_tags(r, &m.key);
	if (rng_below(r, 4) == 0)
		memset(&m.key.arp_sha, 0, sizeof m.key.arp_sha);
	flow_key_meaningful(&m.key, &m.mask);
	memset(&m.mask, 0xff, FLOW_WORD_L2 * 8);
	flow_match_canonicalize(&m);
	*key = m.key;
	memset(key->pad0, 0, sizeof key->pad0);
}

static void
expect_offsets(struct packet_case *c)
{
	uint16_t at = ETH;

	for (int i = 0; i < FLOW_VLANS; i++)
		at = (uint16_t)(at + (c->key.vlan[i].tpid ? 4 : 0));
	c->ofs = (struct flow_offsets){FLOW_OFS_NONE, FLOW_OFS_NONE, FLOW_OFS_NONE};
	if (c->key.eth_type == htons(0x8847) || c->key.eth_type == htons(0x8848)) {
		c->ofs.l2_5 = at;
		for (int i = 0; i < FLOW_MPLS_LABELS && c->ofs.l3 == FLOW_OFS_NONE; i++) {
			at = (uint16_t)(at + 4);
			if (c->key.mpls[i] & htonl(0x100))
				c->ofs.l3 = at;
		}
	} else if (c->key.eth_type == htons(0x0806) || c->key.eth_type == htons(0x8035)) {
		c->ofs.l3 = at;
	} else if (c->key.eth_type == htons(0x0800)) {
		c->ofs.l3 = at;
		c->ofs.l4 = (uint16_t)(at + IP4);
	} else if (c->key.eth_type == htons(0x86dd)) {
		c->ofs.l3 = at;
		c->ofs.l4 = (uint16_t)(at + IP6 + (c->key.nw_frag ? 8 : 0));
	}
	if (c->key.nw_frag & FLOW_FRAG_LATER)
		c->ofs.l4 = FLOW_OFS_NONE;
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
make_gap(struct packet_case *c, size_t at, size_t n)
{
	memmove(c->data + at + n, c->data + at, c->n - at);
	c->n += n;
	if (c->ofs.l4 != FLOW_OFS_NONE)
		c->ofs.l4 = (uint16_t)(c->ofs.l4 + n);
}

static uint16_t
naive_sum(const uint8_t *data, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void
add_ip4_options(struct rng *r, struct packet_case *c)
{
	uint8_t *ip = c->data + c->ofs.l3;
	size_t n = 4 * (1 + rng_below(r, 10));

	make_gap(c, c->ofs.l3 + IP4, n);
	memset(ip + IP4, 1, n);
	ip[0] = (uint8_t)(0x40 | (IP4 + n) / 4);
	put16(ip + 2, get16(ip + 2) + (unsigned int)n);
	put16(ip + 10, 0);
	put16(ip + 10, (uint16_t)~naive_sum(ip, IP4 + n, 0));
}

/* Inserts a hop-by-hop, routing, destination options or authentication header before the
 * existing ones. */
static void
add_ip6_extension(struct rng *r, struct packet_case *c)
{
	static const uint8_t types[] = {0, 43, 60, 51};
	uint8_t type = types[rng_below(r, sizeof types)];
	uint8_t *ip = c->data + c->ofs.l3, *ext = ip + IP6;
	unsigned int n = 8 * (1 + rng_below(r, 4));

	make_gap(c, c->ofs.l3 + IP6, n);
	rng_bytes(r, ext, n);
	ext[0] = ip[6];
	ext[1] = (uint8_t)(type == 51 ? n / 4 - 2 : n / 8 - 1);
	if (type == 43)
		ext[3] = (uint8_t)rng_below(r, 2);
	ip[6] = type;
	put16(ip + 4, get16(ip + 4) + n);
}

void
packet_random(struct rng *r, struct packet_case *c)
{
	size_t n_trailer;

	random_key(r, &c->key);
	expect_offsets(c);
	c->final_dst = c->key.ipv6_dst;
	c->n = (size_t)packet_compose(&c->key, rng_below(r, 64), c->data, sizeof c->data);
	if (c->key.eth_type == htons(0x0800) && rng_below(r, 4) == 0)
		add_ip4_options(r, c);
	while (c->key.eth_type == htons(0x86dd) && rng_below(r, 3) == 0 && c->n < 700)
		add_ip6_extension(r, c);
	if (c->ofs.l4 != FLOW_OFS_NONE && c->key.nw_proto == IPPROTO_UDP && rng_below(r, 8) == 0)
		put16(c->data + c->ofs.l4 + 6, 0);
	for (int i = 0; i < FLOW_VLANS; i++)
		c->data[ETH + 4 * i] |= c->key.vlan[i].tpid && rng_below(r, 2) ? 0x10 : 0;
	n_trailer = rng_below(r, 4) ? 0 : rng_below(r, 20);
	rng_bytes(r, c->data + c->n, n_trailer);
	c->n += n_trailer;
}

static uint32_t
naive_crc32c(const uint8_t *data, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < 8 * n; i++) {
		uint32_t bit = (crc ^ data[i / 8] >> i % 8) & 1;

		crc = crc >> 1 ^ (bit ? UINT32_C(0x82f63b78) : 0);
	}
	return ~crc;
}

static bool
routing_pending(const uint8_t *ip)
{
	const uint8_t *ext = ip + IP6;
	uint8_t type = ip[6];

	while (type == 0 || type == 43 || type == 60 || type == 51) {
		unsigned int n = type == 51 ? (ext[1] + 2u) * 4 : (ext[1] + 1u) * 8;

		if (type == 43 && ext[3])
			return true;
		type = ext[0];
		ext += n;
	}
	return false;
}

static bool
sctp_ok(const uint8_t *l4, size_t n)
{
	uint8_t copy[PACKET_BYTES_MAX];
	uint32_t crc;

	memcpy(copy, l4, n);
	memset(copy + 8, 0, 4);
	crc = naive_crc32c(copy, n);
	return l4[8] == (uint8_t)crc && l4[9] == (uint8_t)(crc >> 8) &&
	       l4[10] == (uint8_t)(crc >> 16) && l4[11] == (uint8_t)(crc >> 24);
}

static uint32_t
pseudo_sum(const struct packet_case *c, const uint8_t *ip, size_t n_l4)
{
	uint32_t sum = c->key.nw_proto + (uint32_t)n_l4;

	if (c->key.eth_type == htons(0x0800))
		return naive_sum(ip + 12, 8, sum);
	if (routing_pending(ip))
		return naive_sum(c->final_dst.b, 16, naive_sum(ip + 8, 16, sum));
	return naive_sum(ip + 8, 32, sum);
}

static bool
l4_ok(const struct packet_case *c, const uint8_t *ip, size_t n_l3, const char **why)
{
	const uint8_t *l4 = c->data + c->ofs.l4;
	size_t n = (size_t)(ip + n_l3 - l4);

	switch (c->key.nw_proto) {
	case IPPROTO_SCTP:
		*why = "sctp";
		return c->key.nw_frag || sctp_ok(l4, n);
	case IPPROTO_UDP:
		*why = "udp";
		if (!get16(l4 + 6))
			return true;
		break;
	case IPPROTO_TCP:
		*why = "tcp";
		break;
	case IPPROTO_ICMP:
		*why = "icmp";
		return c->key.eth_type != htons(0x0800) || naive_sum(l4, n, 0) == 0xffff;
	case IPPROTO_ICMPV6:
		*why = "icmpv6";
		if (c->key.eth_type != htons(0x86dd))
			return true;
		break;
	default:
		return true;
	}
	return naive_sum(l4, n, pseudo_sum(c, ip, n)) == 0xffff;
}

bool
packet_checksums_ok(const struct packet_case *c, const char **why)
{
	const uint8_t *ip = c->data + c->ofs.l3;
	size_t n_l3;

	*why = "ipv4";
	if (c->key.eth_type != htons(0x0800) && c->key.eth_type != htons(0x86dd))
		return true;
	if (c->ofs.l3 == FLOW_OFS_NONE)
		return true;
	n_l3 = c->key.eth_type == htons(0x0800) ? get16(ip + 2) : IP6 + (size_t)get16(ip + 4);
	if (c->key.eth_type == htons(0x0800) && naive_sum(ip, (ip[0] & 15) * 4u, 0) != 0xffff)
		return false;
	return c->ofs.l4 == FLOW_OFS_NONE || l4_ok(c, ip, n_l3, why);
}
