/* SPDX-License-Identifier: Apache-2.0 */
#include "txq.h"

#include "event.h"
#include "negotiate.h"

#include <rte_eth_vhost.h>

#include <string.h>

void
swp_txq_share(struct swp *s, struct swp_port *p)
{
	uint16_t queues[SWP_WORKERS_MAX];
	unsigned int n = 0;

	for (uint16_t q = 0; q < p->n_txq; q++)
		if (p->txq_enabled & UINT32_C(1) << q)
			queues[n++] = q;
	if (!n) {
		for (; n < p->n_txq; n++)
			queues[n] = (uint16_t)n;
	}
	for (unsigned int i = 0; n && i < s->n_workers; i++) {
		p->tx[i].queue = queues[i % n];
		p->tx[i].lock = n < s->n_workers ? &p->txq_locks[p->tx[i].queue] : NULL;
	}
}

/* A guest's receive queue is the port's transmit queue. */
static uint32_t
enabled_now(const struct swp_port *p)
{
	struct rte_eth_vhost_queue_event e;
	uint32_t enabled = p->txq_enabled;

	while (!rte_eth_vhost_get_queue_event(p->ethdev, &e)) {
		if (e.rx || e.queue_id >= p->n_txq)
			continue;
		enabled &= ~(UINT32_C(1) << e.queue_id);
		enabled |= (uint32_t)e.enable << e.queue_id;
	}
	return enabled;
}

static void
follow(struct swp *s, struct swp_port *p)
{
	uint32_t enabled = enabled_now(p);
	uint64_t offloads = swp_offloads_of_guest(p);

	if (enabled == p->txq_enabled && offloads == p->tx_offloads)
		return;
	p->txq_enabled = enabled;
	if (!p->running)
		return;
	swp_port_sending_set(p, false);
	rcu_sync();
	p->tx_offloads = offloads;
	swp_txq_share(s, p);
	swp_port_sending_set(p, true);
}

void
swp_txq_follow(struct swp *s)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		if (p && p->traits->has_guest &&
		    (swp_events_take(s, p->ethdev, SWP_EVENT_QUEUES) ||
		     swp_offloads_of_guest(p) != p->tx_offloads))
			follow(s, p);
	}
}
