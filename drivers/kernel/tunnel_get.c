/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnel_get.h"

#include <errno.h>
#include <linux/openvswitch.h>

static const struct nla_policy policy[OVS_TUNNEL_KEY_ATTR_MAX + 1] = {
	[OVS_TUNNEL_KEY_ATTR_ID] = {NLA_UNSPEC, 8, 8},
	[OVS_TUNNEL_KEY_ATTR_IPV4_SRC] = {NLA_UNSPEC, 4, 4},
	[OVS_TUNNEL_KEY_ATTR_IPV4_DST] = {NLA_UNSPEC, 4, 4},
	[OVS_TUNNEL_KEY_ATTR_TOS] = {NLA_U8, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_TTL] = {NLA_U8, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_DONT_FRAGMENT] = {NLA_FLAG, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_CSUM] = {NLA_FLAG, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_OAM] = {NLA_FLAG, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_TP_SRC] = {NLA_U16, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_TP_DST] = {NLA_U16, 0, 0},
	[OVS_TUNNEL_KEY_ATTR_IPV6_SRC] = {NLA_UNSPEC, 16, 16},
	[OVS_TUNNEL_KEY_ATTR_IPV6_DST] = {NLA_UNSPEC, 16, 16},
};

/* The prefix of an IPv4-mapped address is matched if any of the address is: it distinguishes the
 * families. */
static void
address_get(const struct nlattr *ip4, const struct nlattr *ip6, bool is_mask, struct flow_ip6 *out)
{
	if (ip6) {
		memcpy(out, nla_data(ip6), sizeof *out);
		return;
	}
	if (!ip4)
		return;
	*out = flow_ip6_of_v4(nla_data(ip4));
	if (is_mask)
		memset(out->b, 0xff, FLOW_IP6_V4_AT);
}

static uint8_t
flags_get(struct nlattr *const *a)
{
	uint8_t flags = 0;

	if (a[OVS_TUNNEL_KEY_ATTR_ID])
		flags |= FLOW_TUNNEL_KEYED;
	if (a[OVS_TUNNEL_KEY_ATTR_DONT_FRAGMENT])
		flags |= FLOW_TUNNEL_DF;
	if (a[OVS_TUNNEL_KEY_ATTR_CSUM])
		flags |= FLOW_TUNNEL_CSUM;
	if (a[OVS_TUNNEL_KEY_ATTR_OAM])
		flags |= FLOW_TUNNEL_OAM;
	return flags;
}

static int
options_get(const struct nlattr *a, const struct flow_tunnel *shape, struct flow_tunnel *out,
	    const char **refused)
{
	int n = a ? nla_len(a) : 0;

	if (!a)
		return 0;
	if (shape && n != shape->n_opt_bytes)
		return -EBADMSG;
	if (n > FLOW_GENEVE_OPT_BYTES) {
		*refused = "tun_opts";
		return -EOPNOTSUPP;
	}
	memcpy(out->opts, nla_data(a), (size_t)n);
	out->n_opt_bytes = shape ? UINT8_MAX : (uint8_t)n;
	return 0;
}

int
kdp_tunnel_get(struct nlattr *nest, const struct flow_tunnel *shape, struct flow_tunnel *out,
	       const char **refused)
{
	static const struct flow_ip6 zero;
	struct nlattr *a[OVS_TUNNEL_KEY_ATTR_MAX + 1];

	if (nla_parse_nested(a, OVS_TUNNEL_KEY_ATTR_MAX, nest, policy))
		return -EBADMSG;
	if (a[OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS] || a[OVS_TUNNEL_KEY_ATTR_ERSPAN_OPTS]) {
		*refused = a[OVS_TUNNEL_KEY_ATTR_VXLAN_OPTS] ? "tun_gbp" : "tun_erspan";
		return -EOPNOTSUPP;
	}
	address_get(a[OVS_TUNNEL_KEY_ATTR_IPV4_SRC], a[OVS_TUNNEL_KEY_ATTR_IPV6_SRC], shape,
		    &out->src);
	address_get(a[OVS_TUNNEL_KEY_ATTR_IPV4_DST], a[OVS_TUNNEL_KEY_ATTR_IPV6_DST], shape,
		    &out->dst);
	if (!shape && !memcmp(&out->dst, &zero, sizeof zero))
		return -EBADMSG;
	if (a[OVS_TUNNEL_KEY_ATTR_ID])
		memcpy(&out->id, nla_data(a[OVS_TUNNEL_KEY_ATTR_ID]), sizeof out->id);
	if (a[OVS_TUNNEL_KEY_ATTR_TOS])
		out->tos = nla_get_u8(a[OVS_TUNNEL_KEY_ATTR_TOS]);
	if (a[OVS_TUNNEL_KEY_ATTR_TTL])
		out->ttl = nla_get_u8(a[OVS_TUNNEL_KEY_ATTR_TTL]);
	if (a[OVS_TUNNEL_KEY_ATTR_TP_SRC])
		out->tp_src = nla_get_u16(a[OVS_TUNNEL_KEY_ATTR_TP_SRC]);
	if (a[OVS_TUNNEL_KEY_ATTR_TP_DST])
		out->tp_dst = nla_get_u16(a[OVS_TUNNEL_KEY_ATTR_TP_DST]);
	out->flags = flags_get(a);
	return options_get(a[OVS_TUNNEL_KEY_ATTR_GENEVE_OPTS], shape, out, refused);
}
