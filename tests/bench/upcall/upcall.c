/* SPDX-License-Identifier: Apache-2.0 */
/* Measures upcall/ alone, over the fake datapath of the model tests: set-up of megaflows by
 * batches of 64 upcalls, and full sweeps of which some flows have changed.
 *
 *     bench_upcall FLOWS [ROUNDS]
 *
 * The fake's own cost is included; "perf report" separates them. */
#include "core.h"
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define INTERVAL_NS (200 * NS_PER_MS)

struct bench {
	struct world w;
	struct batch *b;
	unsigned int n_flows;
};

static struct flow_key
key_of(unsigned int i)
{
	struct flow_key k = world_key(1, 0);

	k.nw_src = htonl(0x0a000000 | i >> 12);
	k.tp_src = htons((uint16_t)(1000 + (i & 0xfff)));
	return k;
}

static uint64_t
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void
batch_fill(struct bench *t, unsigned int first)
{
	static const uint8_t data[64];
	struct dp *dp = &t->w.f.dp;

	t->b->n = 0;
	for (unsigned int i = first; i < t->n_flows && t->b->n < DP_BATCH_MAX; i++) {
		struct dp_upcall *up = dp->class->packet_new(dp, data, sizeof data, 1);

		up->key = key_of(i);
		t->b->packets[t->b->n++] = up;
	}
}

static void
set_up(struct bench *t)
{
	uint64_t spent_ns = 0;
	struct upc_stats s;

	for (unsigned int i = 0; i < t->n_flows; i += t->b->n) {
		uint64_t begun_ns;

		batch_fill(t, i);
		t->b->now_ns = clock_now_ns();
		begun_ns = cpu_ns();
		batch_run(t->w.u, t->b);
		spent_ns += cpu_ns() - begun_ns;
		rcu_quiesce();
	}
	upc_stats(t->w.u, &s);
	printf("set-up: %u flows, %.0f ns each; limit %u, %llu evicted for it, %llu not "
	       "installed\n",
	       s.n_flows, (double)spent_ns / t->n_flows, s.flow_limit,
	       (unsigned long long)s.evicted_limit, (unsigned long long)s.install_limited);
}

static void
use(struct bench *t, unsigned int every)
{
	struct fake *f = &t->w.f;
	unsigned int i = 0;

	mutex_lock(&f->mu);
	for (struct fake_flow *fl = f->flows; fl; fl = fl->next) {
		if (!every || i++ % every)
			continue;
		fl->stats.packets++;
		fl->stats.bytes += 64;
		fl->stats.used_ns = clock_now_ns();
	}
	mutex_unlock(&f->mu);
}

/* Waits for the next sweep, quick or whole, that begins after some flows were used. Returns its
 * duration. */
static uint64_t
sweep_next(struct bench *t, bool whole)
{
	struct timespec ts = {.tv_nsec = (long)(INTERVAL_NS / 8)};
	struct upc_stats s;
	uint64_t before;

	upc_stats(t->w.u, &s);
	before = s.sweeps;
	if (whole) {
		upc_sweep_wait(t->w.u);
		upc_stats(t->w.u, &s);
	}
	while (!whole && s.sweeps == before) {
		rcu_sleep();
		nanosleep(&ts, NULL);
		rcu_wake();
		upc_stats(t->w.u, &s);
	}
	return s.sweep_ns;
}

static void
sweep(struct bench *t, const char *what, unsigned int every, unsigned int n_rounds, bool whole)
{
	uint64_t most_ns = 0, sum_ns = 0;

	for (unsigned int i = 0; i < n_rounds; i++) {
		uint64_t ns;

		use(t, every);
		ns = sweep_next(t, whole);
		sum_ns += ns;
		most_ns = ns > most_ns ? ns : most_ns;
	}
	printf("sweep, %s: %.2f ms (most %.2f), %.0f ns a flow\n", what,
	       (double)sum_ns / n_rounds / 1e6, (double)most_ns / 1e6,
	       (double)sum_ns / n_rounds / t->n_flows);
}

int
main(int argc, char **argv)
{
	unsigned int n = argc > 1 ? (unsigned int)atoi(argv[1]) : 1000;
	unsigned int n_rounds = argc > 2 ? (unsigned int)atoi(argv[2]) : 5;
	struct world_config wc = {
		.seed = 1,
		.n_ports = 3,
		.upc = {.idle_ns = 3600 * NS_PER_S,
			.sweep_interval_ns = INTERVAL_NS,
			.flow_limit = n},
	};
	struct bench t = {.n_flows = n, .b = malloc(sizeof *t.b)};

	rcu_thread_start();
	world_start(&t.w, &wc);
	upc_pause(t.w.u);
	world_flow(&t.w, XLATE_ADD,
		   "table=1,priority=0,udp,actions=move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],"
		   "move:NXM_OF_UDP_SRC[]->NXM_NX_REG1[0..15],output:2");
	set_up(&t);
	sweep(&t, "whole", 0, n_rounds, true);
	sweep(&t, "unchanged", 0, n_rounds, false);
	sweep(&t, "a tenth changed", 10, n_rounds, false);
	sweep(&t, "all changed", 1, n_rounds, false);
	free(t.b);
	world_stop(&t.w);
	rcu_thread_stop();
	return 0;
}
