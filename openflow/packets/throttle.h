/* SPDX-License-Identifier: Apache-2.0 */
/* Slows down peers that send packet-outs faster than workers execute them.
 *
 * A peer that sends a packet-out while AGENT_THROTTLE_PACKETS wait in the datapath is not served until
 * half of them are sent. So its connection slows down instead of its packets being refused; other
 * peers are served meanwhile. At most AGENT_THROTTLE_PACKETS, and one more for each peer,
 * wait in total.
 * Cost: O(workers) for each packet-out; O(peers that wait) for a check each millisecond
 * while any waits.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define AGENT_THROTTLE_PACKETS 512

/* Returns 0 or -ENOMEM. */
int agent_throttle_init(struct agent *a);

/* Requires that no peer waits. */
void agent_throttle_destroy(struct agent *a);

/* Called after the peer has sent a packet-out: pauses the peer if too many wait. */
void peer_throttle(struct peer *p);

/* Stops waiting; called before the peer is freed. */
void peer_throttle_forget(struct peer *p);
