/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include "count.h"
#include "port.h"
#include "sleep.h"
#include "worker.h"

#include <rte_cycles.h>

void
swp_window_add(struct swp_window *w, struct swp_sample now)
{
	w->samples[w->n++ % SWP_WINDOW_SAMPLES] = now;
}

/* Returns the difference between 'now' and the oldest of the last 'n' samples. All zero if the
 * window is empty. */
static struct swp_load
window_load(const struct swp_window *w, unsigned int n, struct swp_sample now)
{
	unsigned int n_kept = RTE_MIN(w->n, (unsigned int)SWP_WINDOW_SAMPLES);
	const struct swp_sample *from;

	if (!n_kept)
		return (struct swp_load){0};
	from = &w->samples[(w->n - RTE_MIN(n, n_kept)) % SWP_WINDOW_SAMPLES];
	return (struct swp_load){.span = now.tsc - from->tsc,
				 .cycles = now.cycles - from->cycles,
				 .packets = now.packets - from->packets};
}

static struct swp_sample
worker_now(const struct swp_worker *w)
{
	return (struct swp_sample){.tsc = rte_rdtsc(),
				   .cycles = count_read(&w->stats.cycles_busy),
				   .packets = count_read(&w->stats.packets)};
}

static struct swp_sample
queue_now(const struct swp_rxq *q)
{
	return (struct swp_sample){.tsc = rte_rdtsc(),
				   .cycles = count_read(&q->counts.cycles),
				   .packets = count_read(&q->counts.packets)};
}

struct swp_load
swp_rxq_load(const struct swp_rxq *q, unsigned int n)
{
	return window_load(&q->window, n, queue_now(q));
}

void
swp_loads_sample(struct swp *s)
{
	for (unsigned int i = 0; i < s->n_workers; i++)
		swp_window_add(&s->workers[i]->window, worker_now(s->workers[i]));
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		for (uint16_t q = 0; p && q < p->n_rxq; q++)
			swp_window_add(&p->rxqs[q].window, queue_now(&p->rxqs[q]));
	}
	swp_sleeps_update(s);
}

void
swp_worker_load(struct swp *s, unsigned int worker, struct swp_load *out)
{
	const struct swp_worker *w = s->workers[worker];

	*out = window_load(&w->window, SWP_WINDOW_SAMPLES, worker_now(w));
}

static void
queue_report(const struct swp_port *p, uint16_t q, struct swp_queue_info *out)
{
	const struct swp_rxq_counts *c = &p->rxqs[q].counts;

	*out = (struct swp_queue_info){
		.port = p->number,
		.port_name = p->name,
		.queue = q,
		.worker = p->rxq_worker[q]->index,
		.cycles = count_read(&c->cycles),
		.packets = count_read(&c->packets),
		.load = swp_rxq_load(&p->rxqs[q], SWP_WINDOW_SAMPLES),
	};
}

void
swp_queue_each(struct swp *s, void (*cb)(const struct swp_queue_info *q, void *aux), void *aux)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		const struct swp_port *p = s->ports[i];

		for (uint16_t q = 0; p && p->running && q < p->n_rxq; q++) {
			struct swp_queue_info info;

			queue_report(p, q, &info);
			cb(&info, aux);
		}
	}
}
