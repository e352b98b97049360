/* SPDX-License-Identifier: Apache-2.0 */
#include "match_put.h"

#include "express.h"
#include "header.h"
#include "tunnel_put.h"

#include <arpa/inet.h>

/* A key or mask being written. 'shape' is always the key: it decides which headers there are. */
struct side {
	struct kdp_writer *w;
	const struct flow_key *shape;
	const struct flow_key *bits; /* the key, or the mask */
	const struct flow_key *mask; /* NULL: nothing is matched */
	bool is_mask;
};

static bool
is_zero(const void *p, size_t n)
{
	static const uint8_t zero[64];

	return !memcmp(p, zero, n);
}

/* A mask leaves out attributes without bits. */
static void
put(const struct side *s, int type, const void *data, size_t n)
{
	if (!s->is_mask || !is_zero(data, n))
		kdp_put(s->w, type, data, n);
}

static void
label_turn(const uint8_t from[16], uint8_t to[16])
{
	for (int i = 0; i < 16; i++)
		to[i] = from[htons(1) == 1 ? i : 15 - i];
}

/* Metadata of value 0 is written only if it is matched: the kernel takes what is not there for 0, and
 * may lack what it is about. */
static bool
is_wanted(const struct side *s, size_t ofs, size_t n)
{
	return !is_zero((const uint8_t *)s->bits + ofs, n) ||
	       (s->mask && !is_zero((const uint8_t *)s->mask + ofs, n));
}
#define WANTED(s, member) is_wanted(s, offsetof(struct flow_key, member), sizeof((s)->bits->member))

static void
orig4_put(const struct side *s)
{
	const struct flow_key *b = s->bits;
	struct ovs_key_ct_tuple_ipv4 t;

	memset(&t, 0, sizeof t);
	memcpy(&t.ipv4_src, b->ct_src.b + FLOW_IP6_V4_AT, sizeof t.ipv4_src);
	memcpy(&t.ipv4_dst, b->ct_dst.b + FLOW_IP6_V4_AT, sizeof t.ipv4_dst);
	t.src_port = b->ct_tp_src;
	t.dst_port = b->ct_tp_dst;
	t.ipv4_proto = b->ct_nw_proto;
	kdp_put(s->w, OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4, &t, sizeof t);
}

static void
orig6_put(const struct side *s)
{
	const struct flow_key *b = s->bits;
	struct ovs_key_ct_tuple_ipv6 t;

	memset(&t, 0, sizeof t);
	memcpy(t.ipv6_src, &b->ct_src, sizeof t.ipv6_src);
	memcpy(t.ipv6_dst, &b->ct_dst, sizeof t.ipv6_dst);
	t.src_port = b->ct_tp_src;
	t.dst_port = b->ct_tp_dst;
	t.ipv6_proto = b->ct_nw_proto;
	kdp_put(s->w, OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6, &t, sizeof t);
}

/* The kernel accepts the attribute of the packet's IP version alone, and none for neighbour
 * discovery, which has its own fields in that place. */
static void
orig_put(const struct side *s)
{
	if (!WANTED(s, ct_nw_proto))
		return;
	if (kdp_key_is_ip4(s->shape))
		orig4_put(s);
	else if (kdp_key_is_ip6(s->shape) && !kdp_key_is_nd(s->shape))
		orig6_put(s);
}

static void
tracking_put(const struct side *s)
{
	const struct flow_key *b = s->bits;
	uint8_t label[16];

	if (WANTED(s, ct_state))
		kdp_put_u32(s->w, OVS_KEY_ATTR_CT_STATE, b->ct_state);
	if (WANTED(s, ct_zone))
		kdp_put_u16(s->w, OVS_KEY_ATTR_CT_ZONE, b->ct_zone);
	if (WANTED(s, ct_mark))
		kdp_put_u32(s->w, OVS_KEY_ATTR_CT_MARK, b->ct_mark);
	if (WANTED(s, ct_label)) {
		label_turn(b->ct_label, label);
		kdp_put(s->w, OVS_KEY_ATTR_CT_LABELS, label, sizeof label);
	}
	orig_put(s);
}

static void
metadata_put(const struct side *s)
{
	const struct flow_key *b = s->bits;

	if (WANTED(s, recirc_id))
		kdp_put_u32(s->w, OVS_KEY_ATTR_RECIRC_ID, b->recirc_id);
	if (WANTED(s, dp_hash))
		kdp_put_u32(s->w, OVS_KEY_ATTR_DP_HASH, b->dp_hash);
	if (WANTED(s, skb_mark))
		kdp_put_u32(s->w, OVS_KEY_ATTR_SKB_MARK, b->skb_mark);
	tracking_put(s);
	if (s->is_mask || b->in_port != FLOW_PORT_NONE)
		put(s, OVS_KEY_ATTR_IN_PORT, &b->in_port, sizeof b->in_port);
	kdp_tunnel_put(s->w, OVS_KEY_ATTR_TUNNEL, &s->shape->tun, &b->tun, s->is_mask);
}

/* The kernel's kinds are numbers: none 0, first 1, later 2. Of their bits the second alone
 * distinguishes later fragments from others. */
static uint8_t
frag_of(const struct side *s)
{
	uint8_t frag = s->bits->nw_frag;

	if (!s->is_mask)
		return frag & FLOW_FRAG_LATER ? OVS_FRAG_TYPE_LATER
		       : frag		      ? OVS_FRAG_TYPE_FIRST
					      : OVS_FRAG_TYPE_NONE;
	if (frag == FLOW_FRAG_LATER && !(s->shape->nw_frag & FLOW_FRAG_LATER))
		return OVS_FRAG_TYPE_LATER;
	return frag ? UINT8_MAX : 0;
}

static void
header_put(const struct side *s, uint16_t type)
{
	uint8_t header[KDP_HEADER_BYTES];
	size_t n = kdp_header_make(type, s->bits, header);

	if (type == OVS_KEY_ATTR_IPV4)
		header[offsetof(struct ovs_key_ipv4, ipv4_frag)] = frag_of(s);
	else if (type == OVS_KEY_ATTR_IPV6)
		header[offsetof(struct ovs_key_ipv6, ipv6_frag)] = frag_of(s);
	put(s, type, header, n);
}

/* The kernel takes as many labels as are written, and matches that a packet has them. A key and its
 * mask have the same number: up to the last that is matched, or one. */
static void
mpls_put(const struct side *s)
{
	int n = KDP_MPLS_LABELS;

	while (n > 1 && !s->mask->mpls[n - 1])
		n--;
	put(s, OVS_KEY_ATTR_MPLS, s->bits->mpls, (size_t)n * sizeof *s->bits->mpls);
}

static void
l4_put(const struct side *s)
{
	uint16_t type = kdp_key_transport(s->shape);

	if (type)
		header_put(s, type);
	if (type == OVS_KEY_ATTR_TCP)
		header_put(s, OVS_KEY_ATTR_TCP_FLAGS);
	if (kdp_key_is_nd(s->shape))
		header_put(s, OVS_KEY_ATTR_ND);
}

static void
type_put(const struct side *s)
{
	bool is_none = s->shape->eth_type == htons(FLOW_ETH_TYPE_NONE);
	bool is_wild = !s->bits->eth_type;

	if (!is_wild && (s->is_mask || !is_none))
		kdp_put(s->w, OVS_KEY_ATTR_ETHERTYPE, &s->bits->eth_type, 2);
}

static void
payload_put(const struct side *s)
{
	type_put(s);
	if (kdp_key_is_ip4(s->shape))
		header_put(s, OVS_KEY_ATTR_IPV4);
	else if (kdp_key_is_ip6(s->shape))
		header_put(s, OVS_KEY_ATTR_IPV6);
	else if (kdp_key_is_arp(s->shape))
		header_put(s, OVS_KEY_ATTR_ARP);
	else if (kdp_key_is_mpls(s->shape))
		mpls_put(s);
	l4_put(s);
}

/* What follows a tag is nested in it. */
static void
l2_put(const struct side *s)
{
	int n = kdp_key_n_tags(s->shape);
	struct nlattr *nests[FLOW_VLANS];

	header_put(s, OVS_KEY_ATTR_ETHERNET);
	for (int i = 0; i < n; i++) {
		kdp_put_u16(s->w, OVS_KEY_ATTR_ETHERTYPE, s->bits->vlan[i].tpid);
		kdp_put_u16(s->w, OVS_KEY_ATTR_VLAN, s->bits->vlan[i].tci);
		nests[i] = kdp_nest(s->w, OVS_KEY_ATTR_ENCAP);
	}
	payload_put(s);
	while (n)
		kdp_nest_end(s->w, nests[--n]);
}

static void
side_put(const struct side *s, int type)
{
	struct nlattr *nest = kdp_nest(s->w, type);

	metadata_put(s);
	l2_put(s);
	kdp_nest_end(s->w, nest);
}

void
kdp_match_put(struct kdp_writer *w, const struct flow_match *m, const struct flow_key *packet)
{
	const struct flow_key *shape = packet ? packet : &m->key;
	struct side key = {w, shape, shape, &m->mask, false};
	struct side mask = {w, shape, &m->mask, &m->mask, true};

	side_put(&key, OVS_FLOW_ATTR_KEY);
	side_put(&mask, OVS_FLOW_ATTR_MASK);
}

void
kdp_metadata_put(struct kdp_writer *w, int type, const struct flow_key *key)
{
	struct side s = {w, key, key, NULL, false};
	struct nlattr *nest = kdp_nest(w, type);

	metadata_put(&s);
	kdp_nest_end(w, nest);
}
