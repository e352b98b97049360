/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of drivers/rteflow/ share.
 *
 * Thread safety: the offload thread, but for 'lost'. */
#pragma once

#include "pattern.h"
#include "program.h"
#include "traits.h"

#include <rteflow/rteflow.h>

#include <stdatomic.h>

#define RTEFLOW_QUEUE 256 /* rules handed over and not yet polled */

/* A port of the datapath on this NIC. */
struct rteflow_port {
	uint32_t number;
	uint16_t dev_id;
	uint16_t proxy_id; /* the ethdev that takes transfer rules for it */
	/* guard.h. */
	struct rte_flow *guard;	       /* NULL: not in the device */
	unsigned int guard_generation; /* of the NIC; of older ones nothing is left */
	unsigned int n_guarded;	       /* rules in the device that need it */
};

/* The rule in the form that the device is given; gone once the device took it. */
struct rteflow_blueprint {
	struct rte_flow_attr attr;
	struct rteflow_pattern pattern;
	struct rteflow_program program;
};

struct nic_rule {
	struct rte_flow *flow;	   /* NULL: not in the device */
	unsigned int generation;   /* of the NIC when 'flow' was made: older ones are lost */
	struct rteflow_port *port; /* in_port; not after its removal */
	uint16_t proxy_id;
	bool guarded; /* needs the port's guard */
	/* Where counters end with their rules. */
	struct nic_rule *next_counted; /* of the same counter */
	struct nic_count seen;	       /* of this rule alone */
	struct rteflow_blueprint *blueprint;
	struct nic_counter *counter;
};

/* An indirect COUNT action, made when the first rule that uses it goes in; where the device has none, the
 * sum of the COUNT actions of its rules. */
struct nic_counter {
	struct nic_rule *rules; /* of this generation that count by themselves: two at most */
	struct rte_flow_action_handle *handle; /* NULL: not made */
	uint16_t proxy_id;
	struct nic_count base; /* of handles and rules that are gone */
	struct nic_count last; /* what was told last; never goes back */
	unsigned int index;    /* in rteflow_nic.counters */
};

struct rteflow_op {
	struct nic_rule *rule;
	bool insert;
};

struct rteflow_nic {
	struct nic nic;
	uint16_t domain_id;
	bool keeps_counters; /* across a reset */
	struct rteflow_dialect dialect;
	struct rteflow_port **ports;
	unsigned int n_ports;
	struct nic_devices *devices; /* NULL: not held */
	/* Handed over, not yet pushed; then what came of it, not yet polled. */
	struct rteflow_op batch[RTEFLOW_QUEUE];
	unsigned int n_batch;
	struct nic_event events[RTEFLOW_QUEUE];
	unsigned int n_events;
	struct nic_counter **counters;
	unsigned int n_counters, n_counters_alloc;
	unsigned int generation;
	_Atomic bool lost; /* written by the thread that reports ethdev events */
	bool forgotten;	   /* everything, by forget(): to be told by poll() */
};

static inline struct rteflow_nic *
rteflow_nic(struct nic *nic)
{
	return (struct rteflow_nic *)nic;
}
