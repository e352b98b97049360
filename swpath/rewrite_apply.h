/* SPDX-License-Identifier: Apache-2.0 */
/* Performs compiled edits (rewrite.h) on packets.
 *
 * Thread safety: pure. Needs no EAL. */
#pragma once

#include "rewrite.h"

#define SWP_IP4_CSUM_AT 10
#define SWP_IP4_ADDRESSES_AT 12
#define SWP_IP6_ADDRESSES_AT 8
#define SWP_TCP_CSUM_AT 16
#define SWP_UDP_CSUM_AT 6
#define SWP_MACS_BYTES 12

static inline uint8_t
swp_proto_of(uint64_t word)
{
	return (uint8_t)(word >> 32);
}

static inline uint8_t
swp_tos_of(uint64_t word)
{
	return (uint8_t)(word >> 40);
}

static inline uint8_t
swp_ttl_of(uint64_t word)
{
	return (uint8_t)(word >> 48);
}

/* Returns the change of a ones' complement sum, of 32 bits at a time. */
static inline uint64_t
swp_delta32(uint32_t old, uint32_t new)
{
	return (uint64_t)(uint32_t)~old + new;
}

static inline uint64_t
swp_delta64(uint64_t old, uint64_t new)
{
	return swp_delta32((uint32_t)old, (uint32_t) new) +
	       swp_delta32((uint32_t)(old >> 32), (uint32_t)(new >> 32));
}

/* Adds the halves of a word with the carry, and those of the sum. */
static inline uint16_t
swp_csum_fold(uint64_t sum)
{
	uint32_t half = (uint32_t)((sum + (sum << 32 | sum >> 32)) >> 32);

	return (uint16_t)((half + (half << 16 | half >> 16)) >> 16);
}

/* As checksum_update(), for a change. */
static inline void
swp_csum_update(uint8_t *p, uint64_t delta)
{
	uint16_t csum = (uint16_t)swp_head_load(p, sizeof csum);

	csum = (uint16_t)~swp_csum_fold(delta + (uint16_t)~csum);
	memcpy(p, &csum, sizeof csum);
}

/* As checksum_update_udp(). */
static inline void
swp_csum_update_udp(uint8_t *p, uint64_t delta)
{
	static const uint16_t zero = UINT16_MAX;

	if (!swp_head_load(p, sizeof zero))
		return;
	swp_csum_update(p, delta);
	if (!swp_head_load(p, sizeof zero))
		memcpy(p, &zero, sizeof zero);
}

/* Writes ports, and updates the checksum for them and for addresses whose change is 'delta'. */
static inline void
swp_l4_apply(uint64_t old, uint64_t new, uint64_t delta, bool tcp, uint8_t *l4)
{
	uint32_t ports = (uint32_t) new;

	delta += swp_delta32((uint32_t)old, ports);
	memcpy(l4, &ports, sizeof ports);
	if (tcp)
		swp_csum_update(l4 + SWP_TCP_CSUM_AT, delta);
	else
		swp_csum_update_udp(l4 + SWP_UDP_CSUM_AT, delta);
}

/* 'new' are the words of the edit, 'l4' the edited word L4. */
static inline void
swp_ip4_apply(const struct swp_head *h, const uint64_t new[SWP_EDIT_WORDS], uint64_t l4, bool tcp,
	      uint8_t *ip)
{
	uint64_t o = h->w[SWP_HEAD_PROTO], n = new[SWP_HEAD_PROTO - SWP_HEAD_ETH];
	uint64_t from = h->w[SWP_HEAD_IP4], to = new[SWP_HEAD_IP4 - SWP_HEAD_ETH];
	uint64_t addresses = from == to ? 0 : swp_delta64(from, to);

	if (addresses || (o ^ n) >> 32) {
		/* TOS and TTL are bytes of words, whose other bytes are as before. */
		uint64_t bytes = 2 * UINT16_MAX + swp_ttl_of(n) + ((uint64_t)swp_tos_of(n) << 8) -
				 swp_ttl_of(o) - ((uint64_t)swp_tos_of(o) << 8);

		ip[1] = swp_tos_of(n);
		ip[8] = swp_ttl_of(n);
		memcpy(ip + SWP_IP4_ADDRESSES_AT, &to, sizeof to);
		swp_csum_update(ip + SWP_IP4_CSUM_AT, addresses + bytes);
	}
	if (addresses || h->w[SWP_HEAD_L4] != l4)
		swp_l4_apply(h->w[SWP_HEAD_L4], l4, addresses, tcp, ip + SWP_IP4_BYTES);
}

static inline void
swp_ip6_apply(const struct swp_rewrite *r, const struct swp_head *h, uint64_t word, uint64_t l4,
	      bool tcp, uint8_t *ip)
{
	uint32_t first = (uint32_t)word | htonl(6u << 28 | (uint32_t)swp_tos_of(word) << 20);
	uint64_t addresses = 0, new[SWP_IP6_WORDS];

	memcpy(ip, &first, sizeof first);
	ip[7] = swp_ttl_of(word);
	for (unsigned int i = 0; i < SWP_IP6_WORDS; i++) {
		new[i] = (h->ip6[i] & r->keep_ip6[i]) | r->set_ip6[i];
		if (h->ip6[i] != new[i])
			addresses += swp_delta64(h->ip6[i], new[i]);
	}
	memcpy(ip + SWP_IP6_ADDRESSES_AT, new, sizeof new);
	if (addresses || h->w[SWP_HEAD_L4] != l4)
		swp_l4_apply(h->w[SWP_HEAD_L4], l4, addresses, tcp, ip + SWP_IP6_BYTES);
}

/* Writes MAC addresses, and the tag that is pushed, to the start of the edited packet. */
static inline void
swp_eth_apply(const struct swp_rewrite *r, const uint64_t new[SWP_EDIT_WORDS], uint8_t *start)
{
	memcpy(start, &new[0], sizeof new[0]);
	memcpy(start + 8, &new[1], SWP_MACS_BYTES - 8);
	if (r->tag_edit == SWP_TAG_PUSHED) {
		memcpy(start + SWP_MACS_BYTES, &r->tpid, sizeof r->tpid);
		memcpy(start + SWP_MACS_BYTES + 2, &r->tci, sizeof r->tci);
	}
}

/* Edits the packet at 'data', whose head is 'h' and which has room for a pushed tag before it. Its
 * start moves by 'moves', from swp_rewrite_moves(). */
static inline void
swp_rewrite_apply(const struct swp_rewrite *r, const struct swp_head *h, uint8_t *data, int moves)
{
	bool tcp = swp_proto_of(h->w[SWP_HEAD_PROTO]) == IPPROTO_TCP;
	uint8_t *ip = data + SWP_ETH_BYTES + (h->w[SWP_HEAD_VLAN] ? SWP_TAG_BYTES : 0);
	unsigned int k = tcp ? SWP_EDIT_TCP : SWP_EDIT_UDP;
	uint64_t new[SWP_EDIT_WORDS], l4 = (h->w[SWP_HEAD_L4] & r->keep[k]) | r->set[k];

#pragma GCC unroll 4
	for (unsigned int i = 0; i < SWP_EDIT_TCP; i++)
		new[i] = (h->w[SWP_HEAD_ETH + i] & r->keep[i]) | r->set[i];
	if (h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4)
		swp_ip4_apply(h, new, l4, tcp, ip);
	else
		swp_ip6_apply(r, h, new[SWP_HEAD_PROTO - SWP_HEAD_ETH], l4, tcp, ip);
	swp_eth_apply(r, new, data + moves);
}
