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

/* Finds what a device can do, by asking. Returns 0, or -EOPNOTSUPP and why when it takes none. */
int rteflow_probe(uint16_t dev_id, uint16_t proxy_id, const struct rteflow_traits *traits,
		  struct rteflow_dialect *out, struct nic_refusal *why);

/* Says what a device's error means for a blueprint. Of a lack of memory it says that the table is full. */
void rteflow_error_explain(const struct rte_flow_error *error, int rc,
			   const struct rteflow_blueprint *b, struct nic_refusal *why);

/* nic_class, by file. */
int rteflow_compile(struct nic *nic, const struct flow_match *match,
		    const struct flow_actions *actions, unsigned int prio,
		    struct nic_counter *counter, struct nic_rule **out, struct nic_refusal *why);
int rteflow_insert(struct nic *nic, struct nic_rule *rule);
int rteflow_remove(struct nic *nic, struct nic_rule *rule);
void rteflow_flush(struct nic *nic);
unsigned int rteflow_poll(struct nic *nic, struct nic_event *out, unsigned int max);
void rteflow_rule_free(struct nic *nic, struct nic_rule *rule);
void rteflow_forget(struct nic *nic);

int rteflow_counter_new(struct nic *nic, struct nic_counter **out);
void rteflow_counter_free(struct nic *nic, struct nic_counter *c);
int rteflow_counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n,
			  struct nic_count *out);

/* Makes the counter's handle if it needs one and has none. Returns 0 or -errno. */
int rteflow_counter_need(const struct rteflow_nic *n, struct nic_counter *c, uint16_t proxy_id,
			 struct rte_flow_error *error);

/* Where counters end with their rules: a rule went in; a rule is about to go, and is read a last time; it
 * went. Nothing otherwise. */
void rteflow_counter_attach(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_last_read(const struct rteflow_nic *n, struct nic_rule *rule);
void rteflow_counter_detach(const struct rteflow_nic *n, struct nic_rule *rule);

/* Rules are lost but can still be asked: what they counted is read. */
void rteflow_counters_save(struct rteflow_nic *n);

/* The handles and the rules are gone. */
void rteflow_counters_lost(struct rteflow_nic *n);
