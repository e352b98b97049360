/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"
#include <emu.h>
#include <string.h>

#define PAYLOAD 18

static void
put(uint8_t **at, uint64_t value, unsigned n_bytes)
{
	while (n_bytes-- > 0)
		*(*at)++ = (uint8_t)(value >> (8 * n_bytes));
}

static void
random_ip(struct frame *f, struct rng *rng)
{
	static const uint8_t protocols[] = {6, 6, 17, 17, 1};

	for (int i = 0; i < 4; i++) {
		f->src[i] = f->ip_version == 6 || i == 3 ? 0x0a000000 + rng_below(rng, 3) : 0;
		f->dst[i] = f->ip_version == 6 || i == 3 ? 0x0a000100 + rng_below(rng, 6) : 0;
	}
	f->dscp = (uint8_t)rng_below(rng, 3);
	f->ecn = (uint8_t)rng_below(rng, 2);
	f->ttl = (uint8_t)(63 + rng_below(rng, 2));
	f->protocol = protocols[rng_below(rng, 5)];
	f->label = f->ip_version == 6 ? rng_below(rng, 2) : 0;
	f->fragment = rng_below(rng, 8) ? 0 : 1 + rng_below(rng, 2);
	if (!frame_has_ports(f))
		return;
	f->sport = (uint16_t)(1000 + rng_below(rng, 3));
	f->dport = (uint16_t)(80 + rng_below(rng, 4));
	if (f->protocol == 6) {
		f->tcp_flags = (uint16_t)rng_below(rng, 512);
		f->seq = rng_below(rng, 3);
	}
}

void
frame_random(struct frame *f, struct rng *rng, unsigned n_vports)
{
	memset(f, 0, sizeof(*f));
	f->vport = rng_below(rng, 3) ? (uint16_t)(1 + rng_below(rng, n_vports)) : EMU_WIRE;
	f->dmac = 0x020000000000 + rng_below(rng, 6);
	f->smac = 0x020000000100 + rng_below(rng, 3);
	f->n_tags = rng_below(rng, 2) ? 0 : 1 + rng_below(rng, 2);
	for (unsigned i = 0; i < f->n_tags; i++) {
		f->tpid[i] = rng_below(rng, 4) ? 0x8100 : 0x88a8;
		f->tci[i] = (uint16_t)(rng_below(rng, 2) << 13 | (10 + rng_below(rng, 4)));
	}
	unsigned kind = rng_below(rng, 5);

	f->ip_version = kind < 2 ? 4 : kind < 4 ? 6 : 0;
	f->ethertype = f->ip_version == 4 ? 0x0800 : f->ip_version == 6 ? 0x86dd : 0x1234;
	if (f->ip_version)
		random_ip(f, rng);
}

bool
frame_has_ports(const struct frame *f)
{
	return f->ip_version && f->fragment < 2 && (f->protocol == 6 || f->protocol == 17);
}

static uint32_t
sum_of(const uint8_t *bytes, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t
folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t
pseudo_sum(const struct frame *f, size_t l4_length)
{
	uint32_t sum = f->protocol + (uint32_t)l4_length;

	for (int i = 0; i < 4; i++)
		sum += (f->src[i] >> 16) + (f->src[i] & 0xffff) + (f->dst[i] >> 16) +
		       (f->dst[i] & 0xffff);
	return sum;
}

static uint8_t *
write_l4(const struct frame *f, uint8_t *at)
{
	uint8_t *start = at, *checksum = NULL;

	if (frame_has_ports(f)) {
		put(&at, f->sport, 2);
		put(&at, f->dport, 2);
	}
	if (frame_has_ports(f) && f->protocol == 6) {
		put(&at, f->seq, 4);
		put(&at, 0, 4);
		put(&at, 0x5000 | f->tcp_flags, 2);
		put(&at, 1024, 2);
		checksum = at;
		put(&at, 0, 4);
	} else if (frame_has_ports(f)) {
		put(&at, 8 + PAYLOAD, 2);
		checksum = at;
		put(&at, 0, 2);
	}
	for (int i = 0; i < PAYLOAD; i++)
		put(&at, (uint64_t)(0xa0 + i), 1);
	if (checksum) {
		uint16_t sum = folded(
			sum_of(start, (size_t)(at - start), pseudo_sum(f, (size_t)(at - start))));

		put(&checksum, sum || f->protocol == 6 ? sum : 0xffff, 2);
	}
	return at;
}

static uint8_t *
write_ip4(const struct frame *f, uint8_t *at)
{
	uint8_t *header = at, *end = write_l4(f, at + 20);
	static const uint16_t fragments[] = {0, 0x2000, 0x0010};

	put(&at, 0x45, 1);
	put(&at, (uint64_t)(f->dscp << 2 | f->ecn), 1);
	put(&at, (uint64_t)(end - header), 2);
	put(&at, 0x4321, 2);
	put(&at, fragments[f->fragment], 2);
	put(&at, f->ttl, 1);
	put(&at, f->protocol, 1);
	put(&at, 0, 2);
	put(&at, f->src[3], 4);
	put(&at, f->dst[3], 4);
	uint8_t *checksum = header + 10;

	put(&checksum, folded(sum_of(header, 20, 0)), 2);
	return end;
}

static uint8_t *
write_ip6(const struct frame *f, uint8_t *at)
{
	uint8_t *l4 = at + 40 + (f->fragment ? 8 : 0), *end = write_l4(f, l4);

	put(&at, 6ULL << 28 | (uint64_t)f->dscp << 22 | (uint64_t)f->ecn << 20 | f->label, 4);
	put(&at, (uint64_t)(end - at) - 36, 2);
	put(&at, f->fragment ? 44 : f->protocol, 1);
	put(&at, f->ttl, 1);
	for (int i = 0; i < 4; i++)
		put(&at, f->src[i], 4);
	for (int i = 0; i < 4; i++)
		put(&at, f->dst[i], 4);
	if (f->fragment) {
		put(&at, f->protocol, 1);
		put(&at, 0, 1);
		put(&at, f->fragment == 1 ? 1 : 0x80, 2);
		put(&at, 7, 4);
	}
	return end;
}

size_t
frame_write(const struct frame *f, uint8_t *bytes)
{
	uint8_t *at = bytes;

	put(&at, f->dmac, 6);
	put(&at, f->smac, 6);
	for (unsigned i = 0; i < f->n_tags; i++) {
		put(&at, f->tpid[i], 2);
		put(&at, f->tci[i], 2);
	}
	put(&at, f->ethertype, 2);
	if (f->ip_version == 4)
		at = write_ip4(f, at);
	else if (f->ip_version == 6)
		at = write_ip6(f, at);
	else
		at = write_l4(f, at);
	return (size_t)(at - bytes);
}
