/* SPDX-License-Identifier: Apache-2.0 */
#include "worker.h"
#include "count.h"
#include "exec_ring.h"
#include "ring.h"
#include "round.h"

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
		n = swp_rounds(w, start);
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
	w->burst = w->bursts;
	w->lookup.pause.aux = w;
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
