/* SPDX-License-Identifier: Apache-2.0 */
#include "match_get.h"

#include "express.h"
#include "header.h"
#include "tunnel_get.h"

#include <flow/parse.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/openvswitch.h>

#define FIXED(type, n) [OVS_KEY_ATTR_##type] = {NLA_UNSPEC, n, n}
static const struct nla_policy policy[OVS_KEY_ATTR_MAX + 1] = {
	[OVS_KEY_ATTR_ENCAP] = {NLA_NESTED, 0, 0},
	[OVS_KEY_ATTR_TUNNEL] = {NLA_NESTED, 0, 0},
	[OVS_KEY_ATTR_MPLS] = {NLA_UNSPEC, 0, 0}, /* as many labels as are matched */
	FIXED(PRIORITY, 4),
	FIXED(IN_PORT, 4),
	FIXED(ETHERNET, sizeof(struct ovs_key_ethernet)),
	FIXED(VLAN, 2),
	FIXED(ETHERTYPE, 2),
	FIXED(IPV4, sizeof(struct ovs_key_ipv4)),
	FIXED(IPV6, sizeof(struct ovs_key_ipv6)),
	FIXED(TCP, sizeof(struct ovs_key_tcp)),
	FIXED(UDP, sizeof(struct ovs_key_udp)),
	FIXED(ICMP, sizeof(struct ovs_key_icmp)),
	FIXED(ICMPV6, sizeof(struct ovs_key_icmpv6)),
	FIXED(ARP, sizeof(struct ovs_key_arp)),
	FIXED(ND, sizeof(struct ovs_key_nd)),
	FIXED(SKB_MARK, 4),
	FIXED(SCTP, sizeof(struct ovs_key_sctp)),
	FIXED(TCP_FLAGS, 2),
	FIXED(DP_HASH, 4),
	FIXED(RECIRC_ID, 4),
	FIXED(CT_STATE, 4),
	FIXED(CT_ZONE, 2),
	FIXED(CT_MARK, 4),
	FIXED(CT_LABELS, sizeof(struct ovs_key_ct_labels)),
	FIXED(CT_ORIG_TUPLE_IPV4, sizeof(struct ovs_key_ct_tuple_ipv4)),
	FIXED(CT_ORIG_TUPLE_IPV6, sizeof(struct ovs_key_ct_tuple_ipv6)),
};

/* Masks of these are refused. */
static const struct {
	uint16_t type;
	const char *name;
} unknown[] = {
	{OVS_KEY_ATTR_PRIORITY, "skb_priority"},   {OVS_KEY_ATTR_NSH, "nsh"},
	{OVS_KEY_ATTR_PACKET_TYPE, "packet_type"}, {OVS_KEY_ATTR_ND_EXTENSIONS, "nd_ext"},
	{OVS_KEY_ATTR_TUNNEL_INFO, "tunnel_info"}, {OVS_KEY_ATTR_IPV6_EXTHDRS, "ipv6_exthdr"},
};

/* A key or mask being read. */
struct side {
	const struct flow_key *shape; /* the key; NULL while the key itself is read */
	struct flow_key *out;
	const char **refused;
};

/* Attributes by type. */
typedef struct nlattr *const attrs[OVS_KEY_ATTR_MAX + 1];

static void
copy(const struct nlattr *a, void *out, size_t n)
{
	if (a)
		memcpy(out, nla_data(a), n);
}

static bool
is_set(const struct nlattr *a)
{
	const uint8_t *b = nla_data(a);

	for (int i = 0; i < nla_len(a); i++) {
		if (b[i])
			return true;
	}
	return false;
}

static int
refuse(const struct side *s, const char *name)
{
	*s->refused = name;
	return -EOPNOTSUPP;
}

static int
unknown_check(const struct side *s, attrs a)
{
	for (size_t i = 0; s->shape && i < sizeof unknown / sizeof *unknown; i++) {
		const struct nlattr *one = a[unknown[i].type];

		if (one && is_set(one))
			return refuse(s, unknown[i].name);
	}
	return 0;
}

static void
in_port_get(const struct side *s, const struct nlattr *a)
{
	uint32_t v = 0;

	copy(a, &v, sizeof v);
	/* The kernel writes 0xffff0000 for a port that is not matched. */
	if (s->shape)
		s->out->in_port = (uint16_t)v == UINT16_MAX ? UINT32_MAX : 0;
	else
		s->out->in_port = a ? v : FLOW_PORT_NONE;
}

static void
orig4_get(struct flow_key *k, const struct nlattr *a)
{
	const struct ovs_key_ct_tuple_ipv4 *t = nla_data(a);

	memcpy(k->ct_src.b + FLOW_IP6_V4_AT, &t->ipv4_src, sizeof t->ipv4_src);
	memcpy(k->ct_dst.b + FLOW_IP6_V4_AT, &t->ipv4_dst, sizeof t->ipv4_dst);
	k->ct_tp_src = t->src_port;
	k->ct_tp_dst = t->dst_port;
	k->ct_nw_proto = t->ipv4_proto;
}

static void
orig6_get(struct flow_key *k, const struct nlattr *a)
{
	const struct ovs_key_ct_tuple_ipv6 *t = nla_data(a);

	memcpy(&k->ct_src, t->ipv6_src, sizeof k->ct_src);
	memcpy(&k->ct_dst, t->ipv6_dst, sizeof k->ct_dst);
	k->ct_tp_src = t->src_port;
	k->ct_tp_dst = t->dst_port;
	k->ct_nw_proto = t->ipv6_proto;
}

static int
metadata_get(const struct side *s, attrs a)
{
	struct flow_key *k = s->out;
	uint8_t label[16] = {0};
	uint32_t state = 0;

	copy(a[OVS_KEY_ATTR_RECIRC_ID], &k->recirc_id, sizeof k->recirc_id);
	copy(a[OVS_KEY_ATTR_DP_HASH], &k->dp_hash, sizeof k->dp_hash);
	copy(a[OVS_KEY_ATTR_SKB_MARK], &k->skb_mark, sizeof k->skb_mark);
	copy(a[OVS_KEY_ATTR_CT_STATE], &state, sizeof state);
	copy(a[OVS_KEY_ATTR_CT_ZONE], &k->ct_zone, sizeof k->ct_zone);
	copy(a[OVS_KEY_ATTR_CT_MARK], &k->ct_mark, sizeof k->ct_mark);
	copy(a[OVS_KEY_ATTR_CT_LABELS], label, sizeof label);
	for (int i = 0; i < 16; i++)
		k->ct_label[i] = label[htons(1) == 1 ? i : 15 - i];
	k->ct_state = (uint8_t)state;
	if (a[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4])
		orig4_get(k, a[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV4]);
	else if (a[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6])
		orig6_get(k, a[OVS_KEY_ATTR_CT_ORIG_TUPLE_IPV6]);
	in_port_get(s, a[OVS_KEY_ATTR_IN_PORT]);
	if (!a[OVS_KEY_ATTR_TUNNEL])
		return 0;
	return kdp_tunnel_get(a[OVS_KEY_ATTR_TUNNEL], s->shape ? &s->shape->tun : NULL, &k->tun,
			      s->refused);
}

/* The reverse of frag_of() in match_put.c. */
static int
frag_get(const struct side *s, uint8_t frag)
{
	static const uint8_t kinds[] = {
		[OVS_FRAG_TYPE_NONE] = 0,
		[OVS_FRAG_TYPE_FIRST] = FLOW_FRAG_ANY,
		[OVS_FRAG_TYPE_LATER] = FLOW_FRAG_ANY | FLOW_FRAG_LATER,
	};

	if (!s->shape) {
		if (frag > OVS_FRAG_TYPE_MAX)
			return -EBADMSG;
		s->out->nw_frag = kinds[frag];
		return 0;
	}
	frag &= 3;
	if (frag == 1)
		return refuse(s, "nw_frag");
	if (frag)
		s->out->nw_frag = frag == 2 && !(s->shape->nw_frag & FLOW_FRAG_LATER)
					  ? FLOW_FRAG_LATER
					  : FLOW_FRAG_ANY | FLOW_FRAG_LATER;
	return 0;
}

/* Returns false if the header is absent, so that its fields are 0. */
static bool
header_get(const struct side *s, attrs a, uint16_t type)
{
	if (a[type])
		kdp_header_read(type, nla_data(a[type]), s->out);
	return a[type];
}

static int
mpls_get(const struct side *s, const struct nlattr *a)
{
	size_t n = a ? (size_t)nla_len(a) : 0;

	if (n % sizeof *s->out->mpls || n > sizeof s->out->mpls)
		return -EBADMSG;
	copy(a, s->out->mpls, n);
	return 0;
}

static int
l3_get(const struct side *s, const struct flow_key *shape, attrs a)
{
	struct ovs_key_ipv4 ip4 = {0};
	struct ovs_key_ipv6 ip6 = {0};

	if (kdp_key_is_ip4(shape) && header_get(s, a, OVS_KEY_ATTR_IPV4)) {
		copy(a[OVS_KEY_ATTR_IPV4], &ip4, sizeof ip4);
		return frag_get(s, ip4.ipv4_frag);
	}
	if (kdp_key_is_ip6(shape) && header_get(s, a, OVS_KEY_ATTR_IPV6)) {
		copy(a[OVS_KEY_ATTR_IPV6], &ip6, sizeof ip6);
		return frag_get(s, ip6.ipv6_frag);
	}
	if (kdp_key_is_arp(shape))
		header_get(s, a, OVS_KEY_ATTR_ARP);
	if (kdp_key_is_mpls(shape))
		return mpls_get(s, a[OVS_KEY_ATTR_MPLS]);
	return 0;
}

static void
l4_get(const struct side *s, const struct flow_key *shape, attrs a)
{
	uint16_t type = kdp_key_transport(shape);

	if (type)
		header_get(s, a, type);
	if (type == OVS_KEY_ATTR_TCP)
		header_get(s, a, OVS_KEY_ATTR_TCP_FLAGS);
	if (kdp_key_is_nd(shape))
		header_get(s, a, OVS_KEY_ATTR_ND);
}

static bool
is_tpid(be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

/* Reads tags; 'a' is then of the payload's attributes. */
static int
tags_get(const struct side *s, struct nlattr **a)
{
	for (int i = 0; i < FLOW_VLANS; i++) {
		struct flow_vlan *v = &s->out->vlan[i];

		if (!a[OVS_KEY_ATTR_ENCAP])
			return 0;
		copy(a[OVS_KEY_ATTR_ETHERTYPE], &v->tpid, sizeof v->tpid);
		copy(a[OVS_KEY_ATTR_VLAN], &v->tci, sizeof v->tci);
		if (!s->shape && (!is_tpid(v->tpid) || !(v->tci & htons(FLOW_VLAN_CFI))))
			return -EBADMSG;
		if (nla_parse_nested(a, OVS_KEY_ATTR_MAX, a[OVS_KEY_ATTR_ENCAP], policy))
			return -EBADMSG;
	}
	return 0;
}

static int
type_get(const struct side *s, const struct nlattr *a)
{
	copy(a, &s->out->eth_type, sizeof s->out->eth_type);
	if (s->shape && s->out->eth_type && s->out->eth_type != UINT16_MAX)
		return refuse(s, "dl_type");
	if (!s->shape && !a)
		s->out->eth_type = htons(FLOW_ETH_TYPE_NONE);
	return 0;
}

static int
side_get(const struct side *s, struct nlattr *nest)
{
	struct nlattr *a[OVS_KEY_ATTR_MAX + 1];
	const struct flow_key *shape = s->shape ? s->shape : s->out;
	int rc;

	memset(s->out, 0, sizeof *s->out);
	if (nla_parse_nested(a, OVS_KEY_ATTR_MAX, nest, policy))
		return -EBADMSG;
	rc = unknown_check(s, a);
	if (!rc)
		rc = metadata_get(s, a);
	if (rc)
		return rc;
	header_get(s, a, OVS_KEY_ATTR_ETHERNET);
	rc = tags_get(s, a);
	if (!rc)
		rc = unknown_check(s, a);
	if (!rc)
		rc = type_get(s, a[OVS_KEY_ATTR_ETHERTYPE]);
	if (!rc)
		rc = l3_get(s, shape, a);
	if (!rc)
		l4_get(s, shape, a);
	return rc;
}

int
kdp_key_get(struct nlattr *key, struct flow_key *out, const char **refused)
{
	struct side s = {NULL, out, refused};

	return side_get(&s, key);
}

/* The kernel matches the presence of tags in any case. */
static void
tags_complete(struct flow_match *m)
{
	for (int i = 0; i < FLOW_VLANS; i++) {
		bool is_present = m->key.vlan[i].tci & htons(FLOW_VLAN_CFI);

		m->mask.vlan[i].tci |= htons(FLOW_VLAN_CFI);
		m->mask.vlan[i].tpid = UINT16_MAX;
		if (!is_present)
			m->mask.vlan[i].tci = UINT16_MAX;
	}
}

/* Without a tunnel, as the address shows, every other field is 0. */
static void
tunnel_complete(struct flow_match *m)
{
	static const struct flow_ip6 zero;
	struct flow_tunnel *w = &m->mask.tun;

	if (memcmp(&m->key.tun.dst, &zero, sizeof zero) || !w->dst.b[0] || !w->dst.b[15])
		return;
	memset(w, 0xff, sizeof *w);
	w->flags = FLOW_TUNNEL_OAM | FLOW_TUNNEL_DF | FLOW_TUNNEL_CSUM | FLOW_TUNNEL_KEYED;
}

static void
mask_fill(struct flow_match *m)
{
	flow_key_meaningful(&m->key, &m->mask);
	memset(&m->mask, 0xff, offsetof(struct flow_key, eth_dst));
	memset(m->mask.pad0, 0, sizeof m->mask.pad0);
	flow_key_fill_orig(&m->mask, 0);
	if (m->key.ct_nw_proto)
		kdp_orig_allow(&m->key, &m->mask);
}

int
kdp_match_get(struct nlattr *key, struct nlattr *mask, struct flow_match *out, const char **refused)
{
	struct side s = {&out->key, &out->mask, refused};
	int rc = kdp_key_get(key, &out->key, refused);

	if (rc)
		return rc;
	if (mask)
		rc = side_get(&s, mask);
	else
		mask_fill(out);
	if (rc)
		return rc;
	tags_complete(out);
	tunnel_complete(out);
	flow_match_canonicalize(out);
	return 0;
}
