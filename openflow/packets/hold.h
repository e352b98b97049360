/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-ins waiting to be sent to one peer.
 *
 * A peer gets at most 'packet-in-rate' packet-ins a second, of which one second's worth may be sent
 * at once. It gets none while OFP_CONN_BACKLOG bytes wait to be sent to it; if all peers together
 * have half of OFP_CONN_TOTAL waiting, its bound is its share of that half. Packet-ins beyond that
 * are held: up to AGENT_HELD_PEER of a peer, but AGENT_HELD_LEAST while AGENT_HELD_BYTES are held
 * for all peers. The places and turns of a peer are shared between the ports on which the packets
 * arrived (fair.h). Packets without a place are dropped and counted by the reason why
 * the peer waits.
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define AGENT_HELD_PEER 128
#define AGENT_HELD_LEAST 4
#define AGENT_HELD_BYTES (32u << 20)

/* Refills 'b' at 'per_s' tokens a second, up to one second's worth, and takes a token. Returns
 * false if there is none. */
bool agent_bucket_take(struct agent_bucket *b, unsigned int per_s, uint64_t now_ns);

/* Returns 0 or -ENOMEM. */
int agent_holds_create(struct agent *a);
void agent_holds_destroy(struct agent *a);

/* Sends 'm', a PACKET_IN that the peer wants, at once or later, or drops it. 'port': the datapath's
 * number of the port on which it arrived. 'controller_id': the one that the action names. */
void peer_packet_in(struct peer *p, const struct ofp_message *m, uint32_t port,
		    uint16_t controller_id, uint64_t now_ns);

/* Returns the number of packet-ins held for the peer. */
unsigned int peer_held(const struct peer *p);

/* Drops the packet-ins held for the peer; called before the peer is freed. */
void peer_held_free(struct peer *p);
