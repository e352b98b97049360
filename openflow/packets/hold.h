/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-ins on their way to one peer.
 *
 * A peer may have 'packet-in-rate' of them a second, of which a second's worth may come at once, and none
 * while CTL_CONN_BACKLOG bytes wait to be sent to it, or its share of half of CTL_CONN_TOTAL when all peers
 * together have that much. What it may not have yet waits: AGENT_HELD_PEER packets of a peer, but
 * AGENT_HELD_LEAST of a peer when AGENT_HELD_BYTES wait for all peers together. The places of a peer are
 * shared between the ports that packets came in by, and so are its turns (fair.h). Packets without a
 * place are dropped, and counted by what the peer waits for. */
#pragma once

#include "peers/state.h"

#define AGENT_HELD_PEER 128
#define AGENT_HELD_LEAST 4
#define AGENT_HELD_BYTES (32u << 20)

/* Refills 'b' at 'per_s' tokens a second, for a second's worth at most, and takes one. Returns false if
 * there is none. */
bool agent_bucket_take(struct agent_bucket *b, unsigned int per_s, uint64_t now_ns);

/* 0 or -ENOMEM. */
int agent_holds_create(struct ctl_agent *a);
void agent_holds_destroy(struct ctl_agent *a);

/* Sends 'm', a PACKET_IN that the peer wants, now or when it may have it, or drops it. 'port': the
 * datapath's number of the port that it came in by. 'controller_id': whom the action names. */
void peer_packet_in(struct peer *p, const struct ofp_message *m, uint32_t port,
		    uint16_t controller_id, uint64_t now_ns);

unsigned int peer_held(const struct peer *p);
void peer_held_free(struct peer *p);
