/* SPDX-License-Identifier: Apache-2.0 */
/* Handler time by port. Translations are measured for each stretch of packets of one port; the rest
 * of a batch, in which ports are mixed, is charged by their numbers of packets.
 *
 * Cost: one reading of the clock for each change of the port, and three for each batch.
 *
 * Thread safety: belongs to one handler. */
#pragma once

#include "account.h"

#include <flow/dp.h>

/* Packets of one port that follow one another in a batch. */
struct cost_stretch {
	uint32_t port;
	unsigned int n;
	uint64_t ns;
};

struct cost {
	uint64_t since_ns; /* end of what is charged already */
	unsigned int n, n_packets;
	struct cost_stretch stretches[DP_BATCH_MAX];
};

/* Begins a batch. */
void cost_begin(struct cost *c, uint64_t now_ns);

/* Charges the time since the last call to the port of the packet before; the next packet is one of
 * 'port'. */
void cost_packet(struct cost *c, uint32_t port);

/* Charges the time since the last packet to its port. */
void cost_pause(struct cost *c);

/* Leaves out the time since cost_pause(), in which the handler waited. */
void cost_resume(struct cost *c);

/* Charges the rest of the batch to its ports, and adds all to their accounts. o: NULL if there is no
 * NIC. */
void cost_end(struct cost *c, struct accounts *a, struct ofl *o);
