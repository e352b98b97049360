/* SPDX-License-Identifier: Apache-2.0 */
/* openflow/: OpenFlow, from bytes to answers. The headers here are for others: what the daemon
 * starts, configures and shows. The folder never includes control/: what the agent needs of its
 * owner is passed to ctl_agent_create() and ctl_agent_open(). Its rooms are wire, fields, actions,
 * messages and replies, which are a codec without sockets, then connection, peers, packets and
 * agent; each includes those before it.
 *
 * What answers OpenFlow: each bridge of xlate/ has the socket RUNDIR/BRIDGE.mgmt, and the controllers
 * that the operator names.
 *
 * A barrier is answered when both paths are done with older policy; nobody else waits meanwhile
 * (barrier.h). Packets for controllers come from handler threads
 * through a bounded queue and are sent by the event loop.
 *
 * Fail mode "standalone": a bridge with controllers none of which has answered for three probe
 * intervals is an ordinary switch that learns, until a controller is there; its flows stay, and wait.
 * Otherwise they stay in force. What rules a bridge without any starts with is not the agent's:
 * fail_mode.h.
 *
 * Thread safety: control only (RCU-registered, online), unless it says otherwise. */
#pragma once

#include <flow/dp.h>
#include <openflow/agent_config.h>

struct ctl_agent;

/* Serves nobody yet. Returns 0, -EINVAL with 'err' (the TLS files), -ENOMEM. */
int ctl_agent_create(const struct ctl_agent_config *config, struct ctl_agent **out, char *err,
		     size_t n_err);

/* Makes the sockets of the bridges that exist. 'm' is copied. Returns 0, or -errno with 'err'. */
int ctl_agent_open(struct ctl_agent *a, const struct ctl_agent_modules *m, char *err, size_t n_err);

/* Hangs up on everybody and removes the sockets. The tables are still there. */
void ctl_agent_close(struct ctl_agent *a);

/* Handlers are stopped. */
void ctl_agent_destroy(struct ctl_agent *a);

/* For upc_config.controller, 'aux' the agent: queues a packet for controllers. Thread: handler. */
void ctl_agent_packet_in(void *aux, const struct dp_upcall *u);

/* Bridges or ports have changed: brings sockets in line, tells controllers. A bridge is gone from
 * the agent before its xlate_bridge_del(): ctl_agent_bridge_close(). */
void ctl_agent_sync(struct ctl_agent *a);
void ctl_agent_bridge_close(struct ctl_agent *a, const char *bridge);
