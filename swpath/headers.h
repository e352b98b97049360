/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of TCP and UDP packets, and their checksums.
 *
 * Thread safety: the owner of the packet. */
#pragma once

#include <rte_mbuf.h>

#include <stdbool.h>
#include <stdint.h>

/* Headers of a TCP or UDP packet, no fragment, as offsets from the frame's start: tags and MPLS
 * labels up to 'l3'; IPv4, or IPv6 without extension headers; 'end' of the IP packet. */
struct swp_headers {
	uint16_t l3, l4, payload;
	bool ip6, udp, labels;
	uint32_t end;
};

/* Finds the headers in the first segment. Returns false if they are others, or not whole. */
bool swp_headers_find(const struct rte_mbuf *m, struct swp_headers *out);

/* Returns the checksum field. */
uint8_t *swp_checksum_field(uint8_t *data, const struct swp_headers *h);

/* Writes the sum of the pseudo-header to the checksum field, as devices and kernels expect it. */
void swp_checksum_pseudo(uint8_t *data, const struct swp_headers *h);

/* Adds the bytes from 'l4' to 'end' to the sum that 'field', which is among them, has, and writes the
 * checksum there. O(bytes). */
void swp_checksum_put(struct rte_mbuf *m, uint32_t l4, uint32_t end, uint8_t *field, bool udp);

/* Computes the checksum of a packet with these headers. O(bytes). */
void swp_checksum_complete(struct rte_mbuf *m, const struct swp_headers *h);
