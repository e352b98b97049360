/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a key: the words that most packets have, and masks look at.
 *
 * A TCP or UDP packet over IPv4 or IPv6, with up to one tag, without IP options or extension
 * headers and not a fragment, is plain: all other words of its key are 0. Its head is read from the
 * packet without the rest of the key, which takes a fraction of flow_parse(). So a packet that is
 * only forwarded has no key.
 *
 * Words are in the order in which they are read: two of them are one vector.
 *
 * Thread safety: pure. */
#pragma once

#include <flow/key.h>

#include <netinet/in.h>

#if defined(__SSE4_1__)
#include <x86intrin.h>
#define SWP_HEAD_SSE4 1
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#define SWP_HEAD_WIDE 1
#endif

#define SWP_HEAD_WORDS 7
#define SWP_IP6_WORDS 4

/* Words of the key, in the order of a head. */
#define SWP_HEAD_PORT 0
#define SWP_HEAD_VLAN 1
#define SWP_HEAD_ETH 2	 /* and the next */
#define SWP_HEAD_PROTO 4 /* IPv6 label, protocol, TOS, TTL, fragment */
#define SWP_HEAD_IP4 5	 /* addresses */
#define SWP_HEAD_L4 6	 /* ports, TCP flags */

static const uint8_t swp_head_words[SWP_HEAD_WORDS] = {
	[SWP_HEAD_PORT] = offsetof(struct flow_key, in_port) / sizeof(uint64_t),
	[SWP_HEAD_VLAN] = offsetof(struct flow_key, vlan) / sizeof(uint64_t),
	[SWP_HEAD_ETH] = offsetof(struct flow_key, eth_dst) / sizeof(uint64_t),
	[SWP_HEAD_ETH + 1] = offsetof(struct flow_key, eth_type) / sizeof(uint64_t),
	[SWP_HEAD_PROTO] = offsetof(struct flow_key, nw_proto) / sizeof(uint64_t),
	[SWP_HEAD_IP4] = offsetof(struct flow_key, nw_src) / sizeof(uint64_t),
	[SWP_HEAD_L4] = offsetof(struct flow_key, tp_src) / sizeof(uint64_t),
};

/* First of the words of the key that are IPv6 addresses. */
#define SWP_IP6_WORD (offsetof(struct flow_key, ipv6_src) / sizeof(uint64_t))

_Static_assert(offsetof(struct flow_key, recirc_id) == offsetof(struct flow_key, in_port) + 4,
	       "in_port and recirc_id are one word");
_Static_assert(sizeof(((struct flow_key *)0)->vlan) == sizeof(uint64_t), "tags are one word");
_Static_assert(offsetof(struct flow_key, nw_src) % 8 == 0, "IPv4 addresses are one word");
_Static_assert(offsetof(struct flow_key, ipv6_src) % 8 == 0 &&
		       offsetof(struct flow_key, ipv6_dst) ==
			       offsetof(struct flow_key, ipv6_src) + 16,
	       "IPv6 addresses are four words");
_Static_assert(offsetof(struct flow_key, nw_proto) % 8 == 4, "the protocol is byte 4 of its word");

/* What is known of the words of the key that are not in 'w'. */
enum swp_head_kind {
	SWP_HEAD_OF_IP4, /* all are 0; 'ip6' is not set */
	SWP_HEAD_OF_IP6, /* 'ip6' is set; the others are 0 */
	SWP_HEAD_OF_KEY, /* read from a key, which has them; 'ip6' is set */
};
#define SWP_HEAD_KIND 7 /* the word of a head that has its kind */

/* The words are in one cache line: vectors of 64 bytes that cross lines cost two cycles a packet. */
struct swp_head {
	uint64_t w[SWP_HEAD_WORDS + 1];
	uint64_t ip6[SWP_IP6_WORDS];
} __attribute__((aligned(64)));

static inline bool
swp_head_is_plain(const struct swp_head *h)
{
	return h->w[SWP_HEAD_KIND] != SWP_HEAD_OF_KEY;
}

#define SWP_ETH_BYTES 14
#define SWP_TAG_BYTES 4
#define SWP_IP4_BYTES 20
#define SWP_IP6_BYTES 40
#define SWP_UDP_BYTES 8
#define SWP_TCP_BYTES 20
/* Bytes that a plain packet has at least in its first buffer: up to a TCP header over IPv4. */
#define SWP_PLAIN_BYTES (SWP_ETH_BYTES + SWP_TAG_BYTES + SWP_IP4_BYTES + SWP_TCP_BYTES)

static inline uint64_t
swp_head_load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

static inline uint64_t
swp_head_proto(uint64_t proto, uint64_t tos, uint64_t ttl)
{
	return proto << 32 | tos << 40 | ttl << 48;
}

/* Reads the L4 header of 'n' bytes at 'p', TCP or UDP. Returns false if flow_parse() would report a
 * fault. */
static inline bool
swp_head_l4_read(const uint8_t *p, size_t n, bool tcp, struct swp_head *h)
{
	size_t n_header;

	if (!tcp) {
		h->w[SWP_HEAD_L4] = swp_head_load(p, 4);
		return n >= SWP_UDP_BYTES;
	}
	n_header = (p[12] >> 4) * (size_t)4;
	h->w[SWP_HEAD_L4] = swp_head_load(p, 4) | (swp_head_load(p + 12, 2) & htons(0x0fff)) << 32;
	return n_header <= n && n_header >= SWP_TCP_BYTES;
}

/* Sets the words of an IPv4 header: addresses, protocol, TOS, TTL. */
static inline void
swp_head_ip4_set_scalar(const uint8_t *p, struct swp_head *h)
{
	h->w[SWP_HEAD_PROTO] = swp_head_proto(p[9], p[1], p[8]);
	h->w[SWP_HEAD_IP4] = swp_head_load(p + 12, 8);
}

/* As swp_head_ip4_set_scalar(). */
static inline void
swp_head_ip4_set(const uint8_t *p, struct swp_head *h)
{
#ifdef SWP_HEAD_SSE4
	const __m128i order =
		_mm_setr_epi8(-1, -1, -1, -1, 5, -1, 4, -1, 8, 9, 10, 11, 12, 13, 14, 15);
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 4));

	v = _mm_insert_epi8(_mm_shuffle_epi8(v, order), p[1], 5);
	_mm_store_si128((__m128i *)(void *)&h->w[SWP_HEAD_PROTO], v);
#else
	swp_head_ip4_set_scalar(p, h);
#endif
}

/* Reads the IPv4 header at 'p', of 'n' bytes with what follows. */
static inline bool
swp_head_ip4_read(const uint8_t *p, size_t n, struct swp_head *h)
{
	/* version, length of the header, offset and flag of a fragment */
	const uint64_t fixed = UINT64_C(0xff3f0000000000ff);
	uint64_t first = swp_head_load(p, 8);
	size_t n_total = ntohs((uint16_t)(first >> 16));
	bool tcp = p[9] == IPPROTO_TCP;

	if ((first & fixed) != 0x45 || n_total > n || (!tcp && p[9] != IPPROTO_UDP))
		return false;
	swp_head_ip4_set(p, h);
	h->w[SWP_HEAD_KIND] = SWP_HEAD_OF_IP4;
	return n_total >= SWP_IP4_BYTES &&
	       swp_head_l4_read(p + SWP_IP4_BYTES, n_total - SWP_IP4_BYTES, tcp, h);
}

/* Reads the IPv6 header at 'p', of 'n' bytes with what follows, of which 'n_data' are there. */
static inline bool
swp_head_ip6_read(const uint8_t *p, size_t n_data, size_t n, struct swp_head *h)
{
	size_t n_payload = ntohs((uint16_t)swp_head_load(p + 4, 2));
	uint64_t first = swp_head_load(p, 4);
	bool tcp = p[6] == IPPROTO_TCP;

	if (n_data < SWP_IP6_BYTES + (tcp ? SWP_TCP_BYTES : SWP_UDP_BYTES) || p[0] >> 4 != 6 ||
	    SWP_IP6_BYTES + n_payload > n || (!tcp && p[6] != IPPROTO_UDP))
		return false;
	h->w[SWP_HEAD_PROTO] = swp_head_proto(p[6], (uint8_t)(p[0] << 4 | p[1] >> 4), p[7]) |
			       (first & htonl(0xfffff));
	h->w[SWP_HEAD_IP4] = 0;
	h->w[SWP_HEAD_KIND] = SWP_HEAD_OF_IP6;
	memcpy(h->ip6, p + 8, sizeof h->ip6);
	return swp_head_l4_read(p + SWP_IP6_BYTES, n_payload, tcp, h);
}

/* Reads the part that begins with the header at 'l3', whose type is 'type'. */
static inline bool
swp_head_l3_read(const uint8_t *data, size_t l3, size_t n_data, size_t n, uint16_t type,
		 struct swp_head *h)
{
	h->w[SWP_HEAD_ETH] = swp_head_load(data, 8);
	h->w[SWP_HEAD_ETH + 1] = swp_head_load(data + 8, 4) | (uint64_t)type << 32;
	if (type == htons(0x0800))
		return swp_head_ip4_read(data + l3, n - l3, h);
	return type == htons(0x86dd) && swp_head_ip6_read(data + l3, n_data - l3, n - l3, h);
}

/* Reads the head of a packet of 'n' bytes, of which 'data' has the first 'n_data'. Returns false if
 * the packet is not plain; then 'h' is undefined. Written for little-endian hosts; on others no
 * packet is. */
static inline bool
swp_head_read(const uint8_t *data, size_t n_data, size_t n, uint32_t in_port, struct swp_head *h)
{
	const uint8_t *tag = data + SWP_ETH_BYTES;
	uint16_t type;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || n_data < SWP_PLAIN_BYTES)
		return false;
	type = (uint16_t)swp_head_load(data + 12, 2);
	h->w[SWP_HEAD_PORT] = in_port;
	if (type != htons(0x8100) && type != htons(0x88a8)) {
		h->w[SWP_HEAD_VLAN] = 0;
		return swp_head_l3_read(data, SWP_ETH_BYTES, n_data, n, type, h);
	}
	h->w[SWP_HEAD_VLAN] = type | (swp_head_load(tag, 2) | htons(FLOW_VLAN_CFI)) << 16;
	return swp_head_l3_read(data, SWP_ETH_BYTES + SWP_TAG_BYTES, n_data, n,
				(uint16_t)swp_head_load(tag + 2, 2), h);
}

/* Copies the head of a key. */
static inline void
swp_head_of_key(const struct flow_key *key, struct swp_head *h)
{
	const uint64_t *w = flow_key_words(key);

#pragma GCC unroll 8
	for (unsigned int i = 0; i < SWP_HEAD_WORDS; i++)
		h->w[i] = w[swp_head_words[i]];
	h->w[SWP_HEAD_KIND] = SWP_HEAD_OF_KEY;
	memcpy(h->ip6, w + SWP_IP6_WORD, sizeof h->ip6);
}
