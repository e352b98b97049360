/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment of receive queues to workers.
 *
 * Thread safety: control only; workers read their poll lists by RCU. */
#pragma once

#include "port.h"
#include "quantum.h"

struct swp_poll {
	struct swp_port *port;
	uint16_t queue;
	/* 0 if many polls in a row found no packets; written by the worker */
	uint8_t warmth;
	uint8_t n_min; /* of packets to receive at once */
	/* NULL, or the worker that polled the queue before assignment 'moved'. The queue is polled
	 * once that worker has seen it. */
	struct swp_worker *from;
	uint64_t moved;
	struct swp_quantum quantum; /* written by the worker */
};

/* Receive queues of one worker: immutable, except as stated. */
struct swp_poll_list {
	struct rcu_deferred deferred;
	uint64_t assigned; /* number of the assignment that made it, from 1 */
	/* Written by the worker. */
	struct swp_quanta quanta;
	struct swp_quantum given; /* of the packets that handlers give back */
	unsigned int n;
	struct swp_poll polls[];
};

/* Publishes to every worker its list of queues, according to rxq_worker of the ports, as assignment
 * ++swp.n_assigned. Returns 0, or -ENOMEM with nothing changed. */
int swp_workers_assign(struct swp *s);

/* Returns true if the queue has not reached the worker that it was moved to. */
bool swp_rxq_moves(const struct swp_rxq *q);

/* Returns the worker with the fewest queues; those of 'also', not published yet, are counted. */
struct swp_worker *swp_worker_least(const struct swp *s, const struct swp_port *also);
