/* SPDX-License-Identifier: Apache-2.0 */
/* openflow/: OpenFlow, from bytes to answers. The headers here are for other folders: the parts
 * that the daemon starts, configures and shows. The folder never includes control/: the agent's
 * owner passes everything to agent_create() and agent_open(). The rooms are wire, fields,
 * actions, messages and replies, which are a codec without sockets, then connection, peers, packets
 * and agent. Each may include those before it.
 *
 * The agent answers OpenFlow for each bridge of xlate/, at the socket RUNDIR/BRIDGE.mgmt and for
 * the controllers that the operator names.
 *
 * A barrier is answered once both paths have finished with older rules; other peers are served
 * meanwhile (barrier.h). Handler threads queue packets for controllers in a bounded queue; the
 * event loop sends them.
 *
 * Fail mode "standalone": if a bridge has controllers and none has answered for three probe
 * intervals, the bridge is a learning switch until a controller answers; its flows are kept but not
 * used. In the other modes the flows stay in force. The agent does not set the rules that a bridge
 * starts with: see fail_mode.h.
 *
 * Thread safety: control only (RCU-registered, online), except where stated. */
#pragma once

#include <flow/dp.h>
#include <openflow/agent_config.h>

struct agent;

/* Creates an agent that serves no bridge yet. Returns 0, -EINVAL with 'err' (the TLS
 * files), or -ENOMEM. */
int agent_create(const struct agent_config *config, struct agent **out, char *err, size_t n_err);

/* Creates the sockets of the existing bridges. 'm' is copied. Returns 0, or -errno with 'err'. */
int agent_open(struct agent *a, const struct agent_modules *m, char *err, size_t n_err);

/* Closes all connections and removes the sockets. Tables are not changed. */
void agent_close(struct agent *a);

/* Frees the agent. Handlers must have stopped. */
void agent_destroy(struct agent *a);

/* For upc_config.controller, with the agent as 'aux': queues a packet for
 * controllers. Thread: handler. */
void agent_packet_in(void *aux, const struct dp_upcall *u);

/* Called after bridges or ports have changed: updates the sockets and reports the changes to
 * controllers. A bridge must be removed by agent_bridge_close() before xlate_bridge_del(). */
void agent_sync(struct agent *a);
void agent_bridge_close(struct agent *a, const char *bridge);
