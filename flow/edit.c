/* SPDX-License-Identifier: Apache-2.0 */
#include "nd.h"
#include "wire.h"

#include <flow/action.h>
#include <flow/checksum.h>

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stddef.h>

/* The packet being edited. */
struct packet {
	struct flow_buffer *buf;
	struct flow_key *key;
	struct flow_offsets *ofs;
};

/* The part of a packet that must exist for a field to exist. */
enum place { IN_KEY, IN_ETH, IN_TAG, IN_INNER_TAG, IN_MPLS, IN_L3, IN_L4, IN_ND, IN_ND_OPTION };

/* How a field is copied from the key, where it was set, to the packet. */
struct site {
	uint8_t place; /* enum place */
	uint8_t at;    /* byte offset in the layer */
	void (*write)(const struct packet *p, const struct site *s, const struct flow_field *f);
};

static uint8_t *
layer(const struct packet *p, uint16_t ofs)
{
	return p->buf->data + ofs;
}

static bool
is_ip4(const struct packet *p)
{
	return p->key->eth_type == htons(ETHERTYPE_IP);
}

/* Writes 'n' bytes at 'at' in a layer whose checksummed words begin at its start. Returns the
 * change of their sum. */
static uint64_t
rewrite(uint8_t *start, size_t at, const void *bytes, size_t n)
{
	uint8_t old[18];
	size_t from = at & ~(size_t)1, n_words = ((at + n + 1) & ~(size_t)1) - from;

	memcpy(old, start + from, n_words);
	memcpy(start + at, bytes, n);
	return checksum_delta(old, start + from, n_words);
}

/* 'in_pseudo': the change is in the pseudo-header, not in the layer. */
static void
l4_csum_update(const struct packet *p, uint64_t delta, bool in_pseudo)
{
	uint8_t *l4;

	if (p->ofs->l4 == FLOW_OFS_NONE)
		return;
	l4 = layer(p, p->ofs->l4);
	if (p->key->nw_proto == IPPROTO_TCP)
		checksum_update(l4 + TCP_CSUM_AT, delta);
	else if (p->key->nw_proto == IPPROTO_UDP)
		checksum_update_udp(l4 + UDP_CSUM_AT, delta);
	else if (p->key->nw_proto == (is_ip4(p) ? IPPROTO_ICMP : IPPROTO_ICMPV6) &&
		 !(in_pseudo && is_ip4(p)))
		checksum_update(l4 + ICMP_CSUM_AT, delta);
}

/* Returns true if a routing header has segments left: it then names the final destination, which is
 * the one in the pseudo-header. The parser has found all headers up to L4 to be whole. */
static bool
has_pending_route(const struct packet *p)
{
	const uint8_t *ip = layer(p, p->ofs->l3);
	const uint8_t *ext = ip + IP6_BYTES, *l4 = layer(p, p->ofs->l4);
	uint8_t type = ip[6];

	if (p->ofs->l4 == FLOW_OFS_NONE)
		return false;
	while (ext < l4) {
		if (type == IPPROTO_ROUTING && ext[3])
			return true;
		size_t n = type == IPPROTO_AH	      ? (ext[1] + (size_t)2) * 4
			   : type == IPPROTO_FRAGMENT ? IP6_EXT_BYTES
						      : (ext[1] + (size_t)1) * 8;
		type = ext[0];
		ext += n;
	}
	return false;
}

/* Returns the number of bytes from the L4 header to the end of the IP packet. */
static size_t
l4_bytes(const struct packet *p)
{
	const uint8_t *ip = layer(p, p->ofs->l3);
	size_t n = is_ip4(p) ? ntohs(wire_get16(ip + 2))
			     : IP6_BYTES + (size_t)ntohs(wire_get16(ip + 4));

	return n - (size_t)(p->ofs->l4 - p->ofs->l3);
}

/* Returns false for a malformed message. 'at': offset of the address from the L4 header; 0
 * without the option. */
static bool
find_nd_option(const struct packet *p, size_t *at)
{
	size_t n_here, n;

	if (p->ofs->l4 == FLOW_OFS_NONE)
		return false;
	n_here = p->buf->n - p->ofs->l4;
	n = l4_bytes(p);
	return nd_find(layer(p, p->ofs->l4), n < n_here ? n : n_here, at);
}

static const void *
in_key(const struct packet *p, const struct flow_field *f)
{
	return (const uint8_t *)p->key + f->ofs;
}

static void
write_eth(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	memcpy(p->buf->data + s->at, in_key(p, f), f->n_bytes);
}

/* The drop-eligible bit is kept. A key uses its position for "present". */
static void
write_tag(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	struct flow_vlan *tag = &p->key->vlan[s->place == IN_INNER_TAG];
	uint8_t *tci = p->buf->data + s->at;
	be16 dei = htons(FLOW_VLAN_CFI);

	(void)f;
	tag->tci |= dei;
	wire_put16(tci, (be16)((tag->tci & ~dei) | (wire_get16(tci) & dei)));
}

static void
write_mpls(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	memcpy(layer(p, p->ofs->l2_5) + s->at, in_key(p, f), f->n_bytes);
}

static void
write_ip4(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	uint8_t *ip = layer(p, p->ofs->l3);
	uint64_t delta = rewrite(ip, s->at, in_key(p, f), f->n_bytes);

	checksum_update(ip + IP4_CSUM_AT, delta);
	if (f->format == FLOW_FMT_IP4)
		l4_csum_update(p, delta, true);
}

static void
write_ip6(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	uint64_t delta = rewrite(layer(p, p->ofs->l3), s->at, in_key(p, f), f->n_bytes);

	if (f != &flow_fields[FLOW_FIELD_IPV6_DST] || !has_pending_route(p))
		l4_csum_update(p, delta, true);
}

/* Version, traffic class and flow label share a word. */
static void
write_ip6_first(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	(void)f;
	wire_put32(layer(p, p->ofs->l3) + s->at,
		   htonl(6u << 28 | (uint32_t)p->key->nw_tos << 20) | p->key->ipv6_label);
}

static void
write_tos(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	static const struct site ip4 = {IN_L3, 1, write_ip4};

	if (is_ip4(p))
		write_ip4(p, &ip4, f);
	else
		write_ip6_first(p, s, f);
}

static void
write_ttl(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	static const struct site ip4 = {IN_L3, IP4_TTL_AT, write_ip4};

	if (is_ip4(p))
		write_ip4(p, &ip4, f);
	else
		layer(p, p->ofs->l3)[s->at] = p->key->nw_ttl;
}

static void
write_arp(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	memcpy(layer(p, p->ofs->l3) + s->at, in_key(p, f), f->n_bytes);
}

static void
write_arp_op(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	(void)f;
	wire_put16(layer(p, p->ofs->l3) + s->at, htons(p->key->nw_proto));
}

static void
rewrite_l4(const struct packet *p, size_t at, const void *bytes, size_t n)
{
	l4_csum_update(p, rewrite(layer(p, p->ofs->l4), at, bytes, n), false);
}

static void
write_l4(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	rewrite_l4(p, s->at, in_key(p, f), f->n_bytes);
}

/* SCTP's CRC covers the whole message, so it cannot be updated in a fragment. */
static void
write_sctp(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	uint8_t *l4 = layer(p, p->ofs->l4);
	be32 old = wire_get32(l4);

	memcpy(l4 + s->at, in_key(p, f), f->n_bytes);
	if (!p->key->nw_frag)
		wire_put32(l4 + SCTP_CSUM_AT,
			   wire_get32(l4 + SCTP_CSUM_AT) ^
				   checksum_crc32c_delta(old ^ wire_get32(l4),
							 l4_bytes(p) - sizeof old));
}

/* Type and code decide how ICMPv6 is parsed, so the key is made again. */
static void
write_icmp(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	const uint8_t *be = in_key(p, f);

	rewrite_l4(p, s->at, be + 1, 1);
	if (!is_ip4(p))
		flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, p->key, p->ofs);
}

static void
write_nd_option(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	size_t at;

	(void)s;
	if (find_nd_option(p, &at))
		rewrite_l4(p, at, in_key(p, f), f->n_bytes);
}

#define SITE(id, place, at, write) [FLOW_FIELD_##id] = {(place), (at), (write)}

static const struct site sites[FLOW_N_FIELDS] = {
	SITE(ETH_DST, IN_ETH, 0, write_eth),
	SITE(ETH_SRC, IN_ETH, 6, write_eth),
	SITE(VLAN_TCI, IN_TAG, ETH_BYTES, write_tag),
	SITE(VLAN_VID, IN_TAG, ETH_BYTES, write_tag),
	SITE(VLAN_PCP, IN_TAG, ETH_BYTES, write_tag),
	SITE(INNER_VLAN_TCI, IN_INNER_TAG, ETH_BYTES + VLAN_BYTES, write_tag),
	SITE(MPLS_LABEL, IN_MPLS, 0, write_mpls),
	SITE(MPLS_TC, IN_MPLS, 0, write_mpls),
	SITE(MPLS_TTL, IN_MPLS, 0, write_mpls),
	SITE(NW_SRC, IN_L3, 12, write_ip4),
	SITE(NW_DST, IN_L3, 16, write_ip4),
	SITE(IPV6_SRC, IN_L3, 8, write_ip6),
	SITE(IPV6_DST, IN_L3, 24, write_ip6),
	SITE(IPV6_LABEL, IN_L3, 0, write_ip6_first),
	SITE(NW_TOS, IN_L3, 0, write_tos),
	SITE(IP_DSCP, IN_L3, 0, write_tos),
	SITE(NW_ECN, IN_L3, 0, write_tos),
	SITE(NW_TTL, IN_L3, IP6_TTL_AT, write_ttl),
	SITE(ARP_OP, IN_L3, 6, write_arp_op),
	SITE(ARP_SHA, IN_L3, 8, write_arp),
	SITE(ARP_SPA, IN_L3, 14, write_arp),
	SITE(ARP_THA, IN_L3, 18, write_arp),
	SITE(ARP_TPA, IN_L3, 24, write_arp),
	SITE(ND_TARGET, IN_ND, ICMP_BYTES, write_l4),
	SITE(ND_SLL, IN_ND_OPTION, 0, write_nd_option),
	SITE(ND_TLL, IN_ND_OPTION, 0, write_nd_option),
	SITE(TCP_SRC, IN_L4, 0, write_l4),
	SITE(TCP_DST, IN_L4, 2, write_l4),
	SITE(UDP_SRC, IN_L4, 0, write_l4),
	SITE(UDP_DST, IN_L4, 2, write_l4),
	SITE(SCTP_SRC, IN_L4, 0, write_sctp),
	SITE(SCTP_DST, IN_L4, 2, write_sctp),
	SITE(ICMP_TYPE, IN_L4, 0, write_icmp),
	SITE(ICMP_CODE, IN_L4, 1, write_icmp),
	SITE(ICMPV6_TYPE, IN_L4, 0, write_icmp),
	SITE(ICMPV6_CODE, IN_L4, 1, write_icmp),
};

static bool
has_field(const struct packet *p, const struct site *s, const struct flow_field *f)
{
	size_t option;

	if (!flow_prereq_ok(f->prereq, p->key, NULL))
		return false;
	switch ((enum place)s->place) {
	case IN_KEY:
		return true;
	case IN_ETH:
		return p->buf->n >= ETH_BYTES;
	case IN_TAG:
		return p->key->vlan[0].tpid;
	case IN_INNER_TAG:
		return p->key->vlan[1].tpid;
	case IN_MPLS:
		return p->ofs->l2_5 != FLOW_OFS_NONE;
	case IN_L3:
		return p->ofs->l3 != FLOW_OFS_NONE;
	case IN_L4:
		return p->ofs->l4 != FLOW_OFS_NONE;
	case IN_ND:
		return find_nd_option(p, &option);
	case IN_ND_OPTION:
		return find_nd_option(p, &option) && option;
	}
	return false;
}

static int
set_field(const struct packet *p, const struct flow_action *a)
{
	const struct flow_field *f = &flow_fields[a->set.field];
	const struct site *s = &sites[a->set.field];
	struct flow_value value, mask;

	if (!has_field(p, s, f))
		return 0;
	flow_value_widen(a->set.value, &value);
	flow_value_widen(a->set.mask, &mask);
	flow_field_set_masked(f, p->key, &value, &mask);
	if (s->write)
		s->write(p, s, f);
	return 0;
}

static uint16_t
moved(uint16_t ofs, int n_bytes)
{
	return ofs == FLOW_OFS_NONE ? ofs : (uint16_t)(ofs + n_bytes);
}

/* Moves the MAC addresses, and with them the frame's start, by 'n_bytes' forwards
 * (negative: backwards). */
static void
move_start(const struct packet *p, int n_bytes)
{
	struct flow_buffer *buf = p->buf;

	memmove(buf->data + n_bytes, buf->data, ETH_TYPE_AT);
	buf->data += n_bytes;
	buf->n = (size_t)((ptrdiff_t)buf->n - n_bytes);
	buf->n_head = (size_t)((ptrdiff_t)buf->n_head + n_bytes);
	p->ofs->l2_5 = moved(p->ofs->l2_5, -n_bytes);
	p->ofs->l3 = moved(p->ofs->l3, -n_bytes);
	p->ofs->l4 = moved(p->ofs->l4, -n_bytes);
}

/* Only the parser can handle more tags than a key holds, or offsets near their limit. */
static bool
must_reparse(const struct packet *p)
{
	return (p->key->vlan[FLOW_VLANS - 1].tpid && wire_is_tpid(p->key->eth_type)) ||
	       p->buf->n + p->buf->n_more > UINT16_MAX - VLAN_BYTES;
}

static int
push_vlan(const struct packet *p, const struct flow_action *a)
{
	struct flow_key *key = p->key;
	bool deep = key->vlan[FLOW_VLANS - 1].tpid;

	if (p->buf->n < ETH_BYTES || !wire_is_tpid(a->vlan.tpid))
		return -EINVAL;
	if (p->buf->n_head < VLAN_BYTES)
		return -ENOSPC;
	move_start(p, -VLAN_BYTES);
	wire_put16(p->buf->data + ETH_TYPE_AT, a->vlan.tpid);
	wire_put16(p->buf->data + ETH_BYTES, a->vlan.tci & htons((uint16_t)~FLOW_VLAN_CFI));
	key->vlan[1] = key->vlan[0];
	key->vlan[0].tpid = a->vlan.tpid;
	key->vlan[0].tci = a->vlan.tci | htons(FLOW_VLAN_CFI);
	if (deep || must_reparse(p))
		flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, key, p->ofs);
	return 0;
}

static int
pop_vlan(const struct packet *p)
{
	struct flow_key *key = p->key;
	bool deep = must_reparse(p);

	if (!key->vlan[0].tpid)
		return 0;
	move_start(p, VLAN_BYTES);
	key->vlan[0] = key->vlan[1];
	key->vlan[1] = (struct flow_vlan){0};
	if (deep)
		flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, key, p->ofs);
	return 0;
}

/* Returns the offset of the payload's Ethernet type, or 0 if the frame has none. */
static size_t
last_type_at(const struct packet *p)
{
	size_t at = ETH_TYPE_AT;

	for (int i = 0; i < FLOW_VLANS && p->key->vlan[i].tpid; i++)
		at += VLAN_BYTES;
	if (at + sizeof(be16) > p->buf->n || ntohs(wire_get16(p->buf->data + at)) < ETH_TYPE_MIN)
		return 0;
	return at;
}

/* Moves the bytes before 'at' by 'n_bytes' forwards (negative: backwards). The caller parses the
 * packet again, as other headers are visible now. */
static void
move_before(const struct packet *p, size_t at, int n_bytes)
{
	struct flow_buffer *buf = p->buf;

	memmove(buf->data + n_bytes, buf->data, at);
	buf->data += n_bytes;
	buf->n = (size_t)((ptrdiff_t)buf->n - n_bytes);
	buf->n_head = (size_t)((ptrdiff_t)buf->n_head + n_bytes);
}

static int
push_mpls(const struct packet *p, const struct flow_action *a)
{
	size_t type_at = last_type_at(p), at = type_at + sizeof(be16);

	if (!type_at || !wire_is_mpls(a->mpls.eth_type))
		return -EINVAL;
	if (p->buf->n_head < MPLS_BYTES)
		return -ENOSPC;
	move_before(p, at, -MPLS_BYTES);
	wire_put16(p->buf->data + type_at, a->mpls.eth_type);
	wire_put32(p->buf->data + at, a->mpls.lse);
	flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, p->key, p->ofs);
	return 0;
}

/* The type is the two bytes before the label: of Ethernet, a tag or SNAP. */
static int
pop_mpls(const struct packet *p, const struct flow_action *a)
{
	size_t at = p->ofs->l2_5;

	if (!wire_is_mpls(p->key->eth_type) || at == FLOW_OFS_NONE)
		return 0;
	wire_put16(p->buf->data + at - sizeof(be16), a->mpls.eth_type);
	move_before(p, at, MPLS_BYTES);
	flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, p->key, p->ofs);
	return 0;
}

/* Returns the TTL below the outermost label; NULL if neither a label nor IP follows. '*is_ip4': it
 * is covered by an IPv4 checksum. */
static uint8_t *
ttl_below_label(const struct packet *p, bool *is_ip4)
{
	const uint8_t *label = layer(p, p->ofs->l2_5);
	uint8_t *below = layer(p, p->ofs->l2_5 + MPLS_BYTES);
	size_t n = p->buf->n - p->ofs->l2_5 - MPLS_BYTES;

	*is_ip4 = false;
	if (!(wire_get32(label) & htonl(MPLS_BOS)))
		return n < MPLS_BYTES ? NULL : below + MPLS_TTL_AT;
	if (n >= IP6_BYTES && *below >> 4 == 6)
		return below + IP6_TTL_AT;
	*is_ip4 = n >= IP4_BYTES && *below >> 4 == 4;
	return *is_ip4 ? below + IP4_TTL_AT : NULL;
}

static int
copy_ttl(const struct packet *p, const struct flow_action *a)
{
	uint8_t *outer, *inner;
	bool is_ip4;

	if (!wire_is_mpls(p->key->eth_type) || p->ofs->l2_5 == FLOW_OFS_NONE)
		return 0;
	outer = layer(p, p->ofs->l2_5 + MPLS_TTL_AT);
	inner = ttl_below_label(p, &is_ip4);
	if (!inner)
		return 0;
	if (a->type == FLOW_ACTION_COPY_TTL_OUT) {
		*outer = *inner;
	} else if (is_ip4) {
		uint8_t *ip = inner - IP4_TTL_AT;

		checksum_update(ip + IP4_CSUM_AT, rewrite(ip, IP4_TTL_AT, outer, 1));
	} else {
		*inner = *outer;
	}
	flow_parse_part(p->buf->data, p->buf->n, p->buf->n_more, p->key, p->ofs);
	return 0;
}

int
flow_edit(const struct flow_action *a, struct flow_buffer *buf, struct flow_key *key,
	  struct flow_offsets *ofs)
{
	struct packet p = {.buf = buf, .key = key, .ofs = ofs};

	if (a->type == FLOW_ACTION_PUSH_VLAN)
		return push_vlan(&p, a);
	if (a->type == FLOW_ACTION_POP_VLAN)
		return pop_vlan(&p);
	if (a->type == FLOW_ACTION_PUSH_MPLS)
		return push_mpls(&p, a);
	if (a->type == FLOW_ACTION_POP_MPLS)
		return pop_mpls(&p, a);
	if (a->type == FLOW_ACTION_COPY_TTL_OUT || a->type == FLOW_ACTION_COPY_TTL_IN)
		return copy_ttl(&p, a);
	if (a->type != FLOW_ACTION_SET || a->set.field >= FLOW_N_FIELDS ||
	    !flow_fields[a->set.field].settable)
		return -EINVAL;
	return set_field(&p, a);
}
