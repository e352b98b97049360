/* SPDX-License-Identifier: Apache-2.0 */
/* Random packets that are plain: TCP or UDP over IPv4.
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

/* Writes a plain packet. Returns its length. */
static inline size_t
plain_packet(struct rng *r, uint8_t *p)
{
	bool tcp = rng_below(r, 2);
	size_t at = plain_bytes(p, r, 12), l3;

	if (rng_below(r, 2)) {
		at += plain_16(p + at, rng_below(r, 2) ? 0x8100 : 0x88a8);
		at += plain_bytes(p + at, r, 2);
	}
	at += plain_16(p + at, 0x0800);
	l3 = at;
	at += plain_bytes(p + at, r, 20);
	at += plain_bytes(p + at, r, 20 + rng_below(r, 8));
	p[l3] = 0x45;
	plain_16(p + l3 + 2, (uint16_t)(at - l3));
	plain_16(p + l3 + 6, rng_below(r, 2) ? 0x4000 : 0);
	p[l3 + 9] = tcp ? 6 : 17;
	p[l3 + 20 + 12] = 0x50;
	return at + rng_below(r, 8);
}
