/* SPDX-License-Identifier: Apache-2.0 */
/* A packet at a handler: an allocation of its own, with the bytes.
 *
 * Thread safety: its owner. */
#pragma once

#include "packet.h"

#include <flow/dp.h>

struct kdp_upcall {
	struct dp_upcall u;
	uint16_t mru;
	uint8_t data[];
};

/* Copies what the kernel sent. 'received_ns': clock_now_ns(). Returns NULL without memory. */
struct dp_upcall *kdp_upcall_new(const struct kdp_packet *p, uint64_t received_ns);

/* Makes one of the caller's bytes; its key is parsed. Returns NULL without memory, or if 'n' is more
 * than a message holds. */
struct dp_upcall *kdp_upcall_of_bytes(const uint8_t *data, size_t n, uint32_t in_port);
uint16_t kdp_upcall_mru(const struct dp_upcall *u);
void kdp_upcall_free(struct dp_upcall *u);
