/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment of receive queues to workers.
 *
 * Thread safety: control only; workers read their poll lists by RCU. */
#pragma once

#include "port.h"

struct swp_poll {
	struct swp_port *port;
	uint16_t queue;
	/* 0 if many polls in a row found no packets; written by the worker */
	uint8_t warmth;
};

/* Receive queues of one worker: immutable, except as stated. */
struct swp_poll_list {
	struct rcu_deferred deferred;
	unsigned int n;
	struct swp_poll polls[];
};

/* Publishes to every worker its list of queues, according to rxq_worker of the ports. Returns 0, or
 * -ENOMEM with nothing changed. */
int swp_workers_assign(struct swp *s);

/* Returns the worker with the fewest queues; those of 'also', not published yet, are counted. */
struct swp_worker *swp_worker_least(const struct swp *s, const struct swp_port *also);
