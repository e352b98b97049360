/* SPDX-License-Identifier: Apache-2.0 */
/* RUNDIR/BRIDGE.snoop, where ovs-ofctl snoop finds what one controller and the bridge say to each
 * other.
 *
 * Who snoops is given one controller: the master, else an equal, else a slave; another one when
 * that is gone. HELLO is not shown. Who does not read what it is given is let go as any peer is,
 * and takes nothing from others.
 * Thread safety: control only. */
#pragma once

#include "peers/state.h"

#define AGENT_SNOOPERS_MAX 8

/* 0, or -errno with 'err'. */
int snoop_open(struct agent_bridge *b, char *err, size_t n_err);
void snoop_close(struct agent_bridge *b);

/* Whole messages that a peer sent or is sent. */
void snoop_see(const struct peer *p, const uint8_t *bytes, size_t n);

/* It is about to be freed. */
void snoop_forget(const struct peer *p);
