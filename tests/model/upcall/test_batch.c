/* SPDX-License-Identifier: Apache-2.0 */
/* One batch at a time, made by the test while the handlers are paused. */
#include "core.h"
#include "world.h"

#include <base/clock.h>

#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_BYTES 100

struct bench {
	struct world w;
	struct batch *b;
};

static void
bench_start(struct bench *t)
{
	struct world_config wc = {.seed = 1, .n_ports = 3, .upc = {.idle_ns = 60 * NS_PER_S}};

	world_start(&t->w, &wc);
	upc_pause(t->w.u);
	t->b = malloc(sizeof *t->b);
	assert_non_null(t->b);
	t->b->n = 0;
}

static void
bench_stop(struct bench *t)
{
	free(t->b);
	world_stop(&t->w);
}

static struct dp_upcall *
add(struct bench *t, const struct flow_key *key)
{
	static const uint8_t data[N_BYTES];
	struct dp_upcall *up = t->w.f.dp.class->packet_new(&t->w.f.dp, data, N_BYTES, key->in_port);

	up->key = *key;
	t->b->packets[t->b->n++] = up;
	return up;
}

static void
add_misses(struct bench *t, unsigned int n, unsigned int n_keys)
{
	for (unsigned int i = 0; i < n; i++) {
		struct flow_key key = world_key(1, i % n_keys);

		add(t, &key);
	}
}

static struct upc_stats
run(struct bench *t)
{
	struct upc_stats s;

	t->b->now_ns = clock_now_ns();
	batch_run(t->w.u, t->b);
	t->b->n = 0;
	upc_stats(t->w.u, &s);
	return s;
}

static void
expect_treated(struct bench *t, uint32_t port, uint64_t n)
{
	struct upc_port_totals totals;
	struct fake_port p;

	fake_port_get(&t->w.f, port, &p);
	upc_port_totals(t->w.u, port, &totals);
	assert_int_equal(p.treated.packets, n);
	assert_int_equal(totals.upcalled.packets, n);
	assert_int_equal(totals.upcalled.bytes, n * N_BYTES);
}

static void
one_wide_flow_is_translated_once(void **state)
{
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	world_flow(&t.w, XLATE_ADD, "table=1,priority=0,actions=output:2");
	add_misses(&t, DP_BATCH_MAX, DP_BATCH_MAX);
	s = run(&t);
	assert_int_equal(s.translations, 1);
	assert_int_equal(s.installed, 1);
	assert_int_equal(s.n_flows, 1);
	assert_int_equal(fake_out(&t.w.f, 2), DP_BATCH_MAX);
	expect_treated(&t, 1, DP_BATCH_MAX);
	upc_sweep_wait(t.w.u);
	assert_int_equal(world_rule_count(&t.w, 1).packets, DP_BATCH_MAX);

	add_misses(&t, 5, 5);
	s = run(&t);
	assert_int_equal(s.install_raced, 1);
	assert_int_equal(s.n_flows, 1);
	expect_treated(&t, 1, DP_BATCH_MAX + 5);
	bench_stop(&t);
}

/* 64 packets of 16 source ports; four of these have rules. */
static void
distinct_flows_are_translated_each(void **state)
{
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	world_flow(&t.w, XLATE_ADD, "table=1,priority=0,actions=drop");
	for (unsigned int i = 0; i < 4; i++)
		world_flow(&t.w, XLATE_ADD, "table=1,priority=5,udp,tp_src=%u,actions=output:2",
			   1000 + i);
	add_misses(&t, DP_BATCH_MAX, 16);
	s = run(&t);
	assert_in_range(s.translations, 5, 16);
	assert_int_equal(s.installed, s.translations);
	assert_int_equal(fake_out(&t.w.f, 2), 16);
	expect_treated(&t, 1, DP_BATCH_MAX);
	upc_flush(t.w.u);
	upc_stats(t.w.u, &s);
	assert_int_equal(s.n_flows, 0);
	assert_int_equal(s.evicted_flush, s.installed);
	assert_int_equal(world_rule_count(&t.w, 1).packets, DP_BATCH_MAX);
	bench_stop(&t);
}

static void
what_is_not_installed_is_counted_at_once(void **state)
{
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	world_flow(&t.w, XLATE_ADD, "table=1,priority=0,actions=output:2");
	upc_flow_limit_set(t.w.u, 0);
	add_misses(&t, 10, 10);
	s = run(&t);
	assert_int_equal(s.install_limited, 1);
	assert_int_equal(world_rule_count(&t.w, 1).packets, 10);

	upc_flow_limit_set(t.w.u, 100);
	t.w.f.put_fails = 1;
	add_misses(&t, 10, 10);
	s = run(&t);
	assert_int_equal(s.install_failed, 1);
	assert_int_equal(world_rule_count(&t.w, 1).packets, 20);
	assert_int_equal(s.installed, 0);
	assert_int_equal(s.n_flows, 0);
	assert_int_equal(fake_out(&t.w.f, 2), 20);
	expect_treated(&t, 1, 20);
	bench_stop(&t);
}

/* Sends packets that each make a megaflow: each has its own source port, which a rule matches. */
static struct upc_stats
flood(struct bench *t, uint32_t port, unsigned int n)
{
	struct upc_stats s = {0};

	for (unsigned int i = 0; i < n; i++) {
		struct flow_key key = world_key(port, 0);

		key.tp_src = htons((uint16_t)i);
		add(t, &key);
		if (t->b->n == DP_BATCH_MAX || i + 1 == n)
			s = run(t);
	}
	return s;
}

static void
a_port_alone_fills_the_ledger_and_makes_room_for_others(void **state)
{
	struct bench t;
	struct upc_stats s;
	unsigned int n;

	(void)state;
	bench_start(&t);
	for (unsigned int i = 0; i < 1024; i++)
		world_flow(&t.w, XLATE_ADD, "table=1,priority=5,udp,tp_src=%u,actions=output:2", i);
	upc_flow_limit_set(t.w.u, 512);
	s = flood(&t, 1, 1024);
	assert_int_equal(s.n_flows, 512);
	assert_true(s.install_limited >= 512);

	/* The second port is refused at first. A sweep removes an eighth of the first port's
	 * flows. */
	s = flood(&t, 3, DP_BATCH_MAX);
	assert_int_equal(s.n_flows, 512);
	upc_sweep_wait(t.w.u);
	upc_stats(t.w.u, &s);
	n = s.n_flows;
	assert_in_range(n, 512 - 512 / 8 - 32, 512 - 512 / 8 + 32);
	s = flood(&t, 3, DP_BATCH_MAX);
	assert_int_equal(s.n_flows, n + (512 - n < DP_BATCH_MAX ? 512 - n : DP_BATCH_MAX));
	bench_stop(&t);
}

static void
slow_path_packets_are_executed_and_not_counted_again(void **state)
{
	struct flow_key key = world_key(1, 0);
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	world_flow(&t.w, XLATE_ADD, "table=1,priority=0,actions=output:2");
	for (unsigned int i = 0; i < 8; i++) {
		struct dp_upcall *up = add(&t, &key);

		up->kind = DP_UPCALL_ACTION;
		up->reason = FLOW_UPCALL_SLOW_PATH;
	}
	add_misses(&t, 8, 8);
	s = run(&t);
	assert_int_equal(s.action_upcalls, 8);
	assert_int_equal(s.misses, 8);
	assert_int_equal(s.translations, 9);
	assert_int_equal(s.installed, 1);
	assert_int_equal(fake_out(&t.w.f, 2), 16);
	expect_treated(&t, 1, 8);
	upc_flush(t.w.u);
	assert_int_equal(world_rule_count(&t.w, 1).packets, 8);
	bench_stop(&t);
}

static void
a_port_without_bridge_drops(void **state)
{
	struct flow_key key = world_key(7, 0);
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	add(&t, &key);
	s = run(&t);
	assert_int_equal(s.no_bridge, 1);
	assert_int_equal(s.installed, 1);
	expect_treated(&t, 7, 1);
	fake_send(&t.w.f, &key, N_BYTES);
	assert_int_equal(t.w.f.ports[7].sw.packets, 1);
	bench_stop(&t);
}

static void
orphans_and_vanished(void **state)
{
	struct flow_match m;
	struct bench t;
	struct upc_stats s;

	(void)state;
	bench_start(&t);
	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.key.in_port = 3;
	fake_flow_plant(&t.w.f, &m);
	upc_sweep_wait(t.w.u);
	upc_stats(t.w.u, &s);
	assert_int_equal(s.orphans, 1);
	assert_int_equal(t.w.f.dp.class->n_flows(&t.w.f.dp), 0);

	add_misses(&t, 4, 4);
	s = run(&t);
	assert_true(s.n_flows > 0);
	fake_flows_forget(&t.w.f);
	upc_sweep_wait(t.w.u);
	upc_sweep_wait(t.w.u);
	upc_stats(t.w.u, &s);
	assert_int_equal(s.n_flows, 0);
	assert_int_equal(s.vanished, s.installed);
	assert_int_equal(world_rule_count(&t.w, 1).packets, 4);
	bench_stop(&t);
}

static int
take_view(const struct upc_flow_view *v, void *aux)
{
	*(struct upc_flow_view *)aux = *v;
	return 7;
}

/* Returns how many flows a dump shows, of at most three; the last is in 'v'. */
static unsigned int
dump(struct upc *u, struct upc_flow_view *v)
{
	struct upc_flow_cursor *cur;
	unsigned int n = 0;

	assert_int_equal(upc_flow_cursor_open(u, &cur), 0);
	while (n < 3 && upc_flow_cursor_step(cur, 1, take_view, v) == 1)
		n += v->ufid.lo != 0;
	upc_flow_cursor_close(cur);
	return n;
}

static void
dumps(void **state)
{
	struct upc_flow_view v = {.state = UPC_CREATED};
	unsigned int slices[4], n = 0;
	struct flow_ufid none = {1, 2};
	struct bench t;

	(void)state;
	bench_start(&t);
	assert_int_equal(dump(t.w.u, &v), 0);
	world_flow(&t.w, XLATE_ADD, "table=1,priority=0,actions=drop");
	add_misses(&t, 3, 3);
	run(&t);
	assert_int_equal(ofl_wait(t.w.o, 10 * NS_PER_S), 0);
	assert_int_equal(dump(t.w.u, &v), 1);
	assert_int_equal(v.state, UPC_OPERATIONAL);
	assert_int_equal(v.total.packets, 3);
	assert_int_equal(v.drop, FLOW_DROP_EXPLICIT);
	assert_int_equal(v.offload.refusal.reason, NIC_REASON_NO_DEVICE);
	assert_int_equal(upc_flow_get(t.w.u, &v.ufid, take_view, &v), 7);
	assert_int_equal(upc_flow_get(t.w.u, &none, take_view, &v), -ENOENT);
	assert_int_equal(upc_threads_set(t.w.u, 2, 3), 0);
	assert_int_equal(upc_slices(t.w.u, slices, 4), 3);
	for (unsigned int i = 0; i < 3; i++)
		n += slices[i];
	assert_int_equal(n, 1);
	assert_int_equal(upc_threads_set(t.w.u, 0, 1), -EINVAL);
	assert_int_equal(upc_threads_set(t.w.u, 1, UPC_REVALIDATORS_MAX + 1), -EINVAL);
	bench_stop(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wide_flow_is_translated_once),
		cmocka_unit_test(distinct_flows_are_translated_each),
		cmocka_unit_test(what_is_not_installed_is_counted_at_once),
		cmocka_unit_test(a_port_alone_fills_the_ledger_and_makes_room_for_others),
		cmocka_unit_test(slow_path_packets_are_executed_and_not_counted_again),
		cmocka_unit_test(a_port_without_bridge_drops),
		cmocka_unit_test(orphans_and_vanished),
		cmocka_unit_test(dumps),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
