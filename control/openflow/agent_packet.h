/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to controllers and from them. Thread safety: control only. */
#pragma once

#include "agent_peer.h"

/* Says whether handlers should queue packets at all (somebody is connected), and whether the
 * pipeline tells of misses (somebody would hear of them). After every change of what a peer
 * wants. */
void agent_packets_listen(struct ctl_agent *a);

/* Sends what is queued to those who want it; for the queue's 'ready', 'aux' the agent. */
void agent_packets_send(void *aux);

/* 0, or -EINVAL with the agent's error set. */
int peer_packet_out(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br);

/* The same in two steps: checked and translated, by the tables as 'change' has them so far (NULL:
 * as they are); to be sent or dropped by upc_packet_send(), upc_packet_drop(). */
int peer_packet_prepare(struct peer *p, const struct ofp_packet_out *po, struct xlate_bridge *br,
			const struct xlate_change *change, struct upc_prepared **out);

/* True when one more may be sent at 'now_ns' at a rate of 'per_s', with a second's burst. */
bool agent_bucket_take(struct agent_bucket *b, unsigned int per_s, uint64_t now_ns);
