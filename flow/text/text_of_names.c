/* SPDX-License-Identifier: Apache-2.0 */
#include "text/text_of.h"

#define ITEM(name_, field_, kind_)                                                                 \
	{                                                                                          \
		name_, FLOW_FIELD_##field_, TEXT_##kind_                                           \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, FLOW_FIELD_NONE, 0                                                           \
	}

const struct of_word text_of_words[] = {
	{"ip", 0x0800, -1},	{"icmp", 0x0800, 1},	{"tcp", 0x0800, 6},    {"udp", 0x0800, 17},
	{"sctp", 0x0800, 132},	{"ipv6", 0x86dd, -1},	{"icmp6", 0x86dd, 58}, {"tcp6", 0x86dd, 6},
	{"udp6", 0x86dd, 17},	{"sctp6", 0x86dd, 132}, {"arp", 0x0806, -1},   {"rarp", 0x8035, -1},
	{"mpls", 0x8847, -1},	{"mplsm", 0x8848, -1},	{"ip4", 0x0800, -1},   {"ip6", 0x86dd, -1},
	{"icmpv6", 0x86dd, 58}, {"icmp4", 0x0800, 1},	{NULL, 0, 0},
};

const struct of_item text_of_metadata[] = {
	ITEM("pkt_mark", PKT_MARK, HEX),
	ITEM("recirc_id", RECIRC_ID, HEX),
	ITEM("dp_hash", DP_HASH, HEX),
	ITEM("ct_state", CT_STATE, CT_STATE),
	ITEM("ct_zone", CT_ZONE, DEC),
	ITEM("ct_mark", CT_MARK, HEX),
	ITEM("ct_label", CT_LABEL, LONG),
	ITEM("ct_nw_src", CT_NW_SRC, IP4),
	ITEM("ct_ipv6_src", CT_IPV6_SRC, IP6),
	ITEM("ct_nw_dst", CT_NW_DST, IP4),
	ITEM("ct_ipv6_dst", CT_IPV6_DST, IP6),
	ITEM("ct_nw_proto", CT_NW_PROTO, DEC),
	ITEM("ct_tp_src", CT_TP_SRC, DEC),
	ITEM("ct_tp_dst", CT_TP_DST, DEC),
	END,
};

const struct of_item text_of_tunnel[] = {
	ITEM("tun_id", TUN_ID, HEX),
	ITEM("tun_src", TUN_SRC, IP4),
	ITEM("tun_dst", TUN_DST, IP4),
	ITEM("tun_ipv6_src", TUN_IPV6_SRC, IP6),
	ITEM("tun_ipv6_dst", TUN_IPV6_DST, IP6),
	ITEM("tun_tos", TUN_TOS, DEC),
	ITEM("tun_ttl", TUN_TTL, DEC),
	ITEM("tun_flags", TUN_FLAGS, TUN_FLAGS),
	ITEM("tun_tp_src", TUN_TP_SRC, DEC),
	ITEM("tun_tp_dst", TUN_TP_DST, DEC),
	ITEM("tun_opts", TUN_OPTS, LONG),
	END,
};

const struct of_item text_of_l3[] = {
	ITEM("dl_src", ETH_SRC, MAC),	   ITEM("dl_dst", ETH_DST, MAC),
	ITEM("dl_type", ETH_TYPE, HEX4),   ITEM("ipv6_src", IPV6_SRC, IP6),
	ITEM("ipv6_dst", IPV6_DST, IP6),   ITEM("ipv6_label", IPV6_LABEL, HEX5),
	ITEM("arp_spa", ARP_SPA, IP4),	   ITEM("arp_tpa", ARP_TPA, IP4),
	ITEM("nw_src", NW_SRC, IP4),	   ITEM("nw_dst", NW_DST, IP4),
	ITEM("arp_op", ARP_OP, DEC),	   ITEM("nw_proto", NW_PROTO, DEC),
	ITEM("arp_sha", ARP_SHA, MAC),	   ITEM("arp_tha", ARP_THA, MAC),
	ITEM("nw_tos", NW_TOS, DEC),	   ITEM("nw_ecn", NW_ECN, DEC),
	ITEM("nw_ttl", NW_TTL, DEC),	   ITEM("mpls_label", MPLS_LABEL, DEC),
	ITEM("mpls_tc", MPLS_TC, DEC),	   ITEM("mpls_ttl", MPLS_TTL, DEC),
	ITEM("mpls_bos", MPLS_BOS, DEC),   ITEM("mpls_lse1", MPLS_LSE1, HEX),
	ITEM("mpls_lse2", MPLS_LSE2, HEX), ITEM("mpls_lse3", MPLS_LSE3, HEX),
	ITEM("nw_frag", NW_FRAG, FRAG),	   END,
};

const struct of_item text_of_l4[] = {
	ITEM("icmp_type", ICMP_TYPE, DEC),
	ITEM("icmp_code", ICMP_CODE, DEC),
	ITEM("icmp_type", ICMPV6_TYPE, DEC),
	ITEM("icmp_code", ICMPV6_CODE, DEC),
	ITEM("nd_target", ND_TARGET, IP6),
	ITEM("nd_sll", ND_SLL, MAC),
	ITEM("nd_tll", ND_TLL, MAC),
	ITEM("tp_src", TCP_SRC, DEC),
	ITEM("tp_dst", TCP_DST, DEC),
	ITEM("tp_src", UDP_SRC, DEC),
	ITEM("tp_dst", UDP_DST, DEC),
	ITEM("tp_src", SCTP_SRC, DEC),
	ITEM("tp_dst", SCTP_DST, DEC),
	ITEM("tcp_flags", TCP_FLAGS, TCP_FLAGS),
	END,
};
