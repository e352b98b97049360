/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration that the agent's owner passes to it, and the agent's bounds. Types only. */
#pragma once

#include <openflow/fail_mode.h>
#include <openflow/tls_files.h>

#include <flow/key.h>

#include <stddef.h>
#include <stdint.h>

struct loop_completions;
struct event_base;
struct log;
struct dp;
struct upc;
struct xlate;

#define AGENT_REMOTE_MAX 1024  /* connections accepted for controllers, per bridge */
#define AGENT_MGMT_MAX 1024    /* connections at the mgmt socket, per bridge */
#define AGENT_TARGETS_MAX 16   /* controllers per bridge */
#define AGENT_PACKET_RATE 1000 /* default packet-ins per second and connection */
#define AGENT_PROBE_S 5

/* The modules that the agent works on; borrowed. */
struct agent_modules {
	struct log *log;
	struct dp *dp;
	struct xlate *xlate;
	struct upc *upc;
	struct loop_completions *completions;
};

/* Counts of a port, of both paths. */
struct agent_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t rx_dropped, tx_dropped, rx_errors, tx_errors;
};

/* The device of a port. */
struct agent_port_link {
	struct flow_mac mac;
	bool up;
	uint32_t mbps; /* 0: unknown, or the link is down */
	bool full_duplex, autoneg;
	uint32_t speed_capa; /* bits RTE_ETH_LINK_SPEED_*; 0: unknown */
};

struct agent_config {
	struct event_base *base;
	const char *rundir;
	struct ofp_tls_files tls;
	unsigned int probe_s;	  /* 0: AGENT_PROBE_S */
	unsigned int packet_rate; /* 0: AGENT_PACKET_RATE */
	/* Bound on connections accepted for controllers, over all bridges; 0: no bound but that of
	 * each bridge. The remaining file descriptors are left for operators of the host. */
	unsigned int n_remote_max;
	/* Sets the bits of 'mask' in the configuration of a port (XLATE_CONFIG_*) to those of
	 * 'config'. Returns 0, or -errno with 'err' and changes nothing. */
	int (*port_config_set)(void *aux, const char *port, uint32_t config, uint32_t mask,
			       char *err, size_t n_err);
	/* Returns 0 or -ENOENT. */
	int (*port_counts)(void *aux, const char *port, struct agent_port_counts *out);
	/* Returns 0 or -ENOENT. */
	int (*port_link)(void *aux, uint32_t dp_port, struct agent_port_link *out);
	void *aux; /* for these functions */
};
