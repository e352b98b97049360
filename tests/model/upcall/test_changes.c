/* SPDX-License-Identifier: Apache-2.0 */
/* Flows follow a change without a barrier, and a learned rule applies to the answer to its
 * packet, both without a full sweep. A flood of changes does not cause a storm of sweeps. */
#include "schedule.h"
#include "world.h"

#include <base/clock.h>
#include <xlate/translate.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define PATIENCE_MS 5000

static void
nap_ms(unsigned int ms)
{
	struct timespec ts = {.tv_nsec = (long)(ms * NS_PER_MS)};

	rcu_sleep();
	nanosleep(&ts, NULL);
	rcu_wake();
}

struct control {
	struct world w;
	_Atomic unsigned int n_woken;
};

static void
wake(void *aux)
{
	atomic_fetch_add((_Atomic unsigned int *)aux, 1);
}

static void
control_start(struct control *c, unsigned int n_offloaded)
{
	struct world_config wc = {
		.seed = 3,
		.n_ports = 3,
		.n_offloaded = n_offloaded,
		.learned = wake,
		.learned_aux = &c->n_woken,
		.nic = {.capacity = 1000, .latency_us = 300, .stale_ns = NS_PER_MS},
		.upc = {.n_handlers = 2,
			.n_revalidators = 2,
			.idle_ns = 3600 * NS_PER_S,
			.sweep_interval_ns = 3600 * NS_PER_S},
	};

	atomic_init(&c->n_woken, 0);
	world_start(&c->w, &wc);
}

/* Returns true if a packet sent now is sent to 'port'. */
static bool
is_sent_to(struct world *w, const struct flow_key *key, uint32_t port)
{
	uint64_t before = fake_out(&w->f, port);

	fake_send(&w->f, key, 100);
	for (int i = 0; fake_n_queued(&w->f) && i < PATIENCE_MS; i++)
		nap_ms(1);
	return fake_out(&w->f, port) > before;
}

static void
wait_until_sent_to(struct world *w, const struct flow_key *key, uint32_t port)
{
	int i = 0;

	while (!is_sent_to(w, key, port) && i++ < PATIENCE_MS)
		nap_ms(1);
	assert_true(i < PATIENCE_MS);
}

static struct upc_stats
stats(struct world *w)
{
	struct upc_stats s;

	upc_stats(w->u, &s);
	return s;
}

static void
changes_take_effect(struct control *c, unsigned int n_offloaded)
{
	struct flow_key key = world_key(1, 5);
	uint32_t port = 2;

	control_start(c, n_offloaded);
	world_flow(&c->w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	wait_until_sent_to(&c->w, &key, 2);
	for (int i = 0; i < 20; i++) {
		port = 5 - port;
		world_flow(&c->w, XLATE_MODIFY, "table=1,udp,actions=output:%u", port);
		wait_until_sent_to(&c->w, &key, port);
	}
	/* A rule that consults more bits, and a port that is added. */
	world_flow(&c->w, XLATE_ADD, "table=1,priority=9,udp,udp_src=1005,actions=output:3");
	wait_until_sent_to(&c->w, &key, 3);
	world_flow(&c->w, XLATE_MODIFY, "table=1,actions=output:7");
	world_port_add(&c->w, 7);
	wait_until_sent_to(&c->w, &key, 7);
	assert_true(stats(&c->w).sweeps <= 1);
	world_stop(&c->w);
}

static void
test_changes_take_effect(void **state)
{
	static struct control c;

	(void)state;
	changes_take_effect(&c, 0);
	changes_take_effect(&c, 3);
}

/* A change during a batch that a handler began with older tables: the flow it installs is
 * updated. The datapath delays every batch, so the change and its sweep precede the
 * installation. */
static void
test_flows_of_older_tables_follow(void **state)
{
	static struct control c;

	(void)state;
	control_start(&c, 0);
	mutex_lock(&c.w.f.mu);
	c.w.f.delays = 1;
	c.w.f.delay_us = 20000;
	mutex_unlock(&c.w.f.mu);
	for (uint32_t i = 0; i < 10; i++) {
		struct flow_key key = world_key(1, i);
		uint64_t n = stats(&c.w).translations;

		world_flow(&c.w, XLATE_ADD, "table=1,udp,udp_src=%u,actions=output:2", 1000 + i);
		fake_send(&c.w.f, &key, 100);
		for (int ms = 0; stats(&c.w).translations == n && ms < PATIENCE_MS; ms++)
			nap_ms(1);
		nap_ms(1);
		world_flow(&c.w, XLATE_MODIFY, "table=1,udp,udp_src=%u,actions=output:3", 1000 + i);
		wait_until_sent_to(&c.w, &key, 3);
	}
	assert_true(stats(&c.w).sweeps <= 1);
	assert_true(stats(&c.w).modified >= 5);
	world_stop(&c.w);
}

static void
test_a_flood_of_changes_is_no_storm(void **state)
{
	static struct control c;
	uint64_t begun_ns, n;

	(void)state;
	control_start(&c, 0);
	world_flow(&c.w, XLATE_ADD, "table=1,priority=5,udp,actions=output:2");
	for (uint32_t i = 0; i < 64; i++) {
		struct flow_key key = world_key(1, i);

		wait_until_sent_to(&c.w, &key, 2);
	}
	n = stats(&c.w).policy_sweeps;
	begun_ns = clock_now_ns();
	for (int i = 0; i < 20000; i++) {
		world_flow(&c.w, XLATE_MODIFY, "table=1,udp,actions=output:%u", 2 + i % 2);
		rcu_quiesce();
	}
	n = stats(&c.w).policy_sweeps - n;
	assert_in_range(n, 1, (clock_now_ns() - begun_ns) / SCHEDULE_REST_MIN_NS + 2);
	print_message("20,000 changes, %llu sweeps\n", (unsigned long long)n);
	assert_true(stats(&c.w).sweeps <= 1);
	world_stop(&c.w);
}

#define LEARN                                                                                      \
	"table=1,priority=5,actions=learn(table=2,priority=7,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"   \
	"output:NXM_OF_IN_PORT[]),resubmit(,2)"

static struct flow_key
between(uint32_t from, uint32_t to)
{
	struct flow_key key = world_key(from, 0);

	key.eth_src = (struct flow_mac){{2, 0, 0, 0, 0, (uint8_t)from}};
	key.eth_dst = (struct flow_mac){{2, 0, 0, 0, 0, (uint8_t)to}};
	return key;
}

static void
teach_start(struct control *c)
{
	control_start(c, 0);
	world_flow(&c->w, XLATE_ADD, "table=2,priority=0,actions=output:3");
	world_flow(&c->w, XLATE_ADD, LEARN);
}

static void
wait_for_lesson(struct control *c, unsigned int n)
{
	for (int i = 0; atomic_load(&c->n_woken) < n && i < PATIENCE_MS; i++)
		nap_ms(1);
	assert_int_equal(atomic_load(&c->n_woken), n);
}

/* A packet is sent only after the rule it taught is in the tables, so no answer to it arrives
 * before. */
static void
test_a_packet_leaves_behind_its_rule(void **state)
{
	const struct flow_key there = between(1, 2), back = between(2, 1);
	static struct control c;

	(void)state;
	teach_start(&c);
	fake_send(&c.w.f, &there, 100);
	wait_for_lesson(&c, 1);
	nap_ms(50);
	assert_int_equal(fake_out(&c.w.f, 3), 0);
	assert_int_equal(xlate_learned_apply(c.w.x), 1);
	for (int i = 0; fake_out(&c.w.f, 3) == 0 && i < PATIENCE_MS; i++)
		nap_ms(1);
	assert_int_equal(fake_out(&c.w.f, 3), 1);

	/* The answer teaches as well; control is free to apply it. */
	fake_send(&c.w.f, &back, 100);
	wait_for_lesson(&c, 2);
	assert_int_equal(xlate_learned_apply(c.w.x), 1);
	for (int i = 0; fake_out(&c.w.f, 1) == 0 && i < PATIENCE_MS; i++)
		nap_ms(1);
	assert_int_equal(fake_out(&c.w.f, 1), 1);
	assert_int_equal(fake_out(&c.w.f, 3), 1);

	/* The flow of the first packet, which another rule sent to 3, is updated. Nothing more
	 * is taught. */
	wait_until_sent_to(&c.w, &there, 2);
	assert_int_equal(atomic_load(&c.n_woken), 2);
	assert_true(stats(&c.w).sweeps <= 1);
	world_stop(&c.w);
}

/* A barrier waits for a batch that waits for a learned rule; threads that are to end do not
 * wait. */
static void
test_a_barrier_covers_what_was_learned(void **state)
{
	const struct flow_key there = between(1, 2), back = between(2, 1), more = between(3, 1);
	struct xlate_in in = {.key = &back};
	static struct control c;
	struct xlate_out out;

	(void)state;
	teach_start(&c);
	fake_send(&c.w.f, &there, 100);
	wait_for_lesson(&c, 1);
	assert_int_equal(upc_barrier(c.w.u), 0);
	assert_int_equal(xlate_translate(c.w.x, &in, &out), 0);
	assert_int_equal(out.actions.n, 1);
	assert_int_equal(out.actions.a[0].port, 1);
	assert_true(out.unlearned);
	xlate_out_free(&out);
	fake_send(&c.w.f, &more, 100);
	wait_for_lesson(&c, 2);
	world_stop(&c.w);
}

/* A flow that starts to teach by a change is removed: its next packet teaches through a handler,
 * not through a full sweep that reads its count. */
static void
test_flows_that_become_teachers_are_removed(void **state)
{
	const struct flow_key there = between(1, 2);
	static struct control c;

	(void)state;
	control_start(&c, 0);
	world_flow(&c.w, XLATE_ADD, "table=1,priority=0,actions=output:3");
	world_flow(&c.w, XLATE_ADD, "table=1,priority=9,dl_dst=02:00:00:00:00:07,actions=drop");
	world_flow(&c.w, XLATE_ADD, "table=1,priority=8,dl_src=02:00:00:00:00:07,actions=drop");
	wait_until_sent_to(&c.w, &there, 3);
	while (!stats(&c.w).installed)
		nap_ms(1);
	world_flow(&c.w, XLATE_ADD, "table=2,priority=0,actions=output:3");
	world_flow(&c.w, XLATE_ADD, LEARN);
	assert_int_equal(upc_barrier(c.w.u), 0);
	fake_send(&c.w.f, &there, 100);
	wait_for_lesson(&c, 1);
	assert_int_equal(xlate_learned_apply(c.w.x), 1);
	world_stop(&c.w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes_take_effect),
		cmocka_unit_test(test_flows_of_older_tables_follow),
		cmocka_unit_test(test_a_flood_of_changes_is_no_storm),
		cmocka_unit_test(test_a_packet_leaves_behind_its_rule),
		cmocka_unit_test(test_a_barrier_covers_what_was_learned),
		cmocka_unit_test(test_flows_that_become_teachers_are_removed),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
