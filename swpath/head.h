/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a key: the seven words that most packets have, and masks look at.
 *
 * A TCP or UDP packet over IPv4, with up to one tag, without IP options and not a fragment, is
 * plain: all other words of its key are 0. Its head is read from the packet without the rest of the
 * key, which takes a fraction of flow_parse(). So a packet that is only forwarded has no key.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <netinet/in.h>

#define SWP_HEAD_WORDS 7

/* Words of the key, in the order of a head. */
#define SWP_HEAD_PORT 0
#define SWP_HEAD_ETH 1 /* and the next */
#define SWP_HEAD_VLAN 3
#define SWP_HEAD_IP4 4	 /* addresses */
#define SWP_HEAD_PROTO 5 /* protocol, TOS, TTL, fragment */
#define SWP_HEAD_L4 6	 /* ports, TCP flags */

static const uint8_t swp_head_words[SWP_HEAD_WORDS] = {
	[SWP_HEAD_PORT] = offsetof(struct flow_key, in_port) / sizeof(uint64_t),
	[SWP_HEAD_ETH] = offsetof(struct flow_key, eth_dst) / sizeof(uint64_t),
	[SWP_HEAD_ETH + 1] = offsetof(struct flow_key, eth_type) / sizeof(uint64_t),
	[SWP_HEAD_VLAN] = offsetof(struct flow_key, vlan) / sizeof(uint64_t),
	[SWP_HEAD_IP4] = offsetof(struct flow_key, nw_src) / sizeof(uint64_t),
	[SWP_HEAD_PROTO] = offsetof(struct flow_key, nw_proto) / sizeof(uint64_t),
	[SWP_HEAD_L4] = offsetof(struct flow_key, tp_src) / sizeof(uint64_t),
};

_Static_assert(offsetof(struct flow_key, recirc_id) == offsetof(struct flow_key, in_port) + 4,
	       "in_port and recirc_id are one word");
_Static_assert(sizeof(((struct flow_key *)0)->vlan) == sizeof(uint64_t), "tags are one word");
_Static_assert(offsetof(struct flow_key, nw_src) % 8 == 0, "IPv4 addresses are one word");
_Static_assert(offsetof(struct flow_key, nw_proto) % 8 == 4, "the protocol is byte 4 of its word");

struct swp_head {
	uint64_t w[SWP_HEAD_WORDS];
	bool plain; /* the other words of the key are 0 */
};

#define SWP_ETH_BYTES 14
#define SWP_TAG_BYTES 4
#define SWP_IP4_BYTES 20
/* Bytes that a plain packet has at least in its first buffer: up to a TCP header. */
#define SWP_PLAIN_BYTES (SWP_ETH_BYTES + SWP_TAG_BYTES + SWP_IP4_BYTES + 20)

static inline uint64_t
swp_head_load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

/* Reads the L4 header of 'n' bytes at 'p', TCP or UDP. Returns false if flow_parse() would report a
 * fault. */
static inline bool
swp_head_l4_read(const uint8_t *p, size_t n, bool tcp, struct swp_head *h)
{
	size_t n_header = tcp ? (p[12] >> 4) * (size_t)4 : 8;

	if (n_header > n || n_header < (tcp ? 20 : 8))
		return false;
	h->w[SWP_HEAD_L4] = swp_head_load(p, 4);
	if (tcp)
		h->w[SWP_HEAD_L4] |= (swp_head_load(p + 12, 2) & htons(0x0fff)) << 32;
	return true;
}

/* Reads the IPv4 header at 'p', of 'n' bytes with what follows. */
static inline bool
swp_head_ip4_read(const uint8_t *p, size_t n, struct swp_head *h)
{
	size_t n_total = ntohs((uint16_t)swp_head_load(p + 2, 2));
	bool tcp = p[9] == IPPROTO_TCP;

	if (p[0] != 0x45 || n_total > n || n_total < SWP_IP4_BYTES ||
	    (swp_head_load(p + 6, 2) & htons(0x3fff)) || (!tcp && p[9] != IPPROTO_UDP))
		return false;
	h->w[SWP_HEAD_IP4] = swp_head_load(p + 12, 8);
	h->w[SWP_HEAD_PROTO] = (uint64_t)p[9] << 32 | (uint64_t)p[1] << 40 | (uint64_t)p[8] << 48;
	return swp_head_l4_read(p + SWP_IP4_BYTES, n_total - SWP_IP4_BYTES, tcp, h);
}

/* Reads the head of a packet of 'n' bytes, of which 'data' has the first 'n_data'. Returns false if
 * the packet is not plain. Written for little-endian hosts; on others no packet is. */
static inline bool
swp_head_read(const uint8_t *data, size_t n_data, size_t n, uint32_t in_port, struct swp_head *h)
{
	uint16_t type = (uint16_t)swp_head_load(data + 12, 2);
	const uint8_t *l3 = data + SWP_ETH_BYTES;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || n_data < SWP_PLAIN_BYTES)
		return false;
	h->w[SWP_HEAD_VLAN] = 0;
	if (type == htons(0x8100) || type == htons(0x88a8)) {
		h->w[SWP_HEAD_VLAN] = type | (swp_head_load(l3, 2) | htons(FLOW_VLAN_CFI)) << 16;
		type = (uint16_t)swp_head_load(l3 + 2, 2);
		l3 += SWP_TAG_BYTES;
	}
	if (type != htons(0x0800) || !swp_head_ip4_read(l3, n - (size_t)(l3 - data), h))
		return false;
	h->w[SWP_HEAD_PORT] = in_port;
	h->w[SWP_HEAD_ETH] = swp_head_load(data, 8);
	h->w[SWP_HEAD_ETH + 1] = swp_head_load(data + 8, 4) | (uint64_t)type << 32;
	h->plain = true;
	return true;
}

/* Copies the head of a key. */
static inline void
swp_head_of_key(const struct flow_key *key, struct swp_head *h)
{
	const uint64_t *w = flow_key_words(key);

#pragma GCC unroll 8
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		h->w[i] = w[swp_head_words[i]];
	h->plain = false;
}
