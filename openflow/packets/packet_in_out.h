/* SPDX-License-Identifier: Apache-2.0 */
/* packets/: packets to controllers and from them: bounded queues, rates, and shares of ports. Other
 * messages are not here.
 *
 * Packet-ins and packet-outs. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Updates whether handlers queue packets at all (a peer is connected), and whether the bridge's
 * pipeline sends table misses to controllers (a peer of 1.0 wants them, or did within the last 30
 * s). To be called after every change in which messages the bridge's peers want. O(peers
 * of the bridge). */
void agent_packets_listen(struct agent_bridge *b);

/* Called once a second: stops sending misses once the 30 s above are over. */
void agent_packets_tick(struct agent_bridge *b, uint64_t now_ns);

/* Sends some of the queued packets to the peers that want them; for the queue's 'ready', with the
 * agent as 'aux'. */
void agent_packets_send(void *aux);

/* Returns 0, or -EINVAL with the agent's error set. */
int peer_packet_out(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br);

/* The first half of peer_packet_out(): checks and translates the packet by the tables as in
 * 'change' so far (NULL: as they are). The caller then calls
 * upc_packet_send() or upc_packet_drop(). */
int peer_packet_prepare(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br,
			const struct xlate_change *change, struct upc_prepared **out);
