/* SPDX-License-Identifier: Apache-2.0 */
/* Once the barrier after the removal of an allow rule is answered, no packet is sent any more,
 * on either path, while traffic keeps arriving. */
#include "world.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_ROUNDS 30

struct scene {
	struct world w;
	_Atomic bool stop;
};

static void
nap_us(unsigned int us)
{
	struct timespec ts = {.tv_nsec = us * 1000L};

	nanosleep(&ts, NULL);
}

static void *
traffic_run(void *aux)
{
	struct scene *s = aux;

	for (uint32_t i = 0; !atomic_load(&s->stop); i++) {
		struct flow_key key = world_key(1 + i % 2 * 2, i / 2 % 32);

		fake_send(&s->w.f, &key, 100);
		if (i % 16 == 0)
			nap_us(200);
	}
	return NULL;
}

static void
nap_ms(unsigned int ms)
{
	rcu_sleep();
	for (unsigned int i = 0; i < ms; i++)
		nap_us(1000);
	rcu_wake();
}

static bool
enough(struct scene *s, const struct fake_port *before)
{
	struct fake_port now;

	fake_port_get(&s->w.f, 2, &now);
	return now.out[FAKE_HW] >= before->out[FAKE_HW] + 20 &&
	       now.out[FAKE_SW] >= before->out[FAKE_SW] + 20;
}

static void
wait_for_output(struct scene *s)
{
	struct fake_port before;

	fake_port_get(&s->w.f, 2, &before);
	for (int i = 0; i < 5000 && !enough(s, &before); i++)
		nap_ms(1);
	assert_true(enough(s, &before));
}

static void
revoke(struct scene *s, int round)
{
	unsigned int n_barriers = atomic_load(&s->w.f.n_barriers);
	uint64_t out;

	world_flow(&s->w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	upc_sweep_wait(s->w.u);
	wait_for_output(s);
	switch (round % 3) {
	case 0:
		world_flow(&s->w, XLATE_DELETE_STRICT, "table=1,priority=5,udp");
		break;
	case 1: /* a rule consults more bits: flows are removed instead of modified */
		world_flow(&s->w, XLATE_ADD, "table=1,priority=9,udp,tp_src=1003,actions=drop");
		world_flow(&s->w, XLATE_DELETE_STRICT, "table=1,priority=5,udp");
		break;
	case 2:
		world_flow(&s->w, XLATE_MODIFY_STRICT, "table=1,priority=5,udp,actions=drop");
		break;
	}
	assert_int_equal(upc_barrier(s->w.u), 0);
	assert_true(atomic_load(&s->w.f.n_barriers) > n_barriers);
	out = fake_out(&s->w.f, 2);
	nap_ms(60);
	assert_int_equal(fake_out(&s->w.f, 2), out);
	world_flow(&s->w, XLATE_DELETE, "table=1,udp");
}

static void
scene_start(struct scene *s, uint64_t seed)
{
	struct world_config wc = {
		.seed = seed,
		.n_ports = 3,
		.n_offloaded = 2,
		.nic = {.capacity = 1000,
			.latency_us = 3000,
			.remove_fails = 4,
			.stale_ns = 2 * NS_PER_MS},
		.upc = {.n_handlers = 2, .n_revalidators = 2, .sweep_interval_ns = NS_PER_S},
	};

	memset(s, 0, sizeof *s);
	world_start(&s->w, &wc);
	world_flow(&s->w, XLATE_ADD, "table=1,priority=0,actions=drop");
}

/* Makes batches longer than a sweep, and flows that keep missing. */
static void
make_slow(struct scene *s)
{
	mutex_lock(&s->w.f.mu);
	s->w.f.put_fails = 2;
	s->w.f.delays = 2;
	s->w.f.delay_us = 30000;
	mutex_unlock(&s->w.f.mu);
}

static void
nothing_passes_after_the_barrier(void **state)
{
	struct fake_port p;
	struct scene s;
	pthread_t traffic;

	(void)state;
	scene_start(&s, 7);
	make_slow(&s);
	assert_int_equal(pthread_create(&traffic, NULL, traffic_run, &s), 0);
	for (int i = 0; i < N_ROUNDS; i++)
		revoke(&s, i);
	atomic_store(&s.stop, true);
	rcu_sleep();
	pthread_join(traffic, NULL);
	rcu_wake();
	fake_port_get(&s.w.f, 2, &p);
	assert_true(p.out[FAKE_HW] > 0);
	assert_true(p.out[FAKE_SW] > 0);
	assert_true(p.out[FAKE_EXECUTE] > 0);
	world_quiet(&s.w);
	world_check(&s.w, 0, 7);
	world_stop(&s.w);
}

#define N_LEAVING 16 /* world_key() has as many source ports */

static struct ofl_stats
offload_stats(struct scene *s)
{
	struct ofl_stats stats;

	ofl_stats(s->w.o, UINT32_MAX, &stats);
	return stats;
}

static void
fill_hardware(struct scene *s)
{
	for (int i = 0; i < 5000 && offload_stats(s).placed[OFL_HARDWARE] < N_LEAVING; i++) {
		struct flow_key key = world_key(1, (uint32_t)i % N_LEAVING);

		fake_send(&s->w.f, &key, 100);
		nap_ms(1);
	}
	assert_int_equal(offload_stats(s).placed[OFL_HARDWARE], N_LEAVING);
}

/* Each rule of a port that leaves its bridge is removed, and none is inserted for packets it
 * still receives. When the port joins a bridge again, its flows are offered again. */
static void
rules_of_a_port_leave_once(void **state)
{
	struct ofl_stats before, after;
	struct flow_key key;
	struct scene s;

	(void)state;
	scene_start(&s, 9);
	world_flow(&s.w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	for (unsigned int i = 0; i < N_LEAVING; i++)
		world_flow(&s.w, XLATE_ADD, "table=1,priority=%u,udp,tp_src=%u,actions=output:2",
			   10 + i, 1000 + i);
	fill_hardware(&s);
	before = offload_stats(&s);
	world_port_del(&s.w, 1);
	assert_int_equal(upc_barrier(s.w.u), 0);
	for (unsigned int i = 0; i < 2 * N_LEAVING; i++) {
		key = world_key(1, i);
		fake_send(&s.w.f, &key, 100);
	}
	nap_ms(50);
	assert_int_equal(upc_settle(s.w.u), 0);
	after = offload_stats(&s);
	assert_int_equal(after.removed - before.removed, N_LEAVING);
	assert_int_equal(after.inserted, before.inserted);
	world_port_add(&s.w, 1);
	fill_hardware(&s);
	world_quiet(&s.w);
	world_stop(&s.w);
}

/* A rule that a device does not remove is reported as stuck, and is not forgotten. */
static void
stuck_hardware_is_reported(void **state)
{
	struct scene s;
	struct flow_key key = world_key(1, 5);
	struct fake_port p = {0};

	(void)state;
	scene_start(&s, 8);
	world_flow(&s.w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	for (int i = 0; i < 5000 && !p.hw.packets; i++) {
		fake_send(&s.w.f, &key, 100);
		nap_ms(1);
		fake_port_get(&s.w.f, 1, &p);
	}
	assert_true(p.hw.packets > 0);
	fake_remove_fails_set(s.w.f.nic, 1);
	world_flow(&s.w, XLATE_DELETE_STRICT, "table=1,priority=5,udp");
	assert_int_equal(upc_barrier(s.w.u), -ETIMEDOUT);
	assert_int_equal(upc_barrier(s.w.u), -ETIMEDOUT);
	fake_remove_fails_set(s.w.f.nic, 0);
	nap_ms(100);
	assert_int_equal(upc_barrier(s.w.u), 0);
	world_stop(&s.w);
}

static void
del_fails_set(struct scene *s, unsigned int one_in)
{
	mutex_lock(&s->w.f.mu);
	s->w.f.del_fails = one_in;
	mutex_unlock(&s->w.f.mu);
}

static unsigned int
n_dp_flows(struct scene *s)
{
	return s->w.f.dp.class->n_flows(&s->w.f.dp);
}

/* A flow that the datapath does not delete is reported too: its packets are treated by the old
 * policy. */
static void
stuck_datapath_is_reported(void **state)
{
	struct flow_key key = world_key(3, 5);
	struct scene s;

	(void)state;
	scene_start(&s, 9);
	world_flow(&s.w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	fake_send(&s.w.f, &key, 100);
	world_quiet(&s.w);
	assert_int_equal(n_dp_flows(&s), 1);
	del_fails_set(&s, 1);
	world_flow(&s.w, XLATE_ADD, "table=1,priority=9,udp,tp_src=1003,actions=drop");
	assert_int_equal(upc_barrier(s.w.u), -ETIMEDOUT);
	assert_int_equal(n_dp_flows(&s), 1);
	del_fails_set(&s, 0);
	assert_int_equal(upc_barrier(s.w.u), 0);
	assert_int_equal(n_dp_flows(&s), 0);

	fake_send(&s.w.f, &key, 100);
	world_quiet(&s.w);
	assert_int_equal(n_dp_flows(&s), 1);
	world_check(&s.w, 0, 9);
	del_fails_set(&s, 1);
	world_stop(&s.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_passes_after_the_barrier),
		cmocka_unit_test(rules_of_a_port_leave_once),
		cmocka_unit_test(stuck_hardware_is_reported),
		cmocka_unit_test(stuck_datapath_is_reported),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
