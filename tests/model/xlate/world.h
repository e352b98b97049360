/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge with the ports, tables and packets of random.h. A failure fails the test.
 *
 * Thread safety: the test's thread. */
#pragma once

#include "random.h"

#include <flow/key.h>
#include <xlate/xlate.h>

#define WORLD_PORTS 8
#define WORLD_FRAME_BYTES 2048

struct world {
	struct xlate *x;
	struct xlate_bridge *br;
	struct rng r;
};

/* Datapath numbers of the ports that random_packet() names. */
extern const uint32_t world_ports[WORLD_PORTS];

/* Makes the bridge, whose ports have these datapath numbers. */
void world_make(struct world *w, const struct xlate_config *config,
		const uint32_t dp_ports[WORLD_PORTS]);
void world_free(struct world *w);

/* Replaces the rules by random ones. Every packet matches some. */
void world_tables(struct world *w);

/* Makes frame 'i' of 'n' near a packet of a megaflow: the packet itself; others that agree with the mask;
 * an unrelated one; a damaged one. Returns its length. */
size_t world_frame(struct world *w, const struct flow_match *match, const struct flow_key *own,
		   unsigned int i, unsigned int n, uint8_t data[WORLD_FRAME_BYTES]);
