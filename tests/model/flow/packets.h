/* SPDX-License-Identifier: Apache-2.0 */
/* Random packets of every protocol that a key covers, and naive checks of them.
 *
 * Thread safety: pure, but for the caller's rng. */
#pragma once

#include <flow/parse.h>
#include <support/rng.h>

#define PACKET_BYTES_MAX 1024

/* A packet and its expected parse. */
struct packet_case {
	struct flow_key key;
	struct flow_offsets ofs;
	uint8_t data[PACKET_BYTES_MAX];
	size_t n;
	struct flow_ip6 final_dst; /* IPv6: the last address of a routing header, for the
				    * pseudo-header */
};

void rng_bytes(struct rng *r, void *out, size_t n);

/* Makes a random packet: tags, labels, ARP, IPv4 with options, IPv6 with extension headers,
 * fragments, every L4 protocol, trailing bytes. Metadata of the key is random. */
void packet_random(struct rng *r, struct packet_case *c);

/* Returns true if every checksum of the packet is right; otherwise 'why' names the wrong one. */
bool packet_checksums_ok(const struct packet_case *c, const char **why);
