/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_dp_group.h"

#include <ctype.h>
#include <errno.h>

#define M(name_, field_, kind_, how_)                                                              \
	{                                                                                          \
		name_, FLOW_FIELD_##field_, TEXT_##kind_, how_                                     \
	}
#define MEMBERS(list) list, sizeof(list) / sizeof *(list)

static const struct dp_member recirc_id[] = {M(NULL, RECIRC_ID, HEX, 0)};
static const struct dp_member dp_hash[] = {M(NULL, DP_HASH, HEX, 0)};
static const struct dp_member tunnel[] = {
	M("tun_id", TUN_ID, HEX, 0),
	M("src", TUN_SRC, IP4, 0),
	M("dst", TUN_DST, IP4, 0),
	M("ipv6_src", TUN_IPV6_SRC, IP6, DP_QUIET),
	M("ipv6_dst", TUN_IPV6_DST, IP6, DP_QUIET),
	M("tos", TUN_TOS, HEX, 0),
	M("ttl", TUN_TTL, DEC, 0),
	M("tp_src", TUN_TP_SRC, DEC, 0),
	M("tp_dst", TUN_TP_DST, DEC, 0),
	M("flags", TUN_FLAGS, TUN_FLAGS, DP_NESTED),
};
static const struct dp_member in_port[] = {M(NULL, IN_PORT, DEC, 0)};
static const struct dp_member skb_mark[] = {M(NULL, PKT_MARK, HEX, 0)};
static const struct dp_member ct_state[] = {M(NULL, CT_STATE, CT_STATE, DP_SIGNED)};
static const struct dp_member ct_zone[] = {M(NULL, CT_ZONE, HEX, 0)};
static const struct dp_member ct_mark[] = {M(NULL, CT_MARK, HEX, 0)};
static const struct dp_member ct_label[] = {M(NULL, CT_LABEL, LONG, 0)};
static const struct dp_member ct_tuple4[] = {
	M("src", CT_NW_SRC, IP4, 0),	 M("dst", CT_NW_DST, IP4, 0),
	M("proto", CT_NW_PROTO, DEC, 0), M("tp_src", CT_TP_SRC, DEC, 0),
	M("tp_dst", CT_TP_DST, DEC, 0),
};
/* Open vSwitch prints src_port and dst_port here, and reads tp_src and tp_dst. */
static const struct dp_member ct_tuple6[] = {
	M("src", CT_IPV6_SRC, IP6, 0),	       M("dst", CT_IPV6_DST, IP6, 0),
	M("proto", CT_NW_PROTO, DEC, 0),       M("src_port", CT_TP_SRC, DEC, 0),
	M("dst_port", CT_TP_DST, DEC, 0),      M("tp_src", CT_TP_SRC, DEC, DP_QUIET),
	M("tp_dst", CT_TP_DST, DEC, DP_QUIET),
};
static const struct dp_member eth[] = {
	M("src", ETH_SRC, MAC, 0),
	M("dst", ETH_DST, MAC, 0),
};
static const struct dp_member mpls[] = {
	M("label", MPLS_LABEL, DEC, 0),	     M("tc", MPLS_TC, DEC, 0),
	M("ttl", MPLS_TTL, DEC, 0),	     M("bos", MPLS_BOS, DEC, 0),
	M("lse0", MPLS_LSE0, HEX, DP_QUIET), M("lse1", MPLS_LSE1, HEX, DP_QUIET),
	M("lse2", MPLS_LSE2, HEX, DP_QUIET), M("lse3", MPLS_LSE3, HEX, DP_QUIET),
};
static const struct dp_member ipv4[] = {
	M("src", NW_SRC, IP4, 0),	   M("dst", NW_DST, IP4, 0),
	M("proto", NW_PROTO, DEC, 0),	   M("tos", NW_TOS, HEX, 0),
	M("dscp", IP_DSCP, DEC, DP_QUIET), M("ecn", NW_ECN, DEC, DP_QUIET),
	M("ttl", NW_TTL, DEC, 0),	   M("frag", NW_FRAG, FRAG, 0),
};
static const struct dp_member ipv6[] = {
	M("src", IPV6_SRC, IP6, 0),	 M("dst", IPV6_DST, IP6, 0),
	M("label", IPV6_LABEL, HEX, 0),	 M("proto", NW_PROTO, DEC, 0),
	M("tclass", NW_TOS, HEX, 0),	 M("dscp", IP_DSCP, DEC, DP_QUIET),
	M("ecn", NW_ECN, DEC, DP_QUIET), M("hlimit", NW_TTL, DEC, 0),
	M("frag", NW_FRAG, FRAG, 0),
};
static const struct dp_member arp[] = {
	M("sip", ARP_SPA, IP4, 0), M("tip", ARP_TPA, IP4, 0), M("op", ARP_OP, DEC, 0),
	M("sha", ARP_SHA, MAC, 0), M("tha", ARP_THA, MAC, 0),
};
static const struct dp_member tcp[] = {M("src", TCP_SRC, DEC, 0), M("dst", TCP_DST, DEC, 0)};
static const struct dp_member tcp_flags[] = {M(NULL, TCP_FLAGS, TCP_FLAGS, 0)};
static const struct dp_member udp[] = {M("src", UDP_SRC, DEC, 0), M("dst", UDP_DST, DEC, 0)};
static const struct dp_member sctp[] = {M("src", SCTP_SRC, DEC, 0), M("dst", SCTP_DST, DEC, 0)};
static const struct dp_member icmp[] = {M("type", ICMP_TYPE, DEC, 0), M("code", ICMP_CODE, DEC, 0)};
static const struct dp_member icmpv6[] = {
	M("type", ICMPV6_TYPE, DEC, 0),
	M("code", ICMPV6_CODE, DEC, 0),
};
static const struct dp_member nd[] = {
	M("target", ND_TARGET, IP6, 0),
	M("sll", ND_SLL, MAC, 0),
	M("tll", ND_TLL, MAC, 0),
};
static const struct dp_member vlan[] = {
	M("vid", VLAN_VID, DEC, 0),
	M("pcp", VLAN_PCP, DEC, 0),
	M("tci", VLAN_TCI, HEX4, 0),
};
static const struct dp_member inner_vlan[] = {M("tci", INNER_VLAN_TCI, HEX4, 0)};

const struct dp_group dp_groups[DP_N_SET_GROUPS] = {
	{"recirc_id", MEMBERS(recirc_id), FLOW_PREREQ_NONE},
	{"dp_hash", MEMBERS(dp_hash), FLOW_PREREQ_NONE},
	[DP_GROUP_TUNNEL] = {"tunnel", MEMBERS(tunnel), FLOW_PREREQ_NONE},
	[DP_GROUP_IN_PORT] = {"in_port", MEMBERS(in_port), FLOW_PREREQ_NONE},
	{"skb_mark", MEMBERS(skb_mark), FLOW_PREREQ_NONE},
	{"ct_state", MEMBERS(ct_state), FLOW_PREREQ_NONE},
	{"ct_zone", MEMBERS(ct_zone), FLOW_PREREQ_NONE},
	{"ct_mark", MEMBERS(ct_mark), FLOW_PREREQ_NONE},
	{"ct_label", MEMBERS(ct_label), FLOW_PREREQ_NONE},
	[DP_GROUP_CT_TUPLE4] = {"ct_tuple4", MEMBERS(ct_tuple4), FLOW_PREREQ_IP4},
	[DP_GROUP_CT_TUPLE6] = {"ct_tuple6", MEMBERS(ct_tuple6), FLOW_PREREQ_IP6},
	[DP_GROUP_ETH] = {"eth", MEMBERS(eth), FLOW_PREREQ_NONE},
	[DP_GROUP_MPLS] = {"mpls", MEMBERS(mpls), FLOW_PREREQ_MPLS},
	{"ipv4", MEMBERS(ipv4), FLOW_PREREQ_IP4},
	{"ipv6", MEMBERS(ipv6), FLOW_PREREQ_IP6},
	{"arp", MEMBERS(arp), FLOW_PREREQ_ARP},
	{"tcp", MEMBERS(tcp), FLOW_PREREQ_TCP},
	{"tcp_flags", MEMBERS(tcp_flags), FLOW_PREREQ_TCP},
	{"udp", MEMBERS(udp), FLOW_PREREQ_UDP},
	{"sctp", MEMBERS(sctp), FLOW_PREREQ_SCTP},
	{"icmp", MEMBERS(icmp), FLOW_PREREQ_ICMP4},
	{"icmpv6", MEMBERS(icmpv6), FLOW_PREREQ_ICMP6},
	{"nd", MEMBERS(nd), FLOW_PREREQ_ND},
	[DP_GROUP_VLAN] = {"vlan", MEMBERS(vlan), FLOW_PREREQ_VLAN},
	{"inner_vlan", MEMBERS(inner_vlan), FLOW_PREREQ_VLAN},
};

int
dp_group_find(int n, const char *name, size_t n_name)
{
	for (int i = 0; i < n; i++) {
		if (strlen(dp_groups[i].name) == n_name && !memcmp(dp_groups[i].name, name, n_name))
			return i;
	}
	return -1;
}

const struct dp_member *
dp_member_find(const struct dp_group *g, const char *name, size_t n_name)
{
	for (int i = 0; i < g->n_members; i++) {
		const struct dp_member *m = &g->members[i];

		if (m->name && strlen(m->name) == n_name && !memcmp(m->name, name, n_name))
			return m;
	}
	return NULL;
}

void
dp_member_names(const struct dp_group *g, char *buf, size_t n)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < g->n_members && used < n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s%s", i ? ", " : "",
					 g->members[i].name ? g->members[i].name : "a value");
}

struct text_type
dp_member_type(const struct dp_member *m)
{
	return (struct text_type){m->kind, flow_fields[m->field].n_bits};
}

void
dp_member_print(const struct dp_member *m, const struct flow_value *value,
		const struct flow_value *mask, FILE *out)
{
	unsigned int style = m->how & DP_SIGNED ? TEXT_SIGNED : 0;

	if (m->name)
		fprintf(out, m->how & DP_NESTED ? "%s(" : "%s=", m->name);
	text_value_print(dp_member_type(m), style, value, mask, out);
	if (m->how & DP_NESTED)
		fputc(')', out);
}

bool
text_ip4_matched(const struct flow_ip6 *end, const struct flow_ip6 *mask)
{
	static const uint8_t none[4];

	for (int i = 0; i < FLOW_IP6_V4_AT; i++) {
		if (mask->b[i] != 0xff)
			return false;
	}
	return flow_ip6_is_v4(end) && memcmp(mask->b + FLOW_IP6_V4_AT, none, sizeof none) != 0;
}

bool
text_tunnel_end_fits(uint8_t field, const struct flow_key *mask)
{
	bool src = field == FLOW_FIELD_TUN_SRC || field == FLOW_FIELD_TUN_IPV6_SRC;
	bool wide = field == FLOW_FIELD_TUN_IPV6_SRC || field == FLOW_FIELD_TUN_IPV6_DST;
	const struct flow_ip6 *end = src ? &mask->tun.src : &mask->tun.dst;

	if (!src && !wide && field != FLOW_FIELD_TUN_DST)
		return true;
	for (size_t i = 0; i < sizeof end->b - 4; i++) {
		if (end->b[i])
			return wide;
	}
	return !wide;
}

/* ---- prerequisites ---- */

bool
text_prereq_met(enum flow_prereq p, const struct flow_match *m)
{
	struct flow_key need = {0};

	if (flow_prereq_early(p) == FLOW_PREREQ_CT)
		return flow_prereq_matched(p, &m->key, &m->mask);
	if (!flow_prereq_ok(p, &m->key, &need))
		return false;
	/* Texts omit two implied prerequisites, "not a later fragment" and ICMPv6 code 0;
	 * flow_prereq_ok() has checked them if the match includes them. */
	need.nw_frag = 0;
	need.tp_dst = 0;
	for (size_t i = 0; i < FLOW_KEY_WORDS; i++) {
		if (flow_key_words(&need)[i] & ~flow_key_words(&m->mask)[i])
			return false;
	}
	return true;
}

static const struct {
	const char *dp, *of;
} prereq_texts[] = {
	[FLOW_PREREQ_VLAN] = {"vlan(..) with a tag", "dl_vlan=.. or vlan_tci=0x1000/0x1000"},
	[FLOW_PREREQ_CT] = {"ct_state(..) of a connection",
			    "ct_state=+new, +est, +rel or +trk-inv"},
	[FLOW_PREREQ_CT4] = {"ct_state(..) of a connection, eth_type(0x0800)",
			     "ct_state=+new, +est, +rel or +trk-inv, and ip"},
	[FLOW_PREREQ_CT6] = {"ct_state(..) of a connection, eth_type(0x86dd)",
			     "ct_state=+new, +est, +rel or +trk-inv, and ipv6"},
	[FLOW_PREREQ_MPLS] = {"eth_type(0x8847) or eth_type(0x8848)", "mpls or mplsm"},
	[FLOW_PREREQ_IP4] = {"eth_type(0x0800)", "ip"},
	[FLOW_PREREQ_IP6] = {"eth_type(0x86dd)", "ipv6"},
	[FLOW_PREREQ_IP] = {"eth_type(0x0800) or eth_type(0x86dd)", "ip or ipv6"},
	[FLOW_PREREQ_ARP] = {"eth_type(0x0806) or eth_type(0x8035)", "arp or rarp"},
	[FLOW_PREREQ_TCP] = {"ipv4(proto=6) or ipv6(proto=6)", "tcp or tcp6"},
	[FLOW_PREREQ_UDP] = {"ipv4(proto=17) or ipv6(proto=17)", "udp or udp6"},
	[FLOW_PREREQ_SCTP] = {"ipv4(proto=132) or ipv6(proto=132)", "sctp or sctp6"},
	[FLOW_PREREQ_ICMP4] = {"eth_type(0x0800),ipv4(proto=1)", "icmp"},
	[FLOW_PREREQ_ICMP6] = {"eth_type(0x86dd),ipv6(proto=58)", "icmp6"},
	[FLOW_PREREQ_ND] = {"ipv6(proto=58),icmpv6(type=135,code=0) or type 136",
			    "icmp6,icmp_type=135 or icmp6,icmp_type=136"},
	[FLOW_PREREQ_ND_SOL] = {"ipv6(proto=58),icmpv6(type=135,code=0)", "icmp6,icmp_type=135"},
	[FLOW_PREREQ_ND_ADV] = {"ipv6(proto=58),icmpv6(type=136,code=0)", "icmp6,icmp_type=136"},
};

const char *
text_prereq_dp(enum flow_prereq p)
{
	return prereq_texts[p].dp;
}

const char *
text_prereq_of(enum flow_prereq p)
{
	return prereq_texts[p].of;
}
