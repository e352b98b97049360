/* SPDX-License-Identifier: Apache-2.0 */
/* packets/: packets to controllers and from them: queues with bounds, rates, and shares of ports.
 * Other messages are not here.
 *
 * Packets to controllers and from them. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Updates whether handlers queue packets at all (a peer is connected), and whether the bridge's pipeline
 * sends table misses to controllers (a peer of 1.0 wants them, or wanted them within the last 30 s). The
 * caller calls it after every change of what a peer of the bridge wants. O(peers of the bridge). */
void agent_packets_listen(struct agent_bridge *b);

/* Once a second: ends what the 30 s above are over for. */
void agent_packets_tick(struct agent_bridge *b, uint64_t now_ns);

/* Sends some of what is queued to the peers that want it; for the queue's 'ready', 'aux' the agent. */
void agent_packets_send(void *aux);

/* 0, or -EINVAL with the agent's error set. */
int peer_packet_out(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br);

/* The same in two steps: checked and translated, by the tables as 'change' has them so far (NULL:
 * as they are); to be sent or dropped by upc_packet_send(), upc_packet_drop(). */
int peer_packet_prepare(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br,
			const struct xlate_change *change, struct upc_prepared **out);
