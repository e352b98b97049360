/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges by name, their sockets and ports. Thread safety: control only. */
#pragma once

#include "peers/state.h"

/* Returns NULL if the agent has no bridge of this name. */
struct agent_bridge *agent_bridge_find(struct agent *a, const char *name);

/* Listens at the Unix socket RUNDIR/BRIDGE.'what'. Returns 0, or -errno with 'err'. */
int agent_listen(struct agent_bridge *b, const char *what, loop_accept_cb accept,
		 struct ofp_listener **out, char *err, size_t n_err);

/* Returns the index of the first port with at least this number, or n_ports. O(log ports). */
unsigned int agent_port_from(const struct agent_bridge *b, uint64_t number);

/* Returns NULL if the bridge has no port of this number. O(log ports). */
struct agent_port *agent_port_find(const struct agent_bridge *b, uint16_t number);
