/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnel_put.h"

#include <linux/openvswitch.h>

static bool
is_zero(const void *p, size_t n)
{
	static const uint8_t zero[sizeof(struct flow_tunnel)];

	return !memcmp(p, zero, n);
}

static void
addresses_put(struct kdp_writer *w, bool is_ip4, const struct flow_tunnel *b)
{
	size_t from = is_ip4 ? FLOW_IP6_V4_AT : 0, n = 16 - from;

	if (!is_zero(b->src.b + from, n))
		kdp_put(w, is_ip4 ? OVS_TUNNEL_KEY_ATTR_IPV4_SRC : OVS_TUNNEL_KEY_ATTR_IPV6_SRC,
			b->src.b + from, n);
	if (!is_zero(b->dst.b + from, n))
		kdp_put(w, is_ip4 ? OVS_TUNNEL_KEY_ATTR_IPV4_DST : OVS_TUNNEL_KEY_ATTR_IPV6_DST,
			b->dst.b + from, n);
}

/* The TTL is written even if it is 0: the kernel requires that it is specified. The mask of options
 * has their number of bytes, which may be 0. */
void
kdp_tunnel_put(struct kdp_writer *w, int type, const struct flow_tunnel *shape,
	       const struct flow_tunnel *b, bool is_mask)
{
	bool is_ip4 = is_zero(&shape->dst, 16) || flow_ip6_is_v4(&shape->dst);
	struct nlattr *nest;

	if (is_zero(b, sizeof *b))
		return;
	nest = kdp_nest(w, type);
	if (b->flags & FLOW_TUNNEL_KEYED || b->id)
		kdp_put(w, OVS_TUNNEL_KEY_ATTR_ID, &b->id, sizeof b->id);
	addresses_put(w, is_ip4, b);
	if (b->tos)
		kdp_put_u8(w, OVS_TUNNEL_KEY_ATTR_TOS, b->tos);
	if (b->ttl || !is_mask)
		kdp_put_u8(w, OVS_TUNNEL_KEY_ATTR_TTL, b->ttl);
	if (b->flags & FLOW_TUNNEL_DF)
		kdp_put_flag(w, OVS_TUNNEL_KEY_ATTR_DONT_FRAGMENT);
	if (b->flags & FLOW_TUNNEL_CSUM)
		kdp_put_flag(w, OVS_TUNNEL_KEY_ATTR_CSUM);
	if (b->flags & FLOW_TUNNEL_OAM)
		kdp_put_flag(w, OVS_TUNNEL_KEY_ATTR_OAM);
	if (b->tp_src)
		kdp_put_u16(w, OVS_TUNNEL_KEY_ATTR_TP_SRC, b->tp_src);
	if (b->tp_dst)
		kdp_put_u16(w, OVS_TUNNEL_KEY_ATTR_TP_DST, b->tp_dst);
	if (b->n_opt_bytes)
		kdp_put(w, OVS_TUNNEL_KEY_ATTR_GENEVE_OPTS, b->opts, shape->n_opt_bytes);
	kdp_nest_end(w, nest);
}
