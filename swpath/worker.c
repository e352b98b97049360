/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"
#include "burst.h"
#include "count.h"
#include "exec_ring.h"
#include "ring.h"

#include <base/clock.h>

#include <rte_branch_prediction.h>
#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define IDLE_BEFORE_SLEEP_MS 1
#define SLEEP_MIN_US 10
#define START_POLL_NS (100 * NS_PER_US)
#define CLOCK_US 10
#define ROUNDS_MAX 16

static void
clock_read(struct swp_worker *w, uint64_t tsc)
{
	if (tsc - w->now_tsc < w->clock_cycles)
		return;
	w->now_ns = clock_now_ns();
	w->now_tsc = tsc;
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
	uint64_t start = q->warmth && !w->poll_tsc ? rte_rdtsc() : w->poll_tsc;
	unsigned int n = rte_eth_rx_burst(q->port->ethdev, q->queue, w->burst.mbufs, (uint16_t)max);
	struct swp_rxq_counts *c;
	uint64_t received, n_out;

	if (!n) {
		w->poll_tsc = 0;
		q->warmth -= q->warmth > 0;
		return 0;
	}
	q->warmth = UINT8_MAX;
	received = rte_rdtsc();
	if (!start)
		start = received;
	clock_read(w, received);
	swp_stages_begin(&w->stages, &w->stats, start, received, n);
	w->burst.n = n;
	n_out = w->n_out;
	swp_burst_run(w, q->port);
	n_out = w->n_out - n_out;
	w->poll_tsc = rte_rdtsc();
	swp_quantum_end(&list->quanta, &q->quantum, i, w->poll_tsc, n, RTE_MIN(n, n_out),
			w->poll_tsc - start);
	c = &q->port->rxqs[q->queue].counts;
	count_add(&c->cycles, w->poll_tsc - start);
	count_add(&c->packets, n);
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
given_turn(struct swp_worker *w, struct swp_poll_list *list, uint64_t now)
{
	unsigned int n, max;
	uint64_t end;

	if (likely(rte_ring_empty(w->exec_ring)))
		return 0;
	max = swp_quantum_begin(&list->quanta, &list->given, UINT_MAX, now, 1, SWP_BURST);
	n = max ? swp_execute_given(w, max) : 0;
	if (!n)
		return 0;
	end = rte_rdtsc();
	swp_quantum_pay(&list->quanta, &list->given, end, n, end - now);
	return n;
}

/* Returns true if the worker has to execute packets of the port first: they came before those that it
 * would receive. */
static bool
is_behind(const struct swp_worker *w, const struct swp_port *p)
{
	return unlikely(swp_port_given(p)) && p->executor == w;
}

/* Gives each queue its turn. Returns the number of packets. '*n_waiting' is the number of queues that
 * had their share before, or whose packets are to be executed first. */
static unsigned int
poll_round(struct swp_worker *w, uint64_t now, unsigned int *n_waiting)
{
	struct swp_poll_list *list = rcu_read(&w->poll_list);
	unsigned int n = given_turn(w, list, now);

	if (n)
		w->poll_tsc = 0;
	if (unlikely(atomic_load_explicit(&w->seen, memory_order_relaxed) != list->assigned))
		atomic_store_explicit(&w->seen, list->assigned, memory_order_release);
	*n_waiting = 0;
	for (unsigned int i = 0; i < list->n; i++) {
		unsigned int max;

		if (!is_mine(&list->polls[i]))
			continue;
		if (is_behind(w, list->polls[i].port)) {
			++*n_waiting;
			continue;
		}
		max = swp_quantum_begin(&list->quanta, &list->polls[i].quantum, i, now,
					list->polls[i].n_min, SWP_BURST);
		if (max) {
			n += poll_one(w, list, i, max);
			continue;
		}
		count_add(&list->polls[i].port->counts[w->index].c.turns_waited, 1);
		++*n_waiting;
	}
	return n;
}

/* A round in which queues only waited is followed by the next at once. */
static unsigned int
poll_all(struct swp_worker *w, uint64_t now)
{
	unsigned int n, n_waiting, n_rounds = 0;

	do
		n = poll_round(w, now, &n_waiting);
	while (!n && n_waiting && ++n_rounds < ROUNDS_MAX);
	return n;
}

/* Sleeps, twice as long each time that no packet arrived. '*idle_since' is the TSC of the first
 * empty poll, 0 if the last poll was not empty. */
static void
idle(struct swp_worker *w, uint64_t *idle_since, unsigned int *sleep_us)
{
	unsigned int longest_us = atomic_load_explicit(&w->sleep_us, memory_order_relaxed);
	uint64_t now = rte_rdtsc();
	struct timespec ts = {0};

	if (!*idle_since) {
		*idle_since = now;
		*sleep_us = SLEEP_MIN_US;
	}
	rte_pause();
	if (!longest_us || now - *idle_since < rte_get_tsc_hz() / 1000 * IDLE_BEFORE_SLEEP_MS)
		return;
	*sleep_us = RTE_MIN(*sleep_us, longest_us);
	ts.tv_sec = *sleep_us / 1000000;
	ts.tv_nsec = (long)(*sleep_us % 1000000 * NS_PER_US);
	count_add(&w->stats.sleeps, 1);
	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
	*sleep_us *= 2;
}

static void
loop(struct swp_worker *w)
{
	unsigned int sleep_us = SLEEP_MIN_US;
	uint64_t idle_since = 0;

	while (!atomic_load_explicit(&w->stop, memory_order_acquire)) {
		uint64_t start = rte_rdtsc();
		unsigned int n;

		w->poll_tsc = start;
		n = poll_all(w, start);
		rcu_quiesce();
		count_add(&w->stats.polls, 1);
		if (n) {
			count_add(&w->stats.cycles_busy, rte_rdtsc() - start);
			idle_since = 0;
			continue;
		}
		count_add(&w->stats.empty_polls, 1);
		idle(w, &idle_since, &sleep_us);
	}
}

static int
pin(const struct swp_worker *w)
{
	cpu_set_t set;

	if (w->core < 0)
		return 0;
	if (w->core >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET(w->core, &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/* A worker is registered with EAL to have its own cache of the mempool. */
static void *
run(void *aux)
{
	struct swp_worker *w = aux;
	char name[16];
	int rc = pin(w);

	prctl(PR_SET_TIMERSLACK, 1UL); /* else each sleep takes 50 us longer */
	snprintf(name, sizeof name, "swp-worker%u", w->index % 1000);
	pthread_setname_np(pthread_self(), name);
	if (!rc && rte_thread_register())
		rc = -ENOSPC;
	if (rc) {
		atomic_store_explicit(&w->state, rc, memory_order_release);
		return NULL;
	}
	w->stats.node = (int)rte_socket_id();
	rcu_thread_start();
	atomic_store_explicit(&w->state, 1, memory_order_release);
	loop(w);
	rcu_thread_stop();
	rte_thread_unregister();
	return NULL;
}

static void
worker_free(struct swp_worker *w)
{
	if (w->exec_ring)
		swp_ring_free(w->exec_ring);
	swp_lookup_free(&w->lookup);
	free(w->poll_list);
	free(w);
}

static int
worker_new(struct swp *s, unsigned int index, struct swp_worker **out)
{
	struct swp_worker *w = aligned_alloc(64, RTE_ALIGN_CEIL(sizeof *w, (size_t)64));

	if (!w)
		return -ENOMEM;
	memset(w, 0, sizeof *w);
	w->swp = s;
	w->index = index;
	w->core = s->config.cores[index];
	w->poll_list = calloc(1, sizeof *w->poll_list);
	if (!w->poll_list ||
	    swp_lookup_init(&w->lookup, s->table, index, s->config.cache_entries, s->config.seed) ||
	    swp_ring_new(s->buffers[s->pools.home_node].n, &w->exec_ring)) {
		worker_free(w);
		return -ENOMEM;
	}
	w->heads_read = swp_heads_best();
	w->random = s->config.seed ^ (index + 1);
	w->stats.core = w->core;
	w->sleep_us = s->config.idle_sleep_us;
	swp_window_add(&w->window, (struct swp_sample){.tsc = rte_rdtsc()});
	w->clock_cycles = rte_get_tsc_hz() / 1000000 * CLOCK_US;
	*out = w;
	return 0;
}

int
swp_worker_start(struct swp *s, unsigned int index, struct swp_worker **out)
{
	struct swp_worker *w;
	int rc = worker_new(s, index, &w);
	int state;

	if (rc)
		return rc;
	rc = -pthread_create(&w->thread, NULL, run, w);
	if (rc) {
		worker_free(w);
		return rc;
	}
	while (!(state = atomic_load_explicit(&w->state, memory_order_acquire))) {
		struct timespec ts = {.tv_nsec = START_POLL_NS};

		nanosleep(&ts, NULL);
	}
	if (state < 0) {
		LOG_ERR(s->log, SWPATH, "worker %u cannot start on CPU %d: %s", index, w->core,
			strerror(-state));
		pthread_join(w->thread, NULL);
		worker_free(w);
		return state;
	}
	*out = w;
	return 0;
}

void
swp_worker_stop(struct swp_worker *w)
{
	void *m;

	atomic_store_explicit(&w->stop, true, memory_order_release);
	pthread_join(w->thread, NULL);
	while (!rte_ring_sc_dequeue(w->exec_ring, &m)) {
		swp_act_leave(w->swp, swp_packet_of(m)->act);
		rte_pktmbuf_free(m);
	}
	worker_free(w);
}
