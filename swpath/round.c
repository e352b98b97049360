/* SPDX-License-Identifier: Apache-2.0 */
#include "round.h"

#include "burst.h"
#include "count.h"
#include "exec_ring.h"

#include <base/clock.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>

#define ROUNDS_MAX 16

static void
clock_read(struct swp_worker *w, uint64_t tsc)
{
	if (tsc - w->now_tsc < w->clock_cycles)
		return;
	w->now_ns = clock_now_ns();
	w->now_tsc = tsc;
}

static void light_turns(void *aux);

/* Returns true if light queues may have turns during a search of queue 'i': not during one that is within another. */
static bool
may_pause(const struct swp_worker *w, const struct swp_poll_list *list, unsigned int i,
	  uint64_t now)
{
	return w->burst == w->bursts && swp_quanta_light_beside(&list->quanta, i, now);
}

/* Forwards the packets of a turn of queue 'i', which was received between the TSCs 'start' and 'received'. */
static void
forward(struct swp_worker *w, struct swp_poll_list *list, unsigned int i, uint64_t start,
	uint64_t received)
{
	struct swp_poll *q = &list->polls[i];
	struct swp_rxq_counts *c = &q->port->rxqs[q->queue].counts;
	uint64_t cycles, n_out = w->n_out, cycles_away = w->cycles_away;
	unsigned int n = w->burst->n;

	clock_read(w, received);
	swp_stages_begin(&w->stages, &w->stats, start, received, n);
	w->turn = i;
	w->lookup.pause.fn = may_pause(w, list, i, received) ? light_turns : NULL;
	swp_burst_run(w, q->port);
	n_out = w->n_out - n_out;
	w->poll_tsc = rte_rdtsc();
	cycles = w->poll_tsc - start - (w->cycles_away - cycles_away);
	swp_quantum_end(&list->quanta, &q->quantum, i, w->poll_tsc, n, RTE_MIN(n, n_out), cycles);
	count_add(&c->cycles, cycles);
	count_add(&c->packets, n);
}

/* Polls a queue for up to 'max' packets and forwards them. Returns their number.
 *
 * Reading the TSC costs as much as polling an empty queue. So the time before a poll is read only
 * if one of the last polls of the queue found packets; else the cycles of receiving the first burst
 * are not counted. */
static unsigned int
poll_one(struct swp_worker *w, struct swp_poll_list *list, unsigned int i, unsigned int max)
{
	struct swp_poll *q = &list->polls[i];
	uint64_t start = q->warmth && !w->poll_tsc ? rte_rdtsc() : w->poll_tsc, received;
	unsigned int n =
		rte_eth_rx_burst(q->port->ethdev, q->queue, w->burst->mbufs, (uint16_t)max);

	if (!n) {
		w->poll_tsc = 0;
		q->warmth -= q->warmth > 0;
		return 0;
	}
	q->warmth = UINT8_MAX;
	received = rte_rdtsc();
	w->burst->n = n;
	forward(w, list, i, start ? start : received, received);
	return n;
}

/* Returns true once the worker that polled the queue before does so no more. What that worker has
 * written, to the device's queue as well, happens before. */
static bool
is_mine(struct swp_poll *q)
{
	if (likely(!q->from))
		return true;
	if (atomic_load_explicit(&q->from->seen, memory_order_acquire) < q->moved)
		return false;
	q->from = NULL;
	return true;
}

/* Executes packets that handlers gave back. They take turns as a queue does; no queue waits for
 * others because of them. */
static unsigned int
given_turn(struct swp_worker *w, struct swp_poll_list *list)
{
	uint64_t start, end;
	unsigned int n, max;

	if (likely(rte_ring_empty(w->exec_ring)))
		return 0;
	start = rte_rdtsc();
	max = swp_quantum_begin(&list->quanta, &list->given, list->n, start, 1, SWP_BURST);
	n = max ? swp_execute_given(w, max) : 0;
	if (!n)
		return 0;
	end = rte_rdtsc();
	swp_quantum_pay(&list->quanta, &list->given, list->n, end, n, end - start);
	w->poll_tsc = 0;
	return n;
}

/* Returns true if the worker has to execute packets of the port first: they came before those that it
 * would receive. */
static bool
is_behind(const struct swp_worker *w, const struct swp_port *p)
{
	return unlikely(swp_port_given(p)) && p->executor == w;
}

/* Returns the number of packets. Adds 1 to '*n_waiting' if the queue had its share before, or packets of its port are
 * to be executed first. */
static unsigned int
queue_turn(struct swp_worker *w, struct swp_poll_list *list, unsigned int i, uint64_t now,
	   unsigned int *n_waiting)
{
	struct swp_poll *q = &list->polls[i];
	unsigned int max;

	if (!is_mine(q))
		return 0;
	if (is_behind(w, q->port)) {
		++*n_waiting;
		return 0;
	}
	max = swp_quantum_begin(&list->quanta, &q->quantum, i, now, q->n_min, SWP_BURST);
	if (max)
		return poll_one(w, list, i, max);
	count_add(&q->port->counts[w->index].c.turns_waited, 1);
	++*n_waiting;
	return 0;
}

/* Gives each light queue a turn during a search of queue 'turn', whose burst stays as it is. What they need does not
 * count for that queue. */
static void
light_turns(void *aux)
{
	struct swp_worker *w = aux;
	struct swp_poll_list *list = w->list;
	struct swp_stages stages = w->stages;
	uint64_t start = rte_rdtsc(), n_out = w->n_out, cycles;
	unsigned int turn = w->turn, n_waiting = 0;

	count_add(&w->stats.searches_paused, 1);
	w->burst = &w->bursts[1];
	w->poll_tsc = start;
	for (unsigned int i = 0; i < list->n; i++) {
		if (i != turn && !list->polls[i].quantum.backlogged)
			queue_turn(w, list, i, start, &n_waiting);
	}
	w->burst = &w->bursts[0];
	w->turn = turn;
	w->n_out = n_out;
	cycles = rte_rdtsc() - start;
	w->cycles_away += cycles;
	w->stages.measured = stages.measured;
	w->stages.tsc = stages.tsc + cycles;
}

static unsigned int
backlogged_turn(struct swp_worker *w, struct swp_poll_list *list, unsigned int i, uint64_t now,
		unsigned int *n_waiting)
{
	if (i == list->n)
		return given_turn(w, list);
	return list->polls[i].quantum.backlogged ? queue_turn(w, list, i, now, n_waiting) : 0;
}

/* Gives each member its turn, light queues first. Returns the number of packets. '*n_waiting' is the number of queues that had their share
 * before, or whose packets are to be executed first. */
static unsigned int
round_run(struct swp_worker *w, uint64_t now, unsigned int *n_waiting)
{
	struct swp_poll_list *list = rcu_read(&w->poll_list);
	unsigned int n = 0, first;

	if (unlikely(atomic_load_explicit(&w->seen, memory_order_relaxed) != list->assigned))
		atomic_store_explicit(&w->seen, list->assigned, memory_order_release);
	w->list = list;
	*n_waiting = 0;
	for (unsigned int i = 0; i < list->n; i++) {
		if (!list->polls[i].quantum.backlogged)
			n += queue_turn(w, list, i, now, n_waiting);
	}
	first = swp_quanta_round(&list->quanta);
	for (unsigned int k = 0; k <= list->n; k++) {
		unsigned int i = first + k <= list->n ? first + k : first + k - list->n - 1;

		n += backlogged_turn(w, list, i, now, n_waiting);
	}
	return n;
}

/* A round in which queues only waited is followed by the next at once. */
unsigned int
swp_rounds(struct swp_worker *w, uint64_t now)
{
	unsigned int n, n_waiting, n_rounds = 0;

	do
		n = round_run(w, now, &n_waiting);
	while (!n && n_waiting && ++n_rounds < ROUNDS_MAX);
	return n;
}
