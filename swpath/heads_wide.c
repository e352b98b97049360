/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled for AVX-512 with VBMI: one permutation moves the bytes of a packet to their places in its
 * head. */
#include "heads_wide.h"
#include "heads_each.h"

/* Where the bytes of a head are in the first 64 of a packet, and which of their bits it has. */
struct layout {
	uint8_t from[64];
	uint8_t keep[64];
} __attribute__((aligned(64)));

#define AT(word, byte) ((word)*8 + (byte))
#define BYTE(to, at) [to] = (at)
#define BYTES_2(to, at) BYTE(to, at), BYTE((to) + 1, (at) + 1)
#define BYTES_4(to, at) BYTES_2(to, at), BYTES_2((to) + 2, (at) + 2)
#define BYTES_8(to, at) BYTES_4(to, at), BYTES_4((to) + 4, (at) + 4)
#define FF_2(to) [to] = 0xff, [(to) + 1] = 0xff
#define FF_4(to) FF_2(to), FF_2((to) + 2)
#define FF_8(to) FF_4(to), FF_4((to) + 4)

/* Addresses, the tag of a packet that has one, and the type before the header at 'l3'. */
#define FROM_ETH(l3)                                                                               \
	BYTES_8(AT(SWP_HEAD_ETH, 0), 0), BYTES_4(AT(SWP_HEAD_ETH, 8), 8),                          \
		BYTES_2(AT(SWP_HEAD_ETH, 12), (l3)-2)
#define FROM_TAG BYTES_4(AT(SWP_HEAD_VLAN, 0), SWP_ETH_BYTES - 2)
#define KEEP_ETH FF_8(AT(SWP_HEAD_ETH, 0)), FF_4(AT(SWP_HEAD_ETH, 8)), FF_2(AT(SWP_HEAD_ETH, 12))
#define KEEP_TAG FF_4(AT(SWP_HEAD_VLAN, 0))

/* Protocol, TOS, TTL, addresses, ports; flags of TCP. */
#define FROM_IP4(l3)                                                                               \
	BYTE(AT(SWP_HEAD_PROTO, 4), (l3) + 9), BYTE(AT(SWP_HEAD_PROTO, 5), (l3) + 1),              \
		BYTE(AT(SWP_HEAD_PROTO, 6), (l3) + 8), BYTES_8(AT(SWP_HEAD_IP4, 0), (l3) + 12),    \
		BYTES_4(AT(SWP_HEAD_L4, 0), (l3) + SWP_IP4_BYTES),                                 \
		BYTES_2(AT(SWP_HEAD_L4, 4), (l3) + SWP_IP4_BYTES + 12)
#define KEEP_PROTO [AT(SWP_HEAD_PROTO, 4)] = 0xff, FF_2(AT(SWP_HEAD_PROTO, 5))
#define KEEP_IP4 KEEP_PROTO, FF_8(AT(SWP_HEAD_IP4, 0)), FF_4(AT(SWP_HEAD_L4, 0))
#define KEEP_TCP [AT(SWP_HEAD_L4, 4)] = 0x0f, [AT(SWP_HEAD_L4, 5)] = 0xff

/* The word with the label and TOS is in the order that the shift of IP6_SHIFT needs. Flags of TCP are
 * beyond these 64 bytes. */
#define FROM_IP6(l3)                                                                               \
	BYTE(AT(SWP_HEAD_PROTO, 0), (l3) + 1), BYTE(AT(SWP_HEAD_PROTO, 1), (l3)),                  \
		BYTES_2(AT(SWP_HEAD_PROTO, 2), (l3) + 2), BYTE(AT(SWP_HEAD_PROTO, 4), (l3) + 6),   \
		BYTE(AT(SWP_HEAD_PROTO, 6), (l3) + 7),                                             \
		BYTES_4(AT(SWP_HEAD_L4, 0), (l3) + SWP_IP6_BYTES)
#define KEEP_IP6                                                                                   \
	[AT(SWP_HEAD_PROTO, 1)] = 0x0f, FF_2(AT(SWP_HEAD_PROTO, 2)), KEEP_PROTO,                   \
			    FF_4(AT(SWP_HEAD_L4, 0))

/* By whether the packet has a tag; those of IPv4 also by whether it is TCP. */
static const struct layout ip4_layouts[2][2] = {
	{{{FROM_ETH(14), FROM_IP4(14)}, {KEEP_ETH, KEEP_IP4}},
	 {{FROM_ETH(14), FROM_IP4(14)}, {KEEP_ETH, KEEP_IP4, KEEP_TCP}}},
	{{{FROM_ETH(18), FROM_TAG, FROM_IP4(18)}, {KEEP_ETH, KEEP_TAG, KEEP_IP4}},
	 {{FROM_ETH(18), FROM_TAG, FROM_IP4(18)}, {KEEP_ETH, KEEP_TAG, KEEP_IP4, KEEP_TCP}}},
};
static const struct layout ip6_layouts[2] = {
	{{FROM_ETH(14), FROM_IP6(14)}, {KEEP_ETH, KEEP_IP6}},
	{{FROM_ETH(18), FROM_TAG, FROM_IP6(18)}, {KEEP_ETH, KEEP_TAG, KEEP_IP6}},
};

/* For each byte of a head the first of its 8 bits in the permuted word. TOS is in bits 4 to 11 of the
 * first two bytes of an IPv6 header, which are swapped. */
#define SHIFT_NONE UINT64_C(0x3830282018100800)
#define SHIFT_PROTO UINT64_C(0x3830042018100000)

/* Adds the tag's flag and the kind to the port, which is the first word of a head. */
static inline __m512i
fixed_of(uint32_t in_port, bool tagged, enum swp_head_kind kind)
{
	return _mm512_setr_epi64(in_port, tagged ? htons(FLOW_VLAN_CFI) << 16 : 0, 0, 0, 0, 0, 0,
				 (int)kind);
}

static inline __m512i
first_64(const uint8_t *data, size_t n)
{
	if (likely(n >= 64))
		return _mm512_loadu_si512(data);
	return _mm512_maskz_loadu_epi8((UINT64_C(1) << n) - 1, data);
}

static inline __m512i
permuted(const uint8_t *data, size_t n, const struct layout *l)
{
	return _mm512_permutexvar_epi8(_mm512_load_si512(l->from), first_64(data, n));
}

static inline void
head_store(struct swp_head *h, __m512i v, const struct layout *l, __m512i fixed)
{
	v = _mm512_or_si512(_mm512_and_si512(v, _mm512_load_si512(l->keep)), fixed);
	_mm512_store_si512(h->w, v);
}

/* Reads an IPv4 packet of 'n' bytes, as swp_head_ip4_read(). */
static inline bool
ip4_read(const uint8_t *data, size_t n, uint32_t in_port, bool tagged, struct swp_head *h)
{
	const size_t l3 = SWP_ETH_BYTES + (tagged ? SWP_TAG_BYTES : 0);
	const __m512i fixed = fixed_of(in_port, tagged, SWP_HEAD_OF_IP4);
	const struct layout *l = ip4_layouts[tagged];
	const uint8_t *p = data + l3;
	uint64_t first = swp_head_load(p, 8);
	uint32_t n_total = __builtin_bswap32((uint32_t)first) & UINT16_MAX, n_l4;

	if (unlikely((first & UINT64_C(0xff3f0000000000ff)) != 0x45 || n_total > n - l3))
		return false;
	if (p[9] == IPPROTO_UDP) {
		head_store(h, permuted(data, n, &l[0]), &l[0], fixed);
		return n_total >= SWP_IP4_BYTES + SWP_UDP_BYTES;
	}
	if (unlikely(p[9] != IPPROTO_TCP))
		return false;
	head_store(h, permuted(data, n, &l[1]), &l[1], fixed);
	n_l4 = p[SWP_IP4_BYTES + 12] >> 4 << 2;
	return n_l4 >= SWP_TCP_BYTES && SWP_IP4_BYTES + n_l4 <= n_total;
}

/* Reads an IPv6 packet of 'n' bytes, as swp_head_ip6_read(). */
static inline bool
ip6_read(const uint8_t *data, size_t n, uint32_t in_port, bool tagged, struct swp_head *h)
{
	const size_t l3 = SWP_ETH_BYTES + (tagged ? SWP_TAG_BYTES : 0), l4 = l3 + SWP_IP6_BYTES;
	const __m512i fixed = fixed_of(in_port, tagged, SWP_HEAD_OF_IP6);
	const __m512i shift = _mm512_mask_set1_epi64(_mm512_set1_epi64((int64_t)SHIFT_NONE),
						     1 << SWP_HEAD_PROTO, (int64_t)SHIFT_PROTO);
	const struct layout *l = &ip6_layouts[tagged];
	const uint8_t *p = data + l3;
	uint32_t n_payload = __builtin_bswap32((uint32_t)swp_head_load(p + 2, 4)) & UINT16_MAX;
	uint32_t n_l4, flags;
	__m512i v;

	if (unlikely(n < l4 + SWP_UDP_BYTES || p[0] >> 4 != 6 || n_payload > n - l4))
		return false;
	v = _mm512_multishift_epi64_epi8(shift, permuted(data, n, l));
	_mm256_store_si256((__m256i *)(void *)h->ip6,
			   _mm256_loadu_si256((const __m256i *)(const void *)(p + 8)));
	if (p[6] == IPPROTO_UDP) {
		head_store(h, v, l, fixed);
		return n_payload >= SWP_UDP_BYTES;
	}
	if (unlikely(p[6] != IPPROTO_TCP || n_payload < SWP_TCP_BYTES))
		return false;
	flags = (uint32_t)swp_head_load(data + l4 + 12, 2) & htons(0x0fff);
	head_store(h, v, l,
		   _mm512_or_si512(
			   fixed, _mm512_maskz_set1_epi64(1 << SWP_HEAD_L4, (int64_t)flags << 32)));
	n_l4 = data[l4 + 12] >> 4 << 2;
	return n_l4 >= SWP_TCP_BYTES && n_l4 <= n_payload;
}

static inline bool
read_one(const uint8_t *data, size_t n, uint32_t in_port, struct swp_head *h)
{
	uint16_t type;

	if (unlikely(n < SWP_PLAIN_BYTES))
		return false;
	type = (uint16_t)swp_head_load(data + 12, 2);
	if (likely(type == htons(0x0800)))
		return ip4_read(data, n, in_port, false, h);
	if (type == htons(0x86dd))
		return ip6_read(data, n, in_port, false, h);
	if (type != htons(0x8100) && type != htons(0x88a8))
		return false;
	type = (uint16_t)swp_head_load(data + 16, 2);
	if (type == htons(0x0800))
		return ip4_read(data, n, in_port, true, h);
	return type == htons(0x86dd) && ip6_read(data, n, in_port, true, h);
}

unsigned int
swp_heads_read_wide(struct rte_mbuf *const *mbufs, unsigned int n, uint32_t in_port,
		    struct swp_head *heads, struct swp_heads_sum *sum)
{
	return swp_heads_each(mbufs, n, in_port, heads, sum, read_one);
}
