/* SPDX-License-Identifier: Apache-2.0 */
/* Structures shared by the files of drivers/rteflow/.
 *
 * Thread safety: the offload thread, except 'lost'. */
#pragma once

#include "pattern.h"
#include "program.h"
#include "traits.h"

#include <rteflow/rteflow.h>

#include <stdatomic.h>

#define RTEFLOW_QUEUE 256 /* operations enqueued and not yet polled */

/* A port of the datapath on this NIC. */
struct rteflow_port {
	uint32_t number;
	uint16_t dev_id;
	uint16_t proxy_id; /* the ethdev to which its transfer rules are passed */
	/* See guard.h. */
	struct rte_flow *guard; /* NULL if not in the device */
	/* the NIC's generation when the guard was made; guards of older ones are lost */
	unsigned int guard_generation;
	unsigned int n_guarded; /* rules in the device that need it */
};

/* A rule in the form passed to the device; freed once the device has accepted it. */
struct rteflow_blueprint {
	struct rte_flow_attr attr;
	struct rteflow_pattern pattern;
	struct rteflow_program program;
};

struct nic_rule {
	struct rte_flow *flow; /* NULL if not in the device */
	/* the NIC's generation when 'flow' was made; flows of older ones are lost */
	unsigned int generation;
	struct rteflow_port *port; /* of in_port; not valid after the port's removal */
	uint16_t proxy_id;
	bool guarded; /* needs the port's guard */
	/* For devices whose counters end with their rules. */
	struct nic_rule *next_counted; /* next rule of the same counter */
	struct nic_count seen;	       /* counts of this rule alone */
	struct rteflow_blueprint *blueprint;
	struct nic_counter *counter;
};

/* An indirect COUNT action, made when the first rule that uses it is inserted. On devices without
 * them: the sum of the COUNT actions of its rules. */
struct nic_counter {
	struct nic_rule *rules; /* rules of this generation with their own COUNT; two at most */
	struct rte_flow_action_handle *handle; /* NULL if not made */
	uint16_t proxy_id;
	struct nic_count base; /* counts of handles and rules that no longer exist */
	struct nic_count last; /* last reported; never decreases */
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
	struct nic_devices *devices; /* NULL if devices are not held */
	/* Operations enqueued and not flushed yet; then their results, not yet polled. */
	struct rteflow_op batch[RTEFLOW_QUEUE];
	unsigned int n_batch;
	struct nic_event events[RTEFLOW_QUEUE];
	unsigned int n_events;
	struct nic_counter **counters;
	unsigned int n_counters, n_counters_alloc;
	unsigned int generation;
	_Atomic bool lost;     /* written by the thread that reports ethdev events */
	bool forgotten;	       /* forget() dropped everything; poll() has to report it */
	unsigned int n_unread; /* counters that could not be read at losses not reported yet */
};

static inline struct rteflow_nic *
rteflow_nic(struct nic *nic)
{
	return (struct rteflow_nic *)nic;
}
