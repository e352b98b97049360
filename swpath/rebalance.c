/* SPDX-License-Identifier: Apache-2.0 */
/* Moves receive queues between workers when their loads have shifted. */
#include "balance.h"
#include "poll.h"
#include "worker.h"

#include <errno.h>
#include <stdlib.h>

/* Loads are in thousandths of a worker's time. */
#define WHOLE 1000

static uint64_t
load_of(const struct swp_rxq *q, unsigned int n_samples)
{
	struct swp_load l = swp_rxq_load(q, n_samples);

	return l.span ? l.cycles * WHOLE / l.span : 0;
}

static struct swp_port *
port_of(struct swp *s, const struct swp_balance_queue *q)
{
	return s->ports[q->id / SWP_RXQ_MAX];
}

/* Writes a row for each queue that is polled. Returns their number, or 0 if one of them has not
 * reached the worker that it was moved to before. */
static unsigned int
gather(const struct swp *s, unsigned int n_samples, struct swp_balance_queue *queues)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		const struct swp_port *p = s->ports[i];

		for (uint16_t q = 0; p && p->running && q < p->n_rxq; q++) {
			if (swp_rxq_moves(&p->rxqs[q]))
				return 0;
			queues[n++] = (struct swp_balance_queue){
				.id = i * SWP_RXQ_MAX + q,
				.load = load_of(&p->rxqs[q], n_samples),
				.from = p->rxq_worker[q]->index,
			};
		}
	}
	return n;
}

static void
place(struct swp *s, const struct swp_balance_queue *q, unsigned int worker)
{
	struct swp_port *p = port_of(s, q);
	unsigned int i = q->id % SWP_RXQ_MAX;
	struct swp_worker *old = p->rxq_worker[i];

	if (worker == old->index)
		return;
	p->rxqs[i].from = worker == q->from ? NULL : old;
	p->rxqs[i].moved = s->n_assigned + 1;
	p->rxq_worker[i] = s->workers[worker];
}

static void
report(struct swp *s, const struct swp_balance *b, const struct swp_balance_queue *queues,
       unsigned int n)
{
	LOG_INFO(s->log, SWPATH,
		 "%u receive queues moved: packets took %llu.%llu%% of the busiest worker's time, "
		 "and take %llu.%llu%% by the same loads now",
		 b->n_moved, (unsigned long long)b->before / 10, (unsigned long long)b->before % 10,
		 (unsigned long long)b->after / 10, (unsigned long long)b->after % 10);
	for (unsigned int i = 0; i < n; i++) {
		const struct swp_balance_queue *q = &queues[i];

		if (q->to != q->from)
			LOG_INFO(s->log, SWPATH,
				 "port \"%s\" queue %u: from worker %u to worker %u, with "
				 "%llu.%llu%%",
				 port_of(s, q)->name, q->id % SWP_RXQ_MAX, q->from, q->to,
				 (unsigned long long)q->load / 10,
				 (unsigned long long)q->load % 10);
	}
}

/* Moves the queues. Returns false, with nothing changed, if out of memory. */
static bool
move(struct swp *s, const struct swp_balance_queue *queues, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		place(s, &queues[i], queues[i].to);
	if (!swp_workers_assign(s))
		return true;
	for (unsigned int i = 0; i < n; i++)
		place(s, &queues[i], queues[i].from);
	return false;
}

unsigned int
swp_workers_balance(struct swp *s, unsigned int n_seconds, unsigned int gain_percent)
{
	struct swp_balance_queue *queues;
	struct swp_balance b = {0};
	unsigned int n = 0;

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++)
		n += s->ports[i] ? s->ports[i]->n_rxq : 0;
	queues = s->n_workers > 1 && n ? calloc(n, sizeof *queues) : NULL;
	if (!queues)
		return 0;
	/* The last sample is of now. */
	n = gather(s, n_seconds + 1, queues);
	b = swp_balance(queues, n, s->n_workers, (uint64_t)gain_percent * WHOLE / 100);
	if (b.n_moved && move(s, queues, n))
		report(s, &b, queues, n);
	else
		b.n_moved = 0;
	free(queues);
	return b.n_moved;
}
