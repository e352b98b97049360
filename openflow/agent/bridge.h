/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges by name, and their sockets. Thread safety: control only. */
#pragma once

#include "agent/state.h"

struct agent_bridge *agent_bridge_find(struct ctl_agent *a, const char *name);

/* Listens at RUNDIR/BRIDGE.'what', a Unix socket. 0, or -errno with 'err'. */
int agent_listen(struct agent_bridge *b, const char *what, ctl_accept_cb accept,
		 struct ctl_listener **out, char *err, size_t n_err);
