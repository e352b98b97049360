/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait for hardware do not block others. A device that hangs on one rule delays
 * neither the caller nor other changes nor sweeps. A full sweep does not delay a barrier. Flows
 * that hardware does not remove cost a bounded number of visits and no place in the flow limit. */
#include "core.h"
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PATIENCE_MS 20000
#define N_MANY 1500

static _Atomic unsigned int n_looks; /* visits of flows that settle */
bool __real_ofl_flow_settled(const struct ofl_flow *f);
bool __wrap_ofl_flow_settled(const struct ofl_flow *f);

bool
__wrap_ofl_flow_settled(const struct ofl_flow *f)
{
	atomic_fetch_add(&n_looks, 1);
	return __real_ofl_flow_settled(f);
}

static void
nap_ms(unsigned int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000 * NS_PER_MS)};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

/* Waits for a condition; fails the test if it does not become true. */
#define wait_until(condition)                                                                      \
	do {                                                                                       \
		int left = PATIENCE_MS;                                                            \
		while (!(condition) && left--)                                                     \
			nap_ms(1);                                                                 \
		assert_true(left > 0);                                                             \
	} while (0)

struct result {
	_Atomic bool over;
	_Atomic int rc;
};

static void
on_done(void *aux, int rc)
{
	struct result *r = aux;

	atomic_store(&r->rc, rc);
	atomic_store(&r->over, true);
}

static void
start(struct world *w, enum upc_call kind, struct result *r)
{
	*r = (struct result){.rc = 1};
	assert_int_equal(upc_call_start(w->u, kind, on_done, r), 0);
}

static struct upc_stats
stats(struct world *w)
{
	struct upc_stats s;

	upc_stats(w->u, &s);
	return s;
}

static void
world_begin(struct world *w, unsigned int n_offloaded, uint64_t stale_ns)
{
	struct world_config wc = {
		.seed = 5,
		.n_ports = 3,
		.n_offloaded = n_offloaded,
		.nic = {.capacity = 10000, .stale_ns = stale_ns},
		.upc = {.n_revalidators = 2,
			.idle_ns = 3600 * NS_PER_S,
			.sweep_interval_ns = 3600 * NS_PER_S},
	};

	world_start(w, &wc);
	wait_until(stats(w).sweeps);
}

static uint64_t
in_hardware(struct world *w)
{
	struct ofl_stats s;

	ofl_stats(w->o, UINT32_MAX, &s);
	return s.placed[OFL_HARDWARE];
}

static bool
is_sent_to(struct world *w, const struct flow_key *key, uint32_t port)
{
	uint64_t before = fake_out(&w->f, port);

	fake_send(&w->f, key, 100);
	wait_until(!fake_n_queued(&w->f));
	return fake_out(&w->f, port) > before;
}

/* Makes a flow in hardware, of port 1, and one in software, of port 3; the device hangs on the
 * former. */
static void
hang(struct world *w, struct flow_key *hw, struct flow_key *sw)
{
	*hw = world_key(1, 5);
	*sw = world_key(3, 5);
	world_begin(w, 2, 0);
	world_flow(w, XLATE_ADD, "table=1,priority=5,udp,in_port=1,actions=output:2");
	world_flow(w, XLATE_ADD, "table=1,priority=5,udp,in_port=3,actions=output:2");
	wait_until(is_sent_to(w, hw, 2) && is_sent_to(w, sw, 2));
	wait_until(in_hardware(w) == 1 && stats(w).installed == 2);
	fake_remove_stall(w->f.nic, true);
	world_flow(w, XLATE_ADD, "table=1,priority=9,udp,in_port=1,udp_src=9,actions=drop");
}

/* Changes the flow in software until a result arrives, and waits for each change to take effect.
 * Returns the number of changes. */
static unsigned int
count_turns(struct world *w, const struct flow_key *sw, const struct result *until)
{
	uint32_t port = 2;
	unsigned int n;

	for (n = 0; !atomic_load(&until->over); n++) {
		port = 3 - port;
		world_flow(w, XLATE_MODIFY, "table=1,udp,in_port=3,actions=output:%u", port);
		wait_until(is_sent_to(w, sw, port));
	}
	return n;
}

static void
test_a_hanging_device_is_named(void **state)
{
	struct result barrier, sweep;
	struct flow_key hw, sw;
	static struct world w;
	unsigned int n;

	(void)state;
	hang(&w, &hw, &sw);
	start(&w, UPC_CALL_BARRIER, &barrier);
	n = count_turns(&w, &sw, &barrier);
	print_message("%u changes took effect meanwhile\n", n);
	assert_true(n > 20);
	assert_int_equal(barrier.rc, -ETIMEDOUT);
	assert_int_equal(stats(&w).timed_out, 1);
	/* Sweeps continue, and the flow remains in the datapath while hardware keeps its rule. */
	start(&w, UPC_CALL_SWEEP, &sweep);
	wait_until(sweep.over);
	assert_int_equal(sweep.rc, 0);
	assert_int_equal(w.f.dp.class->n_flows(&w.f.dp), 1);
	start(&w, UPC_CALL_BARRIER, &barrier);
	nap_ms(100);
	assert_false(barrier.over);
	fake_remove_stall(w.f.nic, false);
	wait_until(barrier.over);
	assert_int_equal(barrier.rc, 0);
	world_stop(&w);
}

static void
test_a_slow_device_is_waited_for(void **state)
{
	struct result barrier, settle, flush;
	struct flow_key hw, sw;
	static struct world w;

	(void)state;
	hang(&w, &hw, &sw);
	start(&w, UPC_CALL_BARRIER, &barrier);
	start(&w, UPC_CALL_SETTLE, &settle);
	start(&w, UPC_CALL_FLUSH, &flush);
	nap_ms(300);
	assert_false(barrier.over || settle.over || flush.over);
	fake_remove_stall(w.f.nic, false);
	wait_until(barrier.over && settle.over && flush.over);
	assert_int_equal(barrier.rc, 0);
	assert_int_equal(settle.rc, 0);
	assert_int_equal(flush.rc, 0);
	assert_int_equal(stats(&w).n_flows, 0);
	world_quiet(&w);
	world_check(&w, 0, 5);
	world_stop(&w);
}

static void
test_calls_end_with_their_threads(void **state)
{
	struct result barrier;
	struct flow_key hw, sw;
	static struct world w;

	(void)state;
	hang(&w, &hw, &sw);
	start(&w, UPC_CALL_BARRIER, &barrier);
	assert_int_equal(upc_threads_set(w.u, 2, 1), 0);
	assert_int_equal(upc_threads_set(w.u, 1, 3), 0);
	assert_false(barrier.over);
	fake_remove_stall(w.f.nic, false);
	wait_until(barrier.over);
	assert_int_equal(barrier.rc, 0);
	world_stop(&w);
}

static struct flow_key
many_key(uint32_t port, unsigned int i)
{
	struct flow_key key = world_key(port, 0);

	key.tp_src = htons((uint16_t)(1 + i));
	return key;
}

/* Installs 'n' flows that differ in their source port. */
static void
install_many(struct world *w, uint32_t port, unsigned int n)
{
	unsigned int before = stats(w).n_flows;

	for (unsigned int i = 0; i < n; i++) {
		struct flow_key key = many_key(port, i);

		world_flow(w, XLATE_ADD, "table=1,udp,udp_src=%u,actions=output:2", 1 + i);
		fake_send(&w->f, &key, 100);
		if (i % 100 == 99)
			wait_until(!fake_n_queued(&w->f));
	}
	wait_until(stats(w).n_flows == before + n);
	wait_until(w->f.dp.class->n_flows(&w->f.dp) == before + n);
}

/* A policy sweep runs between the passes of a full one. The fake's dump is slow and returns few
 * flows at a time, so a full sweep takes seconds. */
static void
test_a_barrier_interrupts_a_full_sweep(void **state)
{
	struct result sweep, barrier;
	static struct world w;
	uint64_t n_sweeps;

	(void)state;
	world_begin(&w, 0, 0);
	install_many(&w, 1, N_MANY);
	assert_int_equal(upc_barrier(w.u), 0);
	w.f.dump_us = 5000;
	n_sweeps = stats(&w).sweeps;
	start(&w, UPC_CALL_SWEEP, &sweep);
	wait_until(atomic_load(&w.u->sweep.full.number) > n_sweeps);
	for (int i = 0; i < 3; i++) {
		world_flow(&w, XLATE_MODIFY, "table=1,udp,udp_src=%d,actions=output:%d", 7,
			   3 - i % 2);
		start(&w, UPC_CALL_BARRIER, &barrier);
		wait_until(barrier.over);
		assert_int_equal(barrier.rc, 0);
	}
	assert_false(sweep.over);
	assert_int_equal(stats(&w).sweeps, n_sweeps);
	w.f.dump_us = 0;
	wait_until(sweep.over);
	assert_int_equal(stats(&w).sweeps, n_sweeps + 1);
	assert_int_equal(stats(&w).vanished, 0);
	world_quiet(&w);
	world_check(&w, 0, 5);
	world_stop(&w);
}

/* Returns the visits per pass of 'n' flows that settle. */
static unsigned int
looks_per_pass(unsigned int n)
{
	static struct world w;
	unsigned int looks;

	world_begin(&w, 2, 3 * NS_PER_S);
	install_many(&w, 1, n);
	wait_until(in_hardware(&w) == n);
	world_flow(&w, XLATE_DELETE, "table=1,udp");
	world_flow(&w, XLATE_ADD, "table=1,priority=9,udp,nw_dst=10.9.9.9,actions=drop");
	assert_int_equal(upc_barrier(w.u), 0);
	wait_until(w.f.dp.class->n_flows(&w.f.dp) == 0);
	atomic_store(&n_looks, 0);
	for (int i = 0; i < 10; i++) {
		world_flow(&w, XLATE_MODIFY, "table=1,actions=output:%d", 2 + i % 2);
		assert_int_equal(upc_barrier(w.u), 0);
	}
	looks = atomic_load(&n_looks) / 10;
	world_stop(&w);
	return looks;
}

static void
test_flows_that_settle_are_not_looked_at(void **state)
{
	unsigned int few = looks_per_pass(10), many = looks_per_pass(1000);

	(void)state;
	print_message("%u looks per barrier at 10 flows that settle, %u at 1,000\n", few, many);
	assert_true(many <= few + 10);
}

/* A rule that hardware does not remove uses a place of hardware, but none of the flow limit. */
static void
test_stuck_rules_take_no_place(void **state)
{
	static struct world w;
	struct result flush;

	(void)state;
	world_begin(&w, 2, 0);
	upc_flow_limit_set(w.u, 8);
	install_many(&w, 1, 6);
	wait_until(in_hardware(&w) == 6);
	fake_remove_fails_set(w.f.nic, 1);
	start(&w, UPC_CALL_FLUSH, &flush);
	wait_until(stats(&w).n_stuck == 6);
	assert_int_equal(stats(&w).n_flows, 0);
	install_many(&w, 3, 8);
	assert_int_equal(upc_barrier(w.u), -ETIMEDOUT);
	fake_remove_fails_set(w.f.nic, 0);
	wait_until(upc_sweep_wait(w.u) == 0 && stats(&w).n_stuck == 0);
	assert_int_equal(upc_barrier(w.u), 0);
	wait_until(flush.over);
	world_quiet(&w);
	world_check(&w, 0, 5);
	world_stop(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hanging_device_is_named),
		cmocka_unit_test(test_a_slow_device_is_waited_for),
		cmocka_unit_test(test_calls_end_with_their_threads),
		cmocka_unit_test(test_a_barrier_interrupts_a_full_sweep),
		cmocka_unit_test(test_flows_that_settle_are_not_looked_at),
		cmocka_unit_test(test_stuck_rules_take_no_place),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
