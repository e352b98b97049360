/* SPDX-License-Identifier: Apache-2.0 */
#include "express.h"

#include <flow/field.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/openvswitch.h>
#include <netinet/icmp6.h>

bool
kdp_key_is_ip4(const struct flow_key *k)
{
	return k->eth_type == htons(ETH_P_IP);
}

bool
kdp_key_is_ip6(const struct flow_key *k)
{
	return k->eth_type == htons(ETH_P_IPV6);
}

bool
kdp_key_is_arp(const struct flow_key *k)
{
	return k->eth_type == htons(ETH_P_ARP) || k->eth_type == htons(ETH_P_RARP);
}

bool
kdp_key_is_mpls(const struct flow_key *k)
{
	return k->eth_type == htons(ETH_P_MPLS_UC) || k->eth_type == htons(ETH_P_MPLS_MC);
}

uint16_t
kdp_key_transport(const struct flow_key *k)
{
	bool ip4 = kdp_key_is_ip4(k), ip6 = kdp_key_is_ip6(k);

	if ((!ip4 && !ip6) || k->nw_frag & FLOW_FRAG_LATER)
		return 0;
	switch (k->nw_proto) {
	case IPPROTO_TCP:
		return OVS_KEY_ATTR_TCP;
	case IPPROTO_UDP:
		return OVS_KEY_ATTR_UDP;
	case IPPROTO_SCTP:
		return OVS_KEY_ATTR_SCTP;
	case IPPROTO_ICMP:
		return ip4 ? OVS_KEY_ATTR_ICMP : 0;
	case IPPROTO_ICMPV6:
		return ip6 ? OVS_KEY_ATTR_ICMPV6 : 0;
	}
	return 0;
}

bool
kdp_key_is_nd(const struct flow_key *k)
{
	return kdp_key_transport(k) == OVS_KEY_ATTR_ICMPV6 &&
	       (k->tp_src == htons(ND_NEIGHBOR_SOLICIT) || k->tp_src == htons(ND_NEIGHBOR_ADVERT));
}

int
kdp_key_n_tags(const struct flow_key *k)
{
	int n = 0;

	while (n < FLOW_VLANS && k->vlan[n].tci & htons(FLOW_VLAN_CFI))
		n++;
	return n;
}

static bool
is_zero(const void *p, size_t n)
{
	static const uint8_t zero[sizeof(struct flow_tunnel)];

	return !memcmp(p, zero, n);
}

static bool
is_ones(const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		if (b[i] != UINT8_MAX)
			return false;
	}
	return true;
}

/* Packets have no others. */
#define TUNNEL_FLAGS (FLOW_TUNNEL_OAM | FLOW_TUNNEL_DF | FLOW_TUNNEL_CSUM | FLOW_TUNNEL_KEYED)

/* The kernel knows by the address whether there is a tunnel, and which of IPv4 and IPv6; and options
 * by their length. An ID is there or not. */
static const char *
tunnel_refused(const struct flow_tunnel *k, const struct flow_tunnel *w)
{
	size_t from = flow_ip6_is_v4(&k->dst) ? FLOW_IP6_V4_AT : 0;
	bool none = is_zero(k, sizeof *k);

	if (is_zero(w, sizeof *w))
		return NULL;
	if (none)
		return is_ones(&w->dst, sizeof w->dst) ? NULL : "tun_ipv6_dst";
	if (is_zero(k->dst.b + from, 16 - from) || !is_ones(&w->dst, 12))
		return "tun_ipv6_dst";
	if (w->id && !(w->flags & FLOW_TUNNEL_KEYED) && !k->id)
		return "tun_id";
	if ((!is_zero(w->opts, sizeof w->opts) || w->n_opt_bytes) && w->n_opt_bytes != UINT8_MAX)
		return "tun_opts";
	if (k->flags & ~TUNNEL_FLAGS)
		return "tun_flags";
	return NULL;
}

void
kdp_orig_allow(const struct flow_key *key, struct flow_key *mask)
{
	size_t from = kdp_key_is_ip4(key) ? FLOW_IP6_V4_AT : 0;

	if (!from && (!kdp_key_is_ip6(key) || kdp_key_is_nd(key)))
		return;
	memset(mask->ct_src.b + from, 0xff, sizeof mask->ct_src - from);
	memset(mask->ct_dst.b + from, 0xff, sizeof mask->ct_dst - from);
	mask->ct_tp_src = mask->ct_tp_dst = UINT16_MAX;
	mask->ct_nw_proto = UINT8_MAX;
}

/* The kernel knows by the protocol whether there is an original direction. If not, the other fields
 * are undefined, and it does not give back that the protocol is 0. */
static const char *
orig_refused(const struct flow_match *m)
{
	bool is_certain = m->mask.ct_nw_proto == UINT8_MAX && m->key.ct_nw_proto;

	return flow_key_has_orig(&m->mask) && !is_certain ? "ct_nw_proto" : NULL;
}

static const char *
tags_refused(const struct flow_match *m)
{
	static const char *const tci[] = {"vlan_tci", "inner_vlan_tci"};
	static const char *const tpid[] = {"vlan_tpid", "inner_vlan_tpid"};
	int n = kdp_key_n_tags(&m->key);

	for (int i = 0; i < FLOW_VLANS && i <= n; i++) {
		if (!(m->mask.vlan[i].tci & htons(FLOW_VLAN_CFI)))
			return tci[i];
		if (i < n && (m->mask.vlan[i].tpid != UINT16_MAX ||
			      (m->key.vlan[i].tpid != htons(ETH_P_8021Q) &&
			       m->key.vlan[i].tpid != htons(ETH_P_8021AD))))
			return tpid[i];
	}
	return NULL;
}

/* The tags that a packet has, and the absence of the next. */
static void
tags_complete(const struct flow_key *key, struct flow_key *mask)
{
	int n = kdp_key_n_tags(key);

	for (int i = 0; i < FLOW_VLANS && i <= n; i++) {
		mask->vlan[i].tci |= htons(FLOW_VLAN_CFI);
		if (i < n)
			mask->vlan[i].tpid = UINT16_MAX;
	}
}

void
kdp_mask_complete(const struct flow_key *key, struct flow_key *mask)
{
	struct flow_tunnel *t = &mask->tun;

	mask->in_port = UINT32_MAX;
	mask->eth_type = UINT16_MAX;
	tags_complete(key, mask);
	if (mask->nw_frag)
		mask->nw_frag = FLOW_FRAG_ANY | FLOW_FRAG_LATER;
	if (flow_key_has_orig(mask))
		mask->ct_nw_proto = UINT8_MAX;
	if (is_zero(t, sizeof *t))
		return;
	memset(&t->dst, 0xff, sizeof t->dst);
	/* Both ends are of one family. */
	if (flow_ip6_is_v4(&key->tun.src) && !is_zero(t->src.b + FLOW_IP6_V4_AT, 4))
		memset(t->src.b, 0xff, FLOW_IP6_V4_AT);
	if (t->id)
		t->flags |= FLOW_TUNNEL_KEYED;
	if (!is_zero(t->opts, sizeof t->opts))
		t->n_opt_bytes = UINT8_MAX;
}

/* The kernel has a number for each kind, so a mask of one bit is not always one of its own. */
static bool
frag_fits(const struct flow_match *m)
{
	return m->mask.nw_frag != FLOW_FRAG_ANY || !(m->key.nw_frag & FLOW_FRAG_ANY);
}

static void
l3_allow(const struct flow_match *m, struct flow_key *out)
{
	const struct flow_key *k = &m->key;

	if (kdp_key_is_mpls(k))
		memset(out->mpls, 0xff, KDP_MPLS_LABELS * sizeof *out->mpls);
	if (kdp_key_is_ip4(k) || kdp_key_is_arp(k))
		out->nw_src = out->nw_dst = UINT32_MAX;
	if (kdp_key_is_ip6(k)) {
		memset(&out->ipv6_src, 0xff, sizeof out->ipv6_src);
		memset(&out->ipv6_dst, 0xff, sizeof out->ipv6_dst);
		out->ipv6_label = htonl(0xfffff);
	}
	if (kdp_key_is_arp(k)) {
		memset(&out->arp_sha, 0xff, sizeof out->arp_sha);
		memset(&out->arp_tha, 0xff, sizeof out->arp_tha);
		out->nw_proto = UINT8_MAX;
	}
	if (kdp_key_is_ip4(k) || kdp_key_is_ip6(k))
		out->nw_proto = out->nw_tos = out->nw_ttl = out->nw_frag = UINT8_MAX;
}

static void
l4_allow(const struct flow_match *m, struct flow_key *out)
{
	uint16_t transport = kdp_key_transport(&m->key);

	if (!transport || m->mask.nw_proto != UINT8_MAX)
		return;
	if (transport == OVS_KEY_ATTR_ICMP || transport == OVS_KEY_ATTR_ICMPV6)
		out->tp_src = out->tp_dst = htons(0xff);
	else
		out->tp_src = out->tp_dst = UINT16_MAX;
	if (transport == OVS_KEY_ATTR_TCP)
		out->tcp_flags = htons(0xfff);
	if (kdp_key_is_nd(&m->key) && m->mask.tp_src == htons(0xff)) {
		memset(&out->nd_target, 0xff, sizeof out->nd_target);
		memset(&out->arp_sha, 0xff, sizeof out->arp_sha);
		memset(&out->arp_tha, 0xff, sizeof out->arp_tha);
	}
}

/* Makes a mask of the bits that attributes of the key's headers hold. */
static void
allow(const struct flow_match *m, struct flow_key *out)
{
	memset(out, 0, sizeof *out);
	memset(out, 0xff, offsetof(struct flow_key, eth_type));
	flow_key_fill_orig(out, 0);
	memset(out->vlan, 0xff, sizeof out->vlan);
	out->eth_type = UINT16_MAX;
	if (m->mask.eth_type != UINT16_MAX)
		return;
	kdp_orig_allow(&m->key, out);
	l3_allow(m, out);
	l4_allow(m, out);
}

/* Returns the name of a field with bits of 'mask' that 'allowed' lacks. */
static const char *
lacking(const struct flow_key *mask, const struct flow_key *allowed)
{
	struct flow_key left;
	const uint64_t *a = flow_key_words(allowed), *w = flow_key_words(mask);
	uint64_t *l = flow_key_words_mut(&left), any = 0;

	for (size_t i = 0; i < FLOW_KEY_WORDS; i++)
		any |= l[i] = w[i] & ~a[i];
	if (!any)
		return NULL;
	for (int i = 0; i < FLOW_N_FIELDS; i++) {
		struct flow_value v;

		flow_field_get(&flow_fields[i], &left, &v);
		if (!is_zero(&v, sizeof v))
			return flow_fields[i].name;
	}
	return "padding";
}

const char *
kdp_match_refused(const struct flow_match *m)
{
	struct flow_key allowed;
	const char *name;

	if (m->mask.in_port && m->mask.in_port != UINT32_MAX)
		return "in_port";
	if (m->mask.eth_type && m->mask.eth_type != UINT16_MAX)
		return "dl_type";
	name = tunnel_refused(&m->key.tun, &m->mask.tun);
	if (name)
		return name;
	name = tags_refused(m);
	if (!name)
		name = orig_refused(m);
	if (name)
		return name;
	allow(m, &allowed);
	name = lacking(&m->mask, &allowed);
	if (name)
		return name;
	return frag_fits(m) ? NULL : "nw_frag";
}
