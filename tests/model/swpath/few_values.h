/* SPDX-License-Identifier: Apache-2.0 */
/* Random keys and megaflows over so few values that they often match.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <flow/key.h>
#include <support/rng.h>

static inline void
few_key(struct rng *r, struct flow_key *k)
{
	memset(k, 0, sizeof *k);
	k->in_port = 1 + rng_below(r, 3);
	k->eth_dst.b[5] = (uint8_t)rng_below(r, 3);
	k->eth_type = 0x0008;
	k->vlan[0].tci = (be16)rng_below(r, 2);
	k->nw_src = rng_below(r, 4) << 24 | 10;
	k->nw_proto = (uint8_t)rng_below(r, 2);
	k->tp_dst = (be16)rng_below(r, 4);
	k->tcp_flags = (be16)rng_below(r, 2);
	k->mpls[0] = rng_below(r, 4) ? 0 : 1;
	if (!rng_below(r, 3)) {
		k->ipv6_src.b[0] = (uint8_t)rng_below(r, 2);
		k->ipv6_dst.b[15] = (uint8_t)rng_below(r, 3);
	}
}

/* Makes a mask of the fields that bits of 'parts' select. */
static inline void
mask_of_parts(uint32_t parts, struct flow_key *m)
{
	memset(m, 0, sizeof *m);
	if (parts & 1)
		m->in_port = UINT32_MAX;
	if (parts & 2)
		memset(&m->eth_dst, 0xff, sizeof m->eth_dst);
	if (parts & 4)
		m->eth_type = UINT16_MAX;
	if (parts & 8)
		m->vlan[0].tci = UINT16_MAX;
	if (parts & 16)
		m->nw_src = UINT32_MAX;
	if (parts & 32)
		m->nw_proto = UINT8_MAX;
	if (parts & 64)
		m->tp_dst = UINT16_MAX;
	if (parts & 128)
		m->tcp_flags = UINT16_MAX;
	if (parts & 256)
		m->mpls[0] = UINT32_MAX;
	if (parts & 512)
		m->ipv6_src.b[0] = UINT8_MAX;
	if (parts & 1024)
		memset(&m->ipv6_dst, 0xff, sizeof m->ipv6_dst);
}

static inline void
few_match(struct rng *r, uint32_t parts, struct flow_match *m)
{
	few_key(r, &m->key);
	mask_of_parts(parts, &m->mask);
	flow_match_canonicalize(m);
}
