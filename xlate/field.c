/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/field.h>

#include <xlate/rule.h>

#include <strings.h>

#define REG(n)                                                                                     \
	[XLATE_FIELD_REG0 + n] = {                                                                 \
		.name = "reg" #n,                                                                  \
		.aliases = "NXM_NX_REG" #n,                                                        \
		.ofs = offsetof(struct xlate_key, reg[n]),                                         \
		.n_bytes = 4,                                                                      \
		.n_bits = 32,                                                                      \
		.host_order = true,                                                                \
		.maskable = true,                                                                  \
		.settable = true,                                                                  \
		.format = FLOW_FMT_HEX,                                                            \
	}

const struct flow_field xlate_fields[XLATE_N_FIELDS] = {
	[XLATE_FIELD_METADATA] =
		{
			.name = "metadata",
			.aliases = "OXM_OF_METADATA",
			.ofs = offsetof(struct xlate_key, metadata),
			.n_bytes = 8,
			.n_bits = 64,
			.host_order = true,
			.maskable = true,
			.settable = true,
			.format = FLOW_FMT_HEX,
		},
	REG(0),
	REG(1),
	REG(2),
	REG(3),
	REG(4),
	REG(5),
	REG(6),
	REG(7),
	REG(8),
	REG(9),
	REG(10),
	REG(11),
	REG(12),
	REG(13),
	REG(14),
	REG(15),
	[XLATE_FIELD_CONJ_ID] =
		{
			.name = "conj_id",
			.aliases = "NXM_NX_CONJ_ID",
			.ofs = offsetof(struct xlate_key, conj_id),
			.n_bytes = 4,
			.n_bits = 32,
			.host_order = true,
			.format = FLOW_FMT_DEC,
		},
};

/* Names of the OpenFlow extensible match, as ovs-ofctl writes them in load and move; the first of a
 * field is the one to write. */
static const struct {
	const char *name;
	enum flow_field_id id;
} long_names[] = {
	{"NXM_OF_IN_PORT", FLOW_FIELD_IN_PORT},
	{"NXM_NX_PKT_MARK", FLOW_FIELD_PKT_MARK},
	{"NXM_NX_DP_HASH", FLOW_FIELD_DP_HASH},
	{"NXM_NX_RECIRC_ID", FLOW_FIELD_RECIRC_ID},
	{"NXM_NX_CT_STATE", FLOW_FIELD_CT_STATE},
	{"NXM_NX_CT_ZONE", FLOW_FIELD_CT_ZONE},
	{"NXM_NX_CT_MARK", FLOW_FIELD_CT_MARK},
	{"NXM_NX_CT_LABEL", FLOW_FIELD_CT_LABEL},
	{"NXM_NX_TUN_ID", FLOW_FIELD_TUN_ID},
	{"OXM_OF_TUNNEL_ID", FLOW_FIELD_TUN_ID},
	{"NXM_NX_TUN_IPV4_SRC", FLOW_FIELD_TUN_SRC},
	{"NXM_NX_TUN_IPV4_DST", FLOW_FIELD_TUN_DST},
	{"NXM_NX_TUN_IPV6_SRC", FLOW_FIELD_TUN_IPV6_SRC},
	{"NXM_NX_TUN_IPV6_DST", FLOW_FIELD_TUN_IPV6_DST},
	{"NXM_OF_ETH_SRC", FLOW_FIELD_ETH_SRC},
	{"OXM_OF_ETH_SRC", FLOW_FIELD_ETH_SRC},
	{"NXM_OF_ETH_DST", FLOW_FIELD_ETH_DST},
	{"OXM_OF_ETH_DST", FLOW_FIELD_ETH_DST},
	{"NXM_OF_ETH_TYPE", FLOW_FIELD_ETH_TYPE},
	{"OXM_OF_ETH_TYPE", FLOW_FIELD_ETH_TYPE},
	{"NXM_OF_VLAN_TCI", FLOW_FIELD_VLAN_TCI},
	{"OXM_OF_VLAN_VID", FLOW_FIELD_VLAN_VID},
	{"OXM_OF_VLAN_PCP", FLOW_FIELD_VLAN_PCP},
	{"OXM_OF_MPLS_LABEL", FLOW_FIELD_MPLS_LABEL},
	{"OXM_OF_MPLS_TC", FLOW_FIELD_MPLS_TC},
	{"OXM_OF_MPLS_BOS", FLOW_FIELD_MPLS_BOS},
	{"NXM_NX_MPLS_TTL", FLOW_FIELD_MPLS_TTL},
	{"NXM_OF_IP_SRC", FLOW_FIELD_NW_SRC},
	{"OXM_OF_IPV4_SRC", FLOW_FIELD_NW_SRC},
	{"NXM_OF_IP_DST", FLOW_FIELD_NW_DST},
	{"OXM_OF_IPV4_DST", FLOW_FIELD_NW_DST},
	{"NXM_NX_IPV6_SRC", FLOW_FIELD_IPV6_SRC},
	{"OXM_OF_IPV6_SRC", FLOW_FIELD_IPV6_SRC},
	{"NXM_NX_IPV6_DST", FLOW_FIELD_IPV6_DST},
	{"OXM_OF_IPV6_DST", FLOW_FIELD_IPV6_DST},
	{"NXM_NX_IPV6_LABEL", FLOW_FIELD_IPV6_LABEL},
	{"OXM_OF_IPV6_FLABEL", FLOW_FIELD_IPV6_LABEL},
	{"NXM_OF_IP_PROTO", FLOW_FIELD_NW_PROTO},
	{"OXM_OF_IP_PROTO", FLOW_FIELD_NW_PROTO},
	{"NXM_OF_IP_TOS", FLOW_FIELD_NW_TOS},
	{"OXM_OF_IP_DSCP", FLOW_FIELD_IP_DSCP},
	{"NXM_NX_IP_ECN", FLOW_FIELD_NW_ECN},
	{"OXM_OF_IP_ECN", FLOW_FIELD_NW_ECN},
	{"NXM_NX_IP_TTL", FLOW_FIELD_NW_TTL},
	{"NXM_NX_IP_FRAG", FLOW_FIELD_NW_FRAG},
	{"NXM_OF_ARP_OP", FLOW_FIELD_ARP_OP},
	{"OXM_OF_ARP_OP", FLOW_FIELD_ARP_OP},
	{"NXM_OF_ARP_SPA", FLOW_FIELD_ARP_SPA},
	{"OXM_OF_ARP_SPA", FLOW_FIELD_ARP_SPA},
	{"NXM_OF_ARP_TPA", FLOW_FIELD_ARP_TPA},
	{"OXM_OF_ARP_TPA", FLOW_FIELD_ARP_TPA},
	{"NXM_NX_ARP_SHA", FLOW_FIELD_ARP_SHA},
	{"OXM_OF_ARP_SHA", FLOW_FIELD_ARP_SHA},
	{"NXM_NX_ARP_THA", FLOW_FIELD_ARP_THA},
	{"OXM_OF_ARP_THA", FLOW_FIELD_ARP_THA},
	{"NXM_NX_ND_TARGET", FLOW_FIELD_ND_TARGET},
	{"NXM_NX_ND_SLL", FLOW_FIELD_ND_SLL},
	{"NXM_NX_ND_TLL", FLOW_FIELD_ND_TLL},
	{"NXM_OF_TCP_SRC", FLOW_FIELD_TCP_SRC},
	{"OXM_OF_TCP_SRC", FLOW_FIELD_TCP_SRC},
	{"NXM_OF_TCP_DST", FLOW_FIELD_TCP_DST},
	{"OXM_OF_TCP_DST", FLOW_FIELD_TCP_DST},
	{"NXM_NX_TCP_FLAGS", FLOW_FIELD_TCP_FLAGS},
	{"NXM_OF_UDP_SRC", FLOW_FIELD_UDP_SRC},
	{"OXM_OF_UDP_SRC", FLOW_FIELD_UDP_SRC},
	{"NXM_OF_UDP_DST", FLOW_FIELD_UDP_DST},
	{"OXM_OF_UDP_DST", FLOW_FIELD_UDP_DST},
	{"OXM_OF_SCTP_SRC", FLOW_FIELD_SCTP_SRC},
	{"OXM_OF_SCTP_DST", FLOW_FIELD_SCTP_DST},
	{"NXM_OF_ICMP_TYPE", FLOW_FIELD_ICMP_TYPE},
	{"NXM_OF_ICMP_CODE", FLOW_FIELD_ICMP_CODE},
	{"NXM_NX_ICMPV6_TYPE", FLOW_FIELD_ICMPV6_TYPE},
	{"NXM_NX_ICMPV6_CODE", FLOW_FIELD_ICMPV6_CODE},
};

static const struct flow_field *
find_long(const char *name, size_t n_name)
{
	for (size_t i = 0; i < sizeof long_names / sizeof long_names[0]; i++) {
		if (strlen(long_names[i].name) == n_name &&
		    !strncasecmp(long_names[i].name, name, n_name))
			return &flow_fields[long_names[i].id];
	}
	return NULL;
}

const struct flow_field *
xlate_field_find(const char *name, size_t n_name)
{
	int i = flow_field_find(xlate_fields, XLATE_N_FIELDS, name, n_name);

	if (i >= 0)
		return &xlate_fields[i];
	i = flow_field_find(flow_fields, FLOW_N_FIELDS, name, n_name);
	return i >= 0 ? &flow_fields[i] : find_long(name, n_name);
}

const char *
xlate_field_long_name(const struct flow_field *f)
{
	if (f >= xlate_fields && f < xlate_fields + XLATE_N_FIELDS)
		return f->aliases;
	for (size_t i = 0; i < sizeof long_names / sizeof long_names[0]; i++) {
		if (f == &flow_fields[long_names[i].id])
			return long_names[i].name;
	}
	return f->name;
}

const char *
xlate_field_set_name(const struct flow_field *f)
{
	static const struct {
		enum flow_field_id id;
		const char *name;
	} names[] = {
		{FLOW_FIELD_ETH_TYPE, "eth_type"}, {FLOW_FIELD_ETH_SRC, "eth_src"},
		{FLOW_FIELD_ETH_DST, "eth_dst"},   {FLOW_FIELD_VLAN_VID, "vlan_vid"},
		{FLOW_FIELD_VLAN_PCP, "vlan_pcp"}, {FLOW_FIELD_NW_SRC, "ip_src"},
		{FLOW_FIELD_NW_DST, "ip_dst"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (f == &flow_fields[names[i].id])
			return names[i].name;
	}
	return f->name;
}
