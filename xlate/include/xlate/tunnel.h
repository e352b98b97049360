/* SPDX-License-Identifier: Apache-2.0 */
/* The tunnel of a port: which packets of a tunnel device it receives, and what it adds to packets that
 * are sent to it. As the options of tunnels of ovs-vswitchd.conf.db(5).
 *
 * An end is an IPv6 address, or an IPv4 address as ::ffff:a.b.c.d. The keys are in network byte
 * order.
 *
 * Thread safety: plain data. */
#pragma once

#include <flow/key.h>

#define XLATE_TUNNEL_TTL 64 /* unless another one is configured */

struct xlate_tunnel {
	/* Ends to send to and from, and to receive from and at. 'remote_flow', 'local_flow': it is sent
	 * to and from what actions have set as tun_dst and tun_src, and received from and at any
	 * address. A local end of 0: it is received at any, and the kernel chooses by its routes
	 * where it is sent from. */
	struct flow_ip6 remote, local;
	be64 in_key, out_key;
	bool remote_flow, local_flow;
	bool in_key_flow;  /* packets of every key are received */
	bool out_key_flow; /* the key is tun_id, as an action has set it, or as the packet arrived */
	bool has_out_key;  /* false: packets are sent without a key, unless 'out_key_flow' */
	/* Of the outer header. The ECN bits are the packet's own, or ECT(0) for CE. 'tos_inherit', 'ttl_inherit': those of an
	 * IP packet are copied; other packets have 'tos' and 'ttl'. */
	uint8_t tos, ttl;
	bool tos_inherit, ttl_inherit;
	bool df;   /* the outer packet must not be fragmented */
	bool csum; /* the outer header has a checksum */
};

/* Tunnel fields that actions have set, and their bits. */
struct xlate_tunnel_fields {
	struct flow_tunnel value, mask;
};

/* Sets the bits of 'fields' in 'tunnel'. */
static inline void
xlate_tunnel_fields_apply(const struct xlate_tunnel_fields *fields, struct flow_tunnel *tunnel)
{
	const uint8_t *value = (const uint8_t *)&fields->value;
	const uint8_t *mask = (const uint8_t *)&fields->mask;
	uint8_t *to = (uint8_t *)tunnel;

	for (size_t i = 0; i < sizeof *tunnel; i++)
		to[i] = (uint8_t)((to[i] & ~mask[i]) | (value[i] & mask[i]));
}
