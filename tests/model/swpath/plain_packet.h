/* SPDX-License-Identifier: Apache-2.0 */
/* Random packets that are plain: TCP or UDP over IPv4 or IPv6.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <support/rng.h>

#include <stdbool.h>
#include <stddef.h>

/* Most bytes of a packet. */
#define PLAIN_PACKET_BYTES 96

static inline size_t
plain_bytes(uint8_t *p, struct rng *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)rng_u32(r);
	return n;
}

static inline size_t
plain_16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

/* Writes the header of IPv4 or IPv6 at 'l3' of a packet that ends at 'end'. */
static inline void
plain_l3(struct rng *r, uint8_t *p, size_t l3, size_t end, bool ip6, uint8_t proto)
{
	if (ip6) {
		p[l3] = (uint8_t)(0x60 | (p[l3] & 0xf));
		plain_16(p + l3 + 4, (uint16_t)(end - l3 - 40));
		p[l3 + 6] = proto;
		return;
	}
	p[l3] = 0x45;
	plain_16(p + l3 + 2, (uint16_t)(end - l3));
	plain_16(p + l3 + 6, rng_below(r, 2) ? 0x4000 : 0);
	p[l3 + 9] = proto;
}

/* Writes a plain packet. Returns its length. */
static inline size_t
plain_packet(struct rng *r, uint8_t *p, bool ip6)
{
	uint8_t proto = rng_below(r, 2) ? 6 : 17;
	size_t at = plain_bytes(p, r, 12), l3, l4;

	if (rng_below(r, 2)) {
		at += plain_16(p + at, rng_below(r, 2) ? 0x8100 : 0x88a8);
		at += plain_bytes(p + at, r, 2);
	}
	at += plain_16(p + at, ip6 ? 0x86dd : 0x0800);
	l3 = at;
	at += plain_bytes(p + at, r, ip6 ? 40 : 20);
	l4 = at;
	at += plain_bytes(p + at, r, 20 + rng_below(r, 8));
	plain_l3(r, p, l3, at, ip6, proto);
	p[l4 + 12] = 0x50;
	return at + rng_below(r, 8);
}
