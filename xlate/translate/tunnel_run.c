/* SPDX-License-Identifier: Apache-2.0 */
/* As in Open vSwitch: the port states what it is configured with, tun_dst, tun_src and tun_id state
 * the rest. Of the tunnel that a packet arrived from only the key is used: its ends are this host's own, in
 * the other direction. */
#include "translate/tunnel_run.h"

#include "run/commit.h"
#include "run/consult.h"
#include "run/megaflow_mask.h"
#include "run/options.h"

#include <netinet/in.h>

#define ECN_MASK 3
#define ECN_CE 3
#define ECN_ECT0 2

/* Returns the bits of an end that actions have set. They write the last 32 bits of an IPv4 address, and
 * packets have it as ::ffff:a.b.c.d. */
static struct flow_ip6
end_of_actions(const struct flow_ip6 *end, const struct flow_ip6 *written)
{
	struct flow_ip6 to;

	for (size_t i = 0; i < sizeof to.b; i++)
		to.b[i] = end->b[i] & written->b[i];
	if (IN6_IS_ADDR_V4COMPAT(&to))
		to.b[10] = to.b[11] = 0xff;
	return to;
}

static void
ends_fill(const struct run *run, const struct xlate_tunnel *c, struct flow_tunnel *t)
{
	const struct flow_tunnel *now = &run->key.flow.tun, *written = &run->written.flow.tun;

	t->dst = c->remote_flow ? end_of_actions(&now->dst, &written->dst) : c->remote;
	t->src = c->local_flow ? end_of_actions(&now->src, &written->src) : c->local;
}

static void
key_fill(struct run *run, const struct xlate_tunnel *c, struct flow_tunnel *t)
{
	t->id = c->out_key;
	if (c->out_key_flow) {
		consult_number(run, &flow_fields[FLOW_FIELD_TUN_ID], UINT64_MAX);
		t->id = run->key.flow.tun.id;
	}
	t->flags = run->key.flow.tun.flags & run->written.flow.tun.flags & FLOW_TUNNEL_OAM;
	if (c->out_key_flow || c->has_out_key)
		t->flags |= FLOW_TUNNEL_KEYED;
	if (c->df)
		t->flags |= FLOW_TUNNEL_DF;
	if (c->csum)
		t->flags |= FLOW_TUNNEL_CSUM;
}

/* As in Open vSwitch, the outer header of a packet that met congestion has ECT(0) (RFC 3168, 9.1.1). */
static void
tos_fill(struct run *run, const struct xlate_tunnel *c, struct flow_tunnel *t)
{
	bool is_ip = !run->labels.opaque && megaflow_is_ip(&run->key.flow);
	uint8_t tos = is_ip ? run->key.flow.nw_tos : 0, ecn = tos & ECN_MASK;

	t->tos = c->tos;
	t->ttl = c->ttl;
	if (!is_ip)
		return;
	consult_number(run, &flow_fields[FLOW_FIELD_NW_ECN], ECN_MASK);
	if (c->tos_inherit) {
		consult_number(run, &flow_fields[FLOW_FIELD_NW_TOS], UINT8_MAX);
		t->tos = tos & (uint8_t)~ECN_MASK;
	}
	t->tos |= ecn == ECN_CE ? ECN_ECT0 : ecn;
	if (c->ttl_inherit) {
		consult_number(run, &flow_fields[FLOW_FIELD_NW_TTL], UINT8_MAX);
		t->ttl = run->key.flow.nw_ttl;
	}
}

/* The outer packet is either of IPv4 or of IPv6. */
static bool
ends_agree(const struct flow_tunnel *t)
{
	return IN6_IS_ADDR_UNSPECIFIED(&t->src) ||
	       IN6_IS_ADDR_V4MAPPED(&t->src) == IN6_IS_ADDR_V4MAPPED(&t->dst);
}

bool
run_tunnel(struct run *run, const struct xlate_tunnel *config)
{
	struct flow_tunnel t = {0};

	ends_fill(run, config, &t);
	if (IN6_IS_ADDR_UNSPECIFIED(&t.dst)) {
		run_note(run, "no action has set tun_dst or tun_ipv6_dst, not sent to the tunnel");
		run->end.why = FLOW_DROP_NO_REMOTE;
		return false;
	}
	if (!ends_agree(&t)) {
		run_note(run,
			 "one end of the tunnel is of IPv4, the other of IPv6, not sent to it");
		run->end.why = FLOW_DROP_NO_REMOTE;
		return false;
	}
	key_fill(run, config, &t);
	tos_fill(run, config, &t);
	run_options_send(run, &t);
	commit_tunnel(run, &t);
	return !run->end.stop;
}
