/* SPDX-License-Identifier: Apache-2.0 */
/* Which worker polls which receive queues. */
#pragma once

#include "port.h"

struct swp_poll {
	struct swp_port *port;
	uint16_t queue;
};

/* Receive queues of one worker: immutable. */
struct swp_poll_list {
	struct rcu_deferred deferred;
	unsigned int n;
	struct swp_poll polls[];
};

/* Gives every worker the queues that ports say are its own. On -ENOMEM nothing changed.
 * Thread: control. */
int swp_workers_assign(struct swp *s);

/* The worker with the fewest queues, those of 'also', not published yet, included. Thread: control. */
struct swp_worker *swp_worker_least(const struct swp *s, const struct swp_port *also);
