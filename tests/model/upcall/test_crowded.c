/* SPDX-License-Identifier: Apache-2.0 */
/* A crowded ledger keeps the flows that carry packets, also those in a NIC whose counters are
 * late. */
#include "world.h"

#include "core.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_HARDWARE 4 /* flows of port 1, which is offloaded */
#define N_SOFTWARE 8 /* flows of port 2: more than its share of the limit */
#define N_SILENT 2   /* flows of port 1 that fall silent after a while */
#define LIMIT (2 * N_HARDWARE)
/* With it, port 1 must give up N_SILENT flows. */
#define LIMIT_LOW (2 * (N_HARDWARE - N_SILENT))
#define LIMIT_NONE 1000
#define STALE_NS (300 * NS_PER_MS)

static struct ofl_stats
offloaded(struct world *w)
{
	struct ofl_stats s;

	ofl_stats(w->o, UINT32_MAX, &s);
	return s;
}

static void
nap(void)
{
	struct timespec ts = {.tv_nsec = (long)(5 * NS_PER_MS)};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

static void
send(struct world *w, uint32_t port, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct flow_key key = world_key(port, i);

		fake_send(&w->f, &key, 100);
	}
}

/* Sends packets for 'ns', while the limit alternates between 'limit' and one that admits all
 * flows. */
static void
carry(struct world *w, unsigned int n_hardware, unsigned int limit, uint64_t ns)
{
	uint64_t begun = clock_now_ns(), now = begun;

	for (; now < begun + ns; now = clock_now_ns()) {
		bool crowd = (now - begun) / (50 * NS_PER_MS) % 2;

		atomic_store(&w->u->flow_limit, crowd ? limit : LIMIT_NONE);
		send(w, 1, n_hardware);
		send(w, 2, N_SOFTWARE);
		nap();
	}
}

static void
add_rules(struct world *w)
{
	for (unsigned int i = 0; i < N_SOFTWARE; i++)
		world_flow(w, XLATE_ADD, "table=1,priority=1,udp,udp_src=%u,actions=output:1",
			   1000 + i);
}

static void
test_active_hardware_flows_stay(void **state)
{
	struct world_config c = {.n_ports = 2,
				 .n_offloaded = 1,
				 .nic = {.capacity = 100, .stale_ns = STALE_NS},
				 .upc = {.flow_limit = 1000, .sweep_interval_ns = 20 * NS_PER_MS}};
	struct upc_stats s;
	struct world w;

	(void)state;
	world_start(&w, &c);
	add_rules(&w);
	carry(&w, N_HARDWARE, LIMIT, 4 * STALE_NS);
	upc_stats(w.u, &s);
	assert_true(s.evicted_limit > 0);
	assert_int_equal(offloaded(&w).placed[OFL_HARDWARE], N_HARDWARE);
	assert_int_equal(offloaded(&w).inserted, N_HARDWARE);
	/* The NIC's counters show which of them are silent. */
	carry(&w, N_HARDWARE - N_SILENT, LIMIT_NONE, 4 * STALE_NS);
	carry(&w, N_HARDWARE - N_SILENT, LIMIT_LOW, 4 * STALE_NS);
	assert_int_equal(offloaded(&w).placed[OFL_HARDWARE], N_HARDWARE - N_SILENT);
	assert_int_equal(offloaded(&w).inserted, N_HARDWARE);
	world_stop(&w);
}

/* Sends to the flows of the NIC alone until the limit has removed 'n' flows. */
static void
crowd(struct world *w, unsigned int n)
{
	struct upc_stats before, s;

	upc_stats(w->u, &before);
	atomic_store(&w->u->flow_limit, N_HARDWARE);
	do {
		send(w, 1, N_HARDWARE);
		nap();
		upc_stats(w->u, &s);
	} while (s.evicted_limit < before.evicted_limit + n);
	assert_int_equal(s.evicted_limit, before.evicted_limit + n);
	atomic_store(&w->u->flow_limit, LIMIT_NONE);
}

/* Flows of one port. Those in software were used after the NIC's counters were read, and yet they
 * are the ones that were unused for longest. */
static void
test_late_counters_make_no_flow_unused(void **state)
{
	struct world_config c = {.n_ports = 2,
				 .n_offloaded = 1,
				 .nic = {.capacity = N_HARDWARE, .stale_ns = 4 * STALE_NS},
				 .upc = {.flow_limit = 1000, .sweep_interval_ns = 20 * NS_PER_MS}};
	struct world w;

	(void)state;
	world_start(&w, &c);
	add_rules(&w);
	do {
		send(&w, 1, N_HARDWARE);
		nap();
	} while (offloaded(&w).placed[OFL_HARDWARE] < N_HARDWARE);
	for (int round = 0; round < 5; round++) {
		uint64_t until_ns;

		send(&w, 1, N_SOFTWARE);
		for (until_ns = clock_now_ns() + STALE_NS; clock_now_ns() < until_ns; nap())
			send(&w, 1, N_HARDWARE);
		crowd(&w, N_SOFTWARE - N_HARDWARE);
		assert_int_equal(offloaded(&w).placed[OFL_HARDWARE], N_HARDWARE);
		assert_int_equal(offloaded(&w).inserted, N_HARDWARE);
	}
	world_stop(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active_hardware_flows_stay),
		cmocka_unit_test(test_late_counters_make_no_flow_unused),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
