/* SPDX-License-Identifier: Apache-2.0 */
#include <xlate/field.h>

#include <xlate/rule.h>

#include <strings.h>

#define TOS_DSCP 0xfc

#define REGS(id, n, count, name_, long_name)                                                       \
	[XLATE_FIELD_##id + (n)] = {                                                               \
		.name = name_ #n,                                                                  \
		.aliases = long_name #n,                                                           \
		.ofs = offsetof(struct xlate_key, reg[(n) * (count)]),                             \
		.n_bytes = 4 * (count),                                                            \
		.n_bits = 32 * (count),                                                            \
		.maskable = true,                                                                  \
		.settable = true,                                                                  \
		.format = (count) > 2 ? FLOW_FMT_BYTES : FLOW_FMT_HEX,                             \
	}
#define REG(n) REGS(REG0, n, 1, "reg", "NXM_NX_REG")
#define XREG(n) REGS(XREG0, n, 2, "xreg", "OXM_OF_PKT_REG")
#define XXREG(n) REGS(XXREG0, n, 4, "xxreg", "NXM_NX_XXREG")

/* A field as wide as in OpenFlow; bits above its storage read as 0. */
#define VIEW(name_, member, n_bits_, fmt, need)                                                    \
	{                                                                                          \
		.name = (name_), .ofs = offsetof(struct flow_key, member),                         \
		.n_bytes = sizeof(((struct flow_key *)0)->member), .n_bits = (n_bits_),            \
		.host_order = true, .format = FLOW_FMT_##fmt, .prereq = FLOW_PREREQ_##need         \
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
	[XLATE_FIELD_SET_OUTPUT] =
		{
			.name = "actset_output",
			.aliases = "ONFOXM_ET_ACTSET_OUTPUT",
			.ofs = offsetof(struct xlate_key, set_output),
			.n_bytes = 4,
			.n_bits = 32,
			.host_order = true,
			.format = FLOW_FMT_PORT,
		},
	XREG(0),
	XREG(1),
	XREG(2),
	XREG(3),
	XREG(4),
	XREG(5),
	XREG(6),
	XREG(7),
	XXREG(0),
	XXREG(1),
	XXREG(2),
	XXREG(3),
	[XLATE_FIELD_IN_PORT] = VIEW("in_port", in_port, 16, PORT, NONE),
	[XLATE_FIELD_IN_PORT_OXM] = VIEW("in_port_oxm", in_port, 32, PORT, NONE),
	[XLATE_FIELD_ARP_OP] = VIEW("arp_op", nw_proto, 16, DEC, ARP),
	[XLATE_FIELD_CT_STATE] = VIEW("ct_state", ct_state, 32, CT_STATE, NONE),
	[XLATE_FIELD_TUN_FLAGS] = VIEW("tun_flags", tun.flags, 1, TUN_FLAGS, NONE),
};

#define FLOW(id) (&flow_fields[FLOW_FIELD_##id])
#define PIPE(id) (&xlate_fields[XLATE_FIELD_##id])
/* Names of the OpenFlow extensible match, as ovs-ofctl prints them in load and move. The first one
 * of a field is printed. */
static const struct {
	const char *name;
	const struct flow_field *field;
} long_names[] = {
	{"NXM_OF_IN_PORT", PIPE(IN_PORT)},
	{"OXM_OF_IN_PORT", PIPE(IN_PORT_OXM)},
	{"NXM_NX_PKT_MARK", FLOW(PKT_MARK)},
	{"NXM_NX_DP_HASH", FLOW(DP_HASH)},
	{"NXOXM_ET_DP_HASH", FLOW(DP_HASH)},
	{"NXM_NX_RECIRC_ID", FLOW(RECIRC_ID)},
	{"NXM_NX_CT_STATE", PIPE(CT_STATE)},
	{"NXM_NX_CT_ZONE", FLOW(CT_ZONE)},
	{"NXM_NX_CT_MARK", FLOW(CT_MARK)},
	{"NXM_NX_CT_LABEL", FLOW(CT_LABEL)},
	{"NXM_NX_CT_NW_PROTO", FLOW(CT_NW_PROTO)},
	{"NXM_NX_CT_NW_SRC", FLOW(CT_NW_SRC)},
	{"NXM_NX_CT_NW_DST", FLOW(CT_NW_DST)},
	{"NXM_NX_CT_IPV6_SRC", FLOW(CT_IPV6_SRC)},
	{"NXM_NX_CT_IPV6_DST", FLOW(CT_IPV6_DST)},
	{"NXM_NX_CT_TP_SRC", FLOW(CT_TP_SRC)},
	{"NXM_NX_CT_TP_DST", FLOW(CT_TP_DST)},
	{"NXM_NX_TUN_ID", FLOW(TUN_ID)},
	{"OXM_OF_TUNNEL_ID", FLOW(TUN_ID)},
	{"NXM_NX_TUN_IPV4_SRC", FLOW(TUN_SRC)},
	{"NXM_NX_TUN_IPV4_DST", FLOW(TUN_DST)},
	{"NXM_NX_TUN_IPV6_SRC", FLOW(TUN_IPV6_SRC)},
	{"NXM_NX_TUN_IPV6_DST", FLOW(TUN_IPV6_DST)},
	{"NXM_NX_TUN_FLAGS", PIPE(TUN_FLAGS)},
	{"NXM_OF_ETH_SRC", FLOW(ETH_SRC)},
	{"OXM_OF_ETH_SRC", FLOW(ETH_SRC)},
	{"NXM_OF_ETH_DST", FLOW(ETH_DST)},
	{"OXM_OF_ETH_DST", FLOW(ETH_DST)},
	{"NXM_OF_ETH_TYPE", FLOW(ETH_TYPE)},
	{"OXM_OF_ETH_TYPE", FLOW(ETH_TYPE)},
	{"NXM_OF_VLAN_TCI", FLOW(VLAN_TCI)},
	{"OXM_OF_VLAN_VID", FLOW(VLAN_VID)},
	{"OXM_OF_VLAN_PCP", FLOW(VLAN_PCP)},
	{"OXM_OF_MPLS_LABEL", FLOW(MPLS_LABEL)},
	{"OXM_OF_MPLS_TC", FLOW(MPLS_TC)},
	{"OXM_OF_MPLS_BOS", FLOW(MPLS_BOS)},
	{"NXM_NX_MPLS_TTL", FLOW(MPLS_TTL)},
	{"NXM_OF_IP_SRC", FLOW(NW_SRC)},
	{"OXM_OF_IPV4_SRC", FLOW(NW_SRC)},
	{"NXM_OF_IP_DST", FLOW(NW_DST)},
	{"OXM_OF_IPV4_DST", FLOW(NW_DST)},
	{"NXM_NX_IPV6_SRC", FLOW(IPV6_SRC)},
	{"OXM_OF_IPV6_SRC", FLOW(IPV6_SRC)},
	{"NXM_NX_IPV6_DST", FLOW(IPV6_DST)},
	{"OXM_OF_IPV6_DST", FLOW(IPV6_DST)},
	{"NXM_NX_IPV6_LABEL", FLOW(IPV6_LABEL)},
	{"OXM_OF_IPV6_FLABEL", FLOW(IPV6_LABEL)},
	{"NXM_OF_IP_PROTO", FLOW(NW_PROTO)},
	{"OXM_OF_IP_PROTO", FLOW(NW_PROTO)},
	{"NXM_OF_IP_TOS", FLOW(NW_TOS)},
	{"OXM_OF_IP_DSCP", FLOW(IP_DSCP)},
	{"NXM_NX_IP_ECN", FLOW(NW_ECN)},
	{"OXM_OF_IP_ECN", FLOW(NW_ECN)},
	{"NXM_NX_IP_TTL", FLOW(NW_TTL)},
	{"NXM_NX_IP_FRAG", FLOW(NW_FRAG)},
	{"NXM_OF_ARP_OP", PIPE(ARP_OP)},
	{"OXM_OF_ARP_OP", PIPE(ARP_OP)},
	{"NXM_OF_ARP_SPA", FLOW(ARP_SPA)},
	{"OXM_OF_ARP_SPA", FLOW(ARP_SPA)},
	{"NXM_OF_ARP_TPA", FLOW(ARP_TPA)},
	{"OXM_OF_ARP_TPA", FLOW(ARP_TPA)},
	{"NXM_NX_ARP_SHA", FLOW(ARP_SHA)},
	{"OXM_OF_ARP_SHA", FLOW(ARP_SHA)},
	{"NXM_NX_ARP_THA", FLOW(ARP_THA)},
	{"OXM_OF_ARP_THA", FLOW(ARP_THA)},
	{"NXM_NX_ND_TARGET", FLOW(ND_TARGET)},
	{"OXM_OF_IPV6_ND_TARGET", FLOW(ND_TARGET)},
	{"NXM_NX_ND_SLL", FLOW(ND_SLL)},
	{"OXM_OF_IPV6_ND_SLL", FLOW(ND_SLL)},
	{"NXM_NX_ND_TLL", FLOW(ND_TLL)},
	{"OXM_OF_IPV6_ND_TLL", FLOW(ND_TLL)},
	{"NXM_OF_TCP_SRC", FLOW(TCP_SRC)},
	{"OXM_OF_TCP_SRC", FLOW(TCP_SRC)},
	{"NXM_OF_TCP_DST", FLOW(TCP_DST)},
	{"OXM_OF_TCP_DST", FLOW(TCP_DST)},
	{"NXM_NX_TCP_FLAGS", FLOW(TCP_FLAGS)},
	{"ONFOXM_ET_TCP_FLAGS", FLOW(TCP_FLAGS)},
	{"OXM_OF_TCP_FLAGS", FLOW(TCP_FLAGS)},
	{"NXM_OF_UDP_SRC", FLOW(UDP_SRC)},
	{"OXM_OF_UDP_SRC", FLOW(UDP_SRC)},
	{"NXM_OF_UDP_DST", FLOW(UDP_DST)},
	{"OXM_OF_UDP_DST", FLOW(UDP_DST)},
	{"OXM_OF_SCTP_SRC", FLOW(SCTP_SRC)},
	{"OXM_OF_SCTP_DST", FLOW(SCTP_DST)},
	{"NXM_OF_ICMP_TYPE", FLOW(ICMP_TYPE)},
	{"OXM_OF_ICMPV4_TYPE", FLOW(ICMP_TYPE)},
	{"NXM_OF_ICMP_CODE", FLOW(ICMP_CODE)},
	{"OXM_OF_ICMPV4_CODE", FLOW(ICMP_CODE)},
	{"NXM_NX_ICMPV6_TYPE", FLOW(ICMPV6_TYPE)},
	{"OXM_OF_ICMPV6_TYPE", FLOW(ICMPV6_TYPE)},
	{"NXM_NX_ICMPV6_CODE", FLOW(ICMPV6_CODE)},
	{"OXM_OF_ICMPV6_CODE", FLOW(ICMPV6_CODE)},
	{"OXM_OF_ACTSET_OUTPUT", PIPE(SET_OUTPUT)},
};

static const struct flow_field *
find_long(const char *name, size_t n_name)
{
	for (size_t i = 0; i < sizeof long_names / sizeof long_names[0]; i++) {
		if (strlen(long_names[i].name) == n_name &&
		    !strncasecmp(long_names[i].name, name, n_name))
			return long_names[i].field;
	}
	return NULL;
}

const struct flow_field *
xlate_field_find(const struct flow_port_names *names, const char *name, size_t n_name)
{
	int i = flow_field_find(xlate_fields, XLATE_N_FIELDS, name, n_name);
	const struct flow_field *f;

	if (i >= 0)
		return &xlate_fields[i];
	i = flow_field_find(flow_fields, FLOW_N_FIELDS, name, n_name);
	if (i == FLOW_FIELD_TUN_OPTS) /* of megaflows alone */
		return NULL;
	f = i >= 0 ? &flow_fields[i] : find_long(name, n_name);
	return f || !names || !names->field ? f : names->field(names->aux, name, n_name);
}

const struct flow_field *
xlate_field_in_match(const struct flow_field *f)
{
	if (f == PIPE(IN_PORT) || f == PIPE(IN_PORT_OXM))
		return FLOW(IN_PORT);
	if (f == PIPE(ARP_OP))
		return FLOW(ARP_OP);
	if (f == PIPE(CT_STATE))
		return FLOW(CT_STATE);
	return f == PIPE(TUN_FLAGS) ? FLOW(TUN_FLAGS) : f;
}

bool
xlate_field_is_writable(const struct flow_field *f)
{
	return f->settable || (f >= PIPE(IN_PORT) && f <= PIPE(TUN_FLAGS) && f != PIPE(CT_STATE));
}

void
xlate_field_writable_bits(const struct flow_field *f, struct flow_value *out)
{
	if (f == FLOW(NW_TOS))
		*out = flow_value_from_u64(TOS_DSCP);
	else
		flow_field_ones(f, out);
}

bool
xlate_field_value_ok(const struct flow_field *f, const struct flow_value *value)
{
	struct flow_value bits;

	xlate_field_writable_bits(f, &bits);
	for (size_t i = 0; i < sizeof bits.b; i++) {
		if (value->b[i] & ~bits.b[i])
			return false;
	}
	return true;
}

void
xlate_field_get(const struct flow_field *f, const void *key, struct flow_value *out)
{
	flow_field_get(f, key, out);
	if (f == FLOW(NW_TOS))
		out->b[FLOW_VALUE_BYTES - 1] &= TOS_DSCP;
	else if (f == PIPE(IN_PORT_OXM))
		*out = flow_value_from_u64(xlate_port_widen((uint16_t)flow_value_u64(out)));
}

void
xlate_field_set_masked(const struct flow_field *f, void *key, const struct flow_value *value,
		       const struct flow_value *mask)
{
	uint32_t bits = (uint32_t)flow_value_u64(mask);
	struct flow_value v;
	uint16_t port;

	if (f != PIPE(IN_PORT_OXM)) {
		flow_field_set_masked(f, key, value, mask);
		return;
	}
	xlate_field_get(f, key, &v);
	if (xlate_port_narrow(((uint32_t)flow_value_u64(&v) & ~bits) |
				      ((uint32_t)flow_value_u64(value) & bits),
			      &port))
		port = XLATE_PORT_NONE;
	v = flow_value_from_u64(port);
	flow_field_set(f, key, &v);
}

const char *
xlate_field_long_name(const struct flow_field *f)
{
	if (f->aliases && f >= xlate_fields && f < xlate_fields + XLATE_N_FIELDS)
		return f->aliases;
	for (size_t i = 0; i < sizeof long_names / sizeof long_names[0]; i++) {
		if (f == long_names[i].field)
			return long_names[i].name;
	}
	/* Only fields of a bridge have this as their second name. */
	return f->aliases && !strncmp(f->aliases, "NXM_", 4) ? f->aliases : f->name;
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

bool
xlate_field_allows_mask(const struct flow_field *f, const struct flow_value *mask)
{
	struct flow_value ones;

	if (f->maskable && !f->exact)
		return true;
	flow_field_ones(f, &ones);
	return !memcmp(mask, &ones, sizeof ones);
}
