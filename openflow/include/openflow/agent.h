/* SPDX-License-Identifier: Apache-2.0 */
/* openflow/: OpenFlow, from bytes to answers. The headers here are for others: what the daemon
 * starts, configures and shows. The folder never includes control/: what the agent needs of its
 * owner is passed to ctl_agent_create() and ctl_agent_open(). Its rooms are wire, fields, actions,
 * messages and replies, which are a codec without sockets, then connection, then agent; each
 * includes those before it.
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
#include <openflow/fail_mode.h>
#include <openflow/tls_files.h>

#include <event2/event.h>
#include <jansson.h>

struct ctl_agent;
struct ctl_completions;
struct log;
struct swp;
struct upc;
struct xlate;

#define CTL_AGENT_REMOTE_MAX 1024  /* connections accepted for controllers, per bridge */
#define CTL_AGENT_MGMT_MAX 1024	   /* connections at the mgmt socket, per bridge */
#define CTL_AGENT_TARGETS_MAX 16   /* controllers per bridge */
#define CTL_AGENT_PACKET_RATE 1000 /* packet-ins per second and connection, by default */
#define CTL_AGENT_PROBE_S 5

/* The modules that the agent works on; borrowed. */
struct ctl_agent_modules {
	struct log *log;
	struct swp *swp;
	struct xlate *xlate;
	struct upc *upc;
	struct ctl_completions *completions;
};

/* Counts of a port, of both paths. */
struct ctl_agent_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_dropped, tx_dropped, rx_errors, tx_errors;
};

struct ctl_agent_config {
	struct event_base *base;
	const char *rundir;
	struct ctl_tls_files tls;
	unsigned int probe_s;	  /* 0: CTL_AGENT_PROBE_S */
	unsigned int packet_rate; /* 0: CTL_AGENT_PACKET_RATE */
	/* Connections accepted for controllers, of all bridges; 0: as many as each bridge may have. The
	 * rest of the file descriptors are for those who operate the host. */
	unsigned int n_remote_max;
	/* Sets the bits of 'mask' in the configuration of a port (XLATE_CONFIG_*) to those of 'config'. Returns
	 * 0, or -errno with 'err': nothing has changed. */
	int (*port_config_set)(void *aux, const char *port, uint32_t config, uint32_t mask,
			       char *err, size_t n_err);
	/* Returns 0 or -ENOENT. */
	int (*port_counts)(void *aux, uint32_t dp_port, struct ctl_agent_port_counts *out);
	void *aux; /* of these two */
};

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
