/* SPDX-License-Identifier: Apache-2.0 */
/* Holds back peers that send packet-outs faster than workers execute them.
 *
 * A peer that sends a packet-out while AGENT_PACE_PACKETS wait in the datapath is not served until half of
 * them are out, so its connection slows down instead of its packets being refused. Others are served
 * meanwhile. All peers together have at most AGENT_PACE_PACKETS and one for each peer waiting.
 * Cost: O(workers) for each packet-out; O(peers that wait) for a look, each millisecond while any does.
 *
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define AGENT_PACE_PACKETS 512

/* Returns 0 or -ENOMEM. */
int agent_pace_init(struct ctl_agent *a);

/* No peer waits. */
void agent_pace_destroy(struct ctl_agent *a);

/* The peer has sent a packet-out: holds it back if too many wait. */
void peer_pace(struct peer *p);

/* The peer is about to be freed: it waits no longer. */
void peer_pace_forget(struct peer *p);
