/* SPDX-License-Identifier: Apache-2.0 */
/* One megaflow: its match, its actions, and each worker's counters. Needs no EAL.
 *
 * Thread safety: stated per function; the table (table.h) serialises the writers. */
#pragma once

#include "classifier.h"

#include <flow/action.h>

/* Immutable once published. */
struct swp_actions {
	struct rcu_deferred deferred;
	struct swp_actions *next_spent;
	uint16_t n;
	bool sends; /* has an action that sends to a port or a handler, or recirculates */
	/* index of the last action that sends or meters the packet; 'n' if none */
	uint16_t last_use;
	struct flow_action a[];
};

/* Returns a copy, or NULL if out of memory. Owner: the caller. */
struct swp_actions *swp_actions_new(const struct flow_actions *from);

/* Frees the list after a grace period. Thread: any RCU thread. */
void swp_actions_free_later(struct swp_actions *a);

/* Counters of one worker; only that worker writes them. */
struct swp_flow_count {
	uint64_t packets, bytes, used_ns, tcp_flags;
	/* Index of this flow's group in the worker's burst number 'burst'. For the worker alone. */
	uint64_t burst;
	unsigned int group;
} __attribute__((aligned(64)));

struct swp_flow {
	struct rcu_deferred deferred;
	/* RCU: written under the table's mutex, freed by rcu_defer() */
	struct swp_actions *actions;
	struct swp_flow_count *counts; /* by worker */
	unsigned int n_workers;
	struct flow_ufid ufid;
	uint32_t slot;
	uint32_t scope; /* index of the classifier in the table */
	struct cds_lfht_node by_ufid;
	struct swp_flow *next_dead;
	struct swp_rule rule;
};

/* Makes a flow. 'match' is canonical. Returns 0 or -ENOMEM. */
int swp_flow_new(const struct flow_ufid *ufid, const struct flow_match *match,
		 const struct flow_actions *actions, unsigned int n_workers, struct swp_flow **out);

/* Frees a flow that no reader can find, with its actions and counters. */
void swp_flow_free(struct swp_flow *f);

/* Frees the flow after a grace period. */
void swp_flow_free_later(struct swp_flow *f);

/* Sums the workers' counters. Thread: any. */
void swp_flow_stats(const struct swp_flow *f, struct flow_stats *out);

static inline struct swp_flow *
swp_flow_of_rule(struct swp_rule *r)
{
	return caa_container_of(r, struct swp_flow, rule);
}
