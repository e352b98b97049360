/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a megaflow's actions to rte_flow actions: its counter, then for each output the edits of
 * the packet (pops, changes of headers, pushes, in this order) and the output. A packet leaves by
 * one port action; copies before it are SAMPLE actions of ratio 1, or port actions if the device
 * supports several.
 *
 * Thread safety: pure. */
#pragma once

#include "pattern.h"

#define RTEFLOW_ACTIONS_MAX 32
#define RTEFLOW_SAMPLES_MAX 8

union rteflow_conf {
	struct rte_flow_action_ethdev ethdev;
	struct rte_flow_action_port_id port_id;
	struct rte_flow_action_count count;
	struct rte_flow_action_set_mac mac;
	struct rte_flow_action_set_ipv4 ip4;
	struct rte_flow_action_set_ipv6 ip6;
	struct rte_flow_action_set_tp tp;
	struct rte_flow_action_set_ttl ttl;
	struct rte_flow_action_set_dscp dscp;
	struct rte_flow_action_of_push_vlan push;
	struct rte_flow_action_of_set_vlan_vid vid;
	struct rte_flow_action_of_set_vlan_pcp pcp;
};

/* A copy of the packet to a port. */
struct rteflow_sample {
	struct rte_flow_action_sample conf;
	struct rte_flow_action actions[2];
	union rteflow_conf port;
};

/* Contains pointers to itself, so it must not be copied. */
struct rteflow_program {
	/* The first is the counter: INDIRECT, with 'conf' to be set to the handle; or COUNT, if the
	 * device has no counters that outlive rules. */
	struct rte_flow_action actions[RTEFLOW_ACTIONS_MAX];
	union rteflow_conf confs[RTEFLOW_ACTIONS_MAX];
	/* To report when the device refuses an action: */
	uint8_t types[RTEFLOW_ACTIONS_MAX];  /* enum flow_action_type */
	uint8_t fields[RTEFLOW_ACTIONS_MAX]; /* enum flow_field_id */
	unsigned int n;
	struct rteflow_sample samples[RTEFLOW_SAMPLES_MAX];
	unsigned int n_samples;
	bool dei_zero; /* correct only for packets whose outer tag has no drop-eligible bit */
};

/* Finds the ethdev of a datapath port. Returns 0 or -ENOENT. */
struct rteflow_ports {
	int (*dev_id)(const void *aux, uint32_t port, uint16_t *dev_id);
	const void *aux;
};

/* Returns true if an action sets a field of TCP, UDP or SCTP. */
bool rteflow_program_needs_l4(const struct flow_actions *actions);

/* Compiles actions. Returns 0, or -EOPNOTSUPP and 'why'. */
int rteflow_program_compile(const struct rteflow_dialect *d, const struct flow_match *m,
			    const struct flow_actions *actions, const struct rteflow_ports *ports,
			    struct rteflow_program *out, struct nic_refusal *why);
