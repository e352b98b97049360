/* SPDX-License-Identifier: Apache-2.0 */
/* Full sweeps: what they visit, and what they must not miss although they visit little. */
#include "core.h"
#include "limit.h"
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_BYTES 100
#define INTERVAL_NS (20 * NS_PER_MS)
#define LONG_NS (3600 * NS_PER_S)

struct bench {
	struct world w;
	struct batch *b;
	unsigned int n_flows;
};

static void
start(struct bench *t, uint64_t idle_ns, uint64_t whole_ns)
{
	struct world_config wc = {
		.seed = 1,
		.n_ports = 3,
		.upc = {.idle_ns = idle_ns,
			.sweep_interval_ns = INTERVAL_NS,
			.whole_interval_ns = whole_ns,
			.n_revalidators = 2},
	};

	t->n_flows = 0;
	t->b = malloc(sizeof *t->b);
	assert_non_null(t->b);
	world_start(&t->w, &wc);
	upc_pause(t->w.u);
	world_flow(&t->w, XLATE_ADD,
		   "table=1,priority=0,udp,actions=move:NXM_OF_UDP_SRC[]->NXM_NX_REG1[0..15],"
		   "output:2");
}

static void
stop(struct bench *t)
{
	free(t->b);
	world_stop(&t->w);
}

static struct upc_stats
stats(struct bench *t)
{
	struct upc_stats s;

	upc_stats(t->w.u, &s);
	return s;
}

/* Adds 'n' megaflows of port 1, each by one upcalled packet. */
static void
flows_add(struct bench *t, unsigned int n)
{
	static const uint8_t data[N_BYTES];
	struct dp *dp = &t->w.f.dp;

	for (unsigned int i = 0; i < n;) {
		for (t->b->n = 0; i < n && t->b->n < DP_BATCH_MAX; i++, t->b->n++) {
			struct dp_upcall *up = dp->class->packet_new(dp, data, N_BYTES, 1);

			up->key = world_key(1, 0);
			up->key.tp_src = htons((uint16_t)(t->n_flows + i));
			t->b->packets[t->b->n] = up;
		}
		t->b->now_ns = clock_now_ns();
		batch_run(t->w.u, t->b);
		rcu_quiesce();
	}
	t->n_flows += n;
	assert_int_equal(stats(t).n_flows, t->n_flows);
}

/* A packet is counted by each of 'n' flows, at a time that is 'later_ns' from now. */
static void
flows_use(struct bench *t, unsigned int n, uint64_t later_ns)
{
	struct fake *f = &t->w.f;

	mutex_lock(&f->mu);
	for (struct fake_flow *fl = f->flows; fl && n; fl = fl->next, n--) {
		fl->stats.packets++;
		fl->stats.bytes += N_BYTES;
		fl->stats.used_ns = clock_now_ns() + later_ns;
	}
	mutex_unlock(&f->mu);
}

static void
nap(void)
{
	struct timespec ts = {.tv_nsec = (long)INTERVAL_NS / 4};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

#define wait_until(condition)                                                                      \
	do {                                                                                       \
		uint64_t deadline_ns = clock_now_ns() + 60 * NS_PER_S;                             \
		while (!(condition)) {                                                             \
			if (clock_now_ns() > deadline_ns)                                          \
				fail_msg("never: %s", #condition);                                 \
			nap();                                                                     \
		}                                                                                  \
	} while (0)

/* Sweeps end in pairs: the first may have begun before the call. */
static void
sweeps_wait(struct bench *t)
{
	uint64_t n = stats(t).sweeps;

	wait_until(stats(t).sweeps >= n + 2);
}

static uint64_t
n_reported(struct bench *t)
{
	uint64_t n;

	mutex_lock(&t->w.f.mu);
	n = t->w.f.n_reported;
	mutex_unlock(&t->w.f.mu);
	return n;
}

#define N_CHANGED 100

static void
visits_are_those_that_changed(unsigned int n_flows)
{
	uint64_t visited, reported;
	struct bench t;

	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, n_flows);
	upc_sweep_wait(t.w.u);
	visited = stats(&t).revalidated;
	reported = n_reported(&t);
	flows_use(&t, N_CHANGED, 0);
	wait_until(world_rule_count(&t.w, 1).packets == n_flows + N_CHANGED);
	sweeps_wait(&t);
	assert_int_equal(stats(&t).revalidated - visited, N_CHANGED);
	assert_int_equal(n_reported(&t) - reported, N_CHANGED);
	assert_int_equal(world_rule_count(&t.w, 1).bytes, (n_flows + N_CHANGED) * N_BYTES);
	stop(&t);
}

static void
a_sweep_costs_what_changed(void **state)
{
	(void)state;
	visits_are_those_that_changed(300);
	visits_are_those_that_changed(30000);
}

/* Half of the flows are used, at a time that no delay of this test reaches. */
static void
unused_flows_leave_and_are_counted(void **state)
{
	uint64_t visited;
	struct bench t;

	(void)state;
	start(&t, 500 * NS_PER_MS, LONG_NS);
	flows_add(&t, 1000);
	visited = stats(&t).revalidated;
	flows_use(&t, 500, LONG_NS);
	wait_until(stats(&t).evicted_idle == 500);
	sweeps_wait(&t);
	assert_int_equal(stats(&t).evicted_idle, 500);
	assert_int_equal(stats(&t).n_flows, 500);
	assert_in_range(stats(&t).revalidated - visited, 1000, 2000);
	assert_int_equal(world_rule_count(&t.w, 1).packets, 1500);
	stop(&t);
}

/* Each of the two revalidators deletes what it judged. */
static void
deletions_share_grace_periods(void **state)
{
	struct bench t;

	(void)state;
	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, 20000);
	upc_flush(t.w.u);
	assert_int_equal(stats(&t).evicted_flush, 20000);
	assert_in_range(atomic_load(&t.w.f.n_graces), 1, 2);
	stop(&t);
}

/* A flow that is used in each interval stays, although no sweep judges it otherwise. */
static void
a_used_flow_stays(void **state)
{
	uint64_t until_ns;
	struct bench t;

	(void)state;
	start(&t, 2 * NS_PER_S, LONG_NS);
	flows_add(&t, 2);
	for (until_ns = clock_now_ns() + 5 * NS_PER_S; clock_now_ns() < until_ns; nap())
		flows_use(&t, 1, 0);
	assert_int_equal(stats(&t).n_flows, 1);
	assert_int_equal(stats(&t).evicted_idle, 1);
	stop(&t);
}

/* Returns the number of flows in the datapath that counted packets. */
static unsigned int
n_used(struct bench *t)
{
	unsigned int n = 0;

	mutex_lock(&t->w.f.mu);
	for (struct fake_flow *fl = t->w.f.flows; fl; fl = fl->next)
		n += fl->stats.packets != 0;
	mutex_unlock(&t->w.f.mu);
	return n;
}

/* Of the flows a tenth is too much, and half is unused. */
static void
excess_leaves_alone(unsigned int n_flows)
{
	struct bench t;

	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, n_flows);
	flows_use(&t, n_flows / 2, LONG_NS);
	nap();
	upc_flow_limit_set(t.w.u, n_flows - n_flows / 10);
	wait_until(stats(&t).evicted_limit == n_flows / 10);
	sweeps_wait(&t);
	upc_sweep_wait(t.w.u);
	assert_int_equal(stats(&t).evicted_limit, n_flows / 10);
	assert_int_equal(stats(&t).n_flows, n_flows - n_flows / 10);
	assert_int_equal(n_used(&t), n_flows / 2);
	assert_int_equal(world_rule_count(&t.w, 1).packets, n_flows + n_flows / 2);
	stop(&t);
}

/* The unused flows leave first, quick sweep or whole. */
static void
the_excess_over_the_limit_leaves(void **state)
{
	(void)state;
	excess_leaves_alone(300);
	excess_leaves_alone(30000);
}

/* CPU time of a thread, as the code under test sees it: each reading adds 'cpu_step_ns'. Other
 * clocks are right. */
int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);
static _Atomic uint64_t cpu_step_ns;
static _Thread_local uint64_t cpu_ns;

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_THREAD_CPUTIME_ID)
		return __real_clock_gettime(clock, ts);
	cpu_ns += atomic_load(&cpu_step_ns);
	*ts = (struct timespec){.tv_sec = (time_t)(cpu_ns / NS_PER_S),
				.tv_nsec = (long)(cpu_ns % NS_PER_S)};
	return 0;
}

/* Sweeps that take long because the revalidators wait do not lower the limit; sweeps that keep a
 * core busy do. */
static void
the_limit_follows_cpu_time(void **state)
{
	struct bench t;

	(void)state;
	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, 60);
	atomic_store(&t.w.f.dump_us, 600000);
	sweeps_wait(&t);
	assert_true(stats(&t).sweep_ns > 2 * UPC_SWEEP_TARGET_NS);
	assert_int_equal(stats(&t).flow_limit, UPC_FLOW_LIMIT);
	atomic_store(&t.w.f.dump_us, 0);
	atomic_store(&cpu_step_ns, 4 * UPC_SWEEP_TARGET_NS);
	wait_until(stats(&t).flow_limit == LIMIT_MIN);
	assert_true(stats(&t).sweep_ns < UPC_SWEEP_TARGET_NS);
	assert_int_equal(stats(&t).n_flows, 60);
	atomic_store(&cpu_step_ns, 0);
	wait_until(stats(&t).flow_limit > 2 * LIMIT_MIN);
	stop(&t);
}

/* More than one pass deletes. */
static void
flows_that_only_the_datapath_has_are_removed(void **state)
{
	struct bench t;

	(void)state;
	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, 10);
	sweeps_wait(&t);
	t.w.f.del_fails = 3;
	for (unsigned int i = 0; i < 3 * ORPHANS_MAX; i++) {
		struct flow_match m = {.key.skb_mark = i + 1, .mask.skb_mark = UINT32_MAX};

		fake_flow_plant(&t.w.f, &m);
	}
	wait_until(t.w.f.dp.class->n_flows(&t.w.f.dp) == 10);
	t.w.f.del_fails = 0;
	assert_int_equal(stats(&t).n_flows, 10);
	stop(&t);
}

static void
flows_that_the_datapath_lost_are_removed(void **state)
{
	struct bench t;

	(void)state;
	start(&t, LONG_NS, 100 * NS_PER_MS);
	flows_add(&t, 1000);
	sweeps_wait(&t);
	fake_flows_forget(&t.w.f);
	wait_until(stats(&t).n_flows == 0);
	assert_int_equal(stats(&t).vanished, 1000);
	stop(&t);
}

/* Flows that a dump lacks because it ended early exist: they stay, and none is taken for idle. */
static void
flows_that_a_dump_lacks_stay(void **state)
{
	uint64_t sweeps;
	struct bench t;

	(void)state;
	start(&t, LONG_NS, 100 * NS_PER_MS);
	flows_add(&t, 1000);
	sweeps_wait(&t);
	atomic_store(&t.w.f.dump_cut, 100);
	sweeps = stats(&t).sweeps;
	wait_until(stats(&t).sweeps > sweeps + 2 * REVAL_MISSED_MAX + 2);
	assert_int_equal(stats(&t).n_flows, 1000);
	assert_int_equal(stats(&t).vanished, 0);
	/* A complete one shows what is gone. */
	fake_flows_forget(&t.w.f);
	wait_until(stats(&t).n_flows == 0);
	assert_int_equal(stats(&t).vanished, 1000);
	stop(&t);
}

/* From then on sweeps must read the counts in hardware of flows that were only in software. */
static void
a_port_may_be_offloaded_later(void **state)
{
	const struct nic_class *const classes[] = {&fake_class, NULL};
	struct fake_nic_config nic = {.capacity = 100};
	struct nic_refusal why;
	struct flow_key key;
	struct fake_port port;
	struct bench t;

	(void)state;
	start(&t, LONG_NS, LONG_NS);
	flows_add(&t, 10);
	sweeps_wait(&t);
	fake_nic_init(&t.w.f, &nic);
	assert_int_equal(ofl_port_add(t.w.o, 1, 0, classes, &why), 0);
	assert_int_equal(ofl_port_add(t.w.o, 2, 1, classes, &why), 0);
	key = world_key(1, 0);
	key.tp_src = htons(5);
	wait_until((fake_send(&t.w.f, &key, N_BYTES), fake_port_get(&t.w.f, 1, &port),
		    port.hw.packets >= 50));
	wait_until(world_rule_count(&t.w, 1).packets == 10 + port.hw.packets + port.sw.packets);
	stop(&t);
}

static int
thread_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
thread_stop(void **state)
{
	(void)state;
	rcu_thread_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sweep_costs_what_changed),
		cmocka_unit_test(unused_flows_leave_and_are_counted),
		cmocka_unit_test(deletions_share_grace_periods),
		cmocka_unit_test(a_used_flow_stays),
		cmocka_unit_test(the_excess_over_the_limit_leaves),
		cmocka_unit_test(the_limit_follows_cpu_time),
		cmocka_unit_test(flows_that_only_the_datapath_has_are_removed),
		cmocka_unit_test(flows_that_the_datapath_lost_are_removed),
		cmocka_unit_test(flows_that_a_dump_lacks_stay),
		cmocka_unit_test(a_port_may_be_offloaded_later),
	};

	return cmocka_run_group_tests(tests, thread_start, thread_stop);
}
