/* SPDX-License-Identifier: Apache-2.0 */
#include "poll.h"

#include "sleep.h"
#include "worker.h"

#include <rte_cycles.h>

#include <errno.h>
#include <stdlib.h>

static void
queues_count(const struct swp_port *p, unsigned int n_queues[SWP_WORKERS_MAX])
{
	for (unsigned int q = 0; q < p->n_rxq; q++) {
		if (p->rxq_worker[q])
			n_queues[p->rxq_worker[q]->index]++;
	}
}

struct swp_worker *
swp_worker_least(const struct swp *s, const struct swp_port *also)
{
	unsigned int n_queues[SWP_WORKERS_MAX] = {0}, least = 0;

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i] && s->ports[i]->running)
			queues_count(s->ports[i], n_queues);
	}
	queues_count(also, n_queues);
	for (unsigned int i = 1; i < s->n_workers; i++) {
		if (n_queues[i] < n_queues[least])
			least = i;
	}
	return s->workers[least];
}

static void
poll_list_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct swp_poll_list, deferred));
}

bool
swp_rxq_moves(const struct swp_rxq *q)
{
	return q->from && atomic_load_explicit(&q->from->seen, memory_order_acquire) < q->moved;
}

static struct swp_poll
poll_of(struct swp_port *p, uint16_t q)
{
	return (struct swp_poll){.port = p,
				 .queue = q,
				 .n_min = p->traits->n_at_once ? p->traits->n_at_once : 1,
				 .from = p->rxqs[q].from,
				 .moved = p->rxqs[q].moved};
}

static struct swp_poll_list *
poll_list_new(const struct swp *s, const struct swp_worker *w, unsigned int n_queues)
{
	struct swp_poll_list *list = calloc(1, sizeof *list + n_queues * sizeof list->polls[0]);

	if (!list)
		return NULL;
	list->assigned = s->n_assigned + 1;
	list->given = (struct swp_quantum){.kept = SWP_QUANTUM_ALL, .backlogged = true};
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		for (uint16_t q = 0; p && p->running && q < p->n_rxq; q++) {
			if (p->rxq_worker[q] == w)
				list->polls[list->n++] = poll_of(p, q);
		}
	}
	list->quanta.cycles = swp_quantum_cycles(rte_get_tsc_hz(), list->n);
	list->quanta.n = list->n + 1;
	return list;
}

int
swp_workers_assign(struct swp *s)
{
	struct swp_poll_list *lists[SWP_WORKERS_MAX] = {NULL};
	unsigned int n_queues = 0;

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++)
		n_queues += s->ports[i] ? s->ports[i]->n_rxq : 0;
	for (unsigned int i = 0; i < s->n_workers; i++) {
		lists[i] = poll_list_new(s, s->workers[i], n_queues);
		if (lists[i])
			continue;
		while (i--)
			free(lists[i]);
		return -ENOMEM;
	}
	s->n_assigned++;
	for (unsigned int i = 0; i < s->n_workers; i++) {
		struct swp_poll_list *old = s->workers[i]->poll_list;

		rcu_publish(&s->workers[i]->poll_list, lists[i]);
		rcu_defer(&old->deferred, poll_list_free);
	}
	swp_sleeps_update(s);
	return 0;
}
