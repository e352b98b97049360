/* SPDX-License-Identifier: Apache-2.0 */
/* RUNDIR/BRIDGE.snoop, where ovs-ofctl snoop reads the messages between the bridge
 * and one controller.
 *
 * A snooper is shown one controller: the master, else an equal, else a slave; when that one
 * disconnects, another. HELLO is not shown. A snooper that does not read is dropped like any other
 * peer, and costs the others nothing.
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define AGENT_SNOOPERS_MAX 8

/* Returns 0, or -errno with 'err'. */
int snoop_open(struct agent_bridge *b, char *err, size_t n_err);
void snoop_close(struct agent_bridge *b);

/* Copies whole messages from or to a peer to the snoopers that watch it. */
void snoop_see(const struct peer *p, const uint8_t *bytes, size_t n);

/* Called before the peer is freed. */
void snoop_forget(const struct peer *p);
