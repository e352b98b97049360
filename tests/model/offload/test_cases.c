/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused before a device is asked, what is tried again and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_nic.h"

#include <offload/ofl.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <stdlib.h>

static uint64_t now_ns;

static uint64_t
test_now(void)
{
	return now_ns;
}

struct world {
	struct fake_world *fake;
	struct ofl *o;
	uint32_t n_ids;
};

static const struct nic_class *const classes[] = {&fake_class, NULL};

static void
world_new(struct world *w, struct ofl_config config, unsigned int capacity)
{
	static const uint16_t dev_ids[] = {0, 1, 8, 100};
	struct fake_config fc = {
		.capacity = capacity, .n_counters = 1000, .queue = 64, .now_ns = test_now};
	struct nic_refusal why;

	now_ns = NS_PER_S;
	w->n_ids = 0;
	assert_int_equal(fake_world_new(&fc, 1, &w->fake), 0);
	fake_world_now = w->fake;
	assert_int_equal(ofl_create(&config, &w->o), 0);
	for (uint32_t p = 0; p < 4; p++)
		assert_int_equal(ofl_port_add(w->o, p, dev_ids[p], classes, &why), 0);
	assert_int_equal(why.reason,
			 config.disabled ? NIC_REASON_DISABLED : NIC_REASON_NO_TRANSFER);
	assert_int_equal(ofl_port_add(w->o, 0, 0, classes, &why), -EEXIST);
}

static void
world_end(struct world *w)
{
	ofl_destroy(w->o);
	assert_int_equal(fake_alive(w->fake), 0);
	fake_world_free(w->fake);
}

static void
steps(struct world *w, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		ofl_step(w->o, now_ns += NS_PER_US);
}

static struct ofl_flow *
flow_new(struct world *w, uint32_t in_port, const struct flow_action *a)
{
	struct flow_match m = {.key = {.in_port = in_port, .nw_src = w->n_ids},
			       .mask = {.in_port = UINT32_MAX, .nw_src = UINT32_MAX}};
	struct flow_actions actions = {.a = (struct flow_action *)(uintptr_t)a, .n = a ? 1 : 0};
	struct flow_ufid ufid = {.lo = w->n_ids++};
	struct ofl_flow *f;

	assert_int_equal(ofl_flow_new(w->o, &ufid, &m, &actions, &f), 0);
	return f;
}

static enum nic_reason
reason(const struct ofl_flow *f)
{
	struct ofl_flow_info info;

	ofl_flow_info(f, &info);
	return info.refusal.reason;
}

static bool
in_hardware(const struct ofl_flow *f)
{
	struct ofl_flow_info info;

	ofl_flow_info(f, &info);
	return info.placement == OFL_HARDWARE;
}

static void
test_refused_before_asking(void **state)
{
	static const struct flow_action upcall = {.type = FLOW_ACTION_UPCALL};
	static const struct flow_action out1 = {.type = FLOW_ACTION_OUTPUT, .port = 1};
	static const struct flow_action out2 = {.type = FLOW_ACTION_OUTPUT, .port = 2};
	static const struct flow_action out9 = {.type = FLOW_ACTION_OUTPUT, .port = 9};
	struct ofl_flow *f[6];
	struct ofl_stats s;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){0}, 100);
	f[0] = flow_new(&w, 0, &upcall);
	f[1] = flow_new(&w, 0, &out2);
	f[2] = flow_new(&w, 0, &out9);
	f[3] = flow_new(&w, 7, &out1);
	f[4] = flow_new(&w, 3, &out1);
	w.n_ids = 6;
	f[5] = flow_new(&w, 0, &out1);
	steps(&w, 5);
	assert_int_equal(reason(f[0]), NIC_REASON_SLOW_PATH);
	assert_int_equal(reason(f[1]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(reason(f[2]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(reason(f[3]), NIC_REASON_NO_DEVICE);
	assert_int_equal(reason(f[4]), NIC_REASON_NO_TRANSFER);
	assert_true(in_hardware(f[5]));
	ofl_stats(w.o, 0, &s);
	assert_int_equal(s.placed[OFL_SOFTWARE], 3);
	assert_int_equal(s.placed[OFL_HARDWARE], 1);
	assert_int_equal(s.reasons[NIC_REASON_OTHER_DEVICE], 2);
	for (int i = 0; i < 6; i++)
		ofl_flow_free(f[i]);
	world_end(&w);
}

static void
test_disabled(void **state)
{
	struct nic_refusal why;
	struct nic_caps caps;
	struct ofl_flow *f;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){.disabled = true}, 100);
	f = flow_new(&w, 0, NULL);
	steps(&w, 2);
	assert_int_equal(reason(f), NIC_REASON_DISABLED);
	assert_int_equal(ofl_port_caps(w.o, 0, &caps, &why), -ENOENT);
	assert_int_equal(why.reason, NIC_REASON_DISABLED);
	ofl_flow_retire(f);
	steps(&w, 1);
	assert_true(ofl_flow_settled(f));
	ofl_flow_free(f);
	world_end(&w);
}

/* A port that comes lifts what was refused for its absence. */
static void
test_port_lifts(void **state)
{
	static const struct flow_action out = {.type = FLOW_ACTION_OUTPUT, .port = 9};
	struct nic_refusal why;
	struct ofl_flow *f[2];
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){0}, 100);
	f[0] = flow_new(&w, 0, &out);
	f[1] = flow_new(&w, 9, NULL);
	steps(&w, 2);
	assert_false(in_hardware(f[0]) || in_hardware(f[1]));
	assert_int_equal(ofl_port_add(w.o, 9, 2, classes, &why), 0);
	steps(&w, 5);
	assert_true(in_hardware(f[0]) && in_hardware(f[1]));
	ofl_port_del(w.o, 9);
	assert_int_equal(reason(f[0]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(reason(f[1]), NIC_REASON_NO_DEVICE);
	assert_int_equal(fake_n_in(w.fake), 0);
	ofl_flow_free(f[0]);
	ofl_flow_free(f[1]);
	world_end(&w);
}

static void
test_final_is_not_retried(void **state)
{
	struct ofl_flow_info info;
	struct ofl_flow *f;
	struct ofl_stats s;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){0}, 100);
	w.n_ids = 5;
	assert_true(FAKE_BAD_FLOW(w.n_ids));
	f = flow_new(&w, 0, NULL);
	for (int i = 0; i < 100; i++) {
		now_ns += NS_PER_S;
		steps(&w, 1);
	}
	ofl_flow_info(f, &info);
	assert_int_equal(info.refusal.reason, NIC_REASON_FIELD);
	assert_int_equal(info.retry_ns, 0);
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.retried, 0);
	ofl_flow_free(f);
	world_end(&w);
}

/* Whoever waits for room does not wait for its back-off. */
static void
test_room_is_used_soon(void **state)
{
	struct ofl_flow *f[5];
	struct ofl_flow_info info;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){.back_off_min_ns = 100 * NS_PER_S}, 2);
	for (int i = 0; i < 5; i++) {
		f[i] = flow_new(&w, 0, NULL);
		steps(&w, 3);
	}
	assert_int_equal(fake_n_in(w.fake), 2);
	assert_int_equal(reason(f[2]), NIC_REASON_TABLE_FULL);
	ofl_flow_info(f[2], &info);
	assert_true(info.retry_ns > now_ns + 90 * NS_PER_S);
	for (int i = 0; i < 3; i++) {
		ofl_flow_retire(f[i]);
		steps(&w, 10);
		assert_true(in_hardware(f[i + 2]));
	}
	for (int i = 0; i < 5; i++)
		ofl_flow_free(f[i]);
	world_end(&w);
}

static void
test_insert_then_retire_costs_nothing(void **state)
{
	struct ofl_flow *f;
	struct ofl_stats s;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){0}, 100);
	f = flow_new(&w, 0, NULL);
	ofl_flow_retire(f);
	steps(&w, 3);
	assert_true(ofl_flow_settled(f));
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.coalesced, 1);
	assert_int_equal(s.inserted, 0);
	ofl_flow_free(f);
	world_end(&w);
}

static void
test_rate_limit(void **state)
{
	struct ofl_flow *f[60];
	struct ofl_stats s;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){.insert_rate = 100}, 1000);
	w.n_ids = 100 * 11 + 6;
	for (int i = 0; i < 60; i++) {
		w.n_ids += FAKE_BAD_FLOW(w.n_ids);
		f[i] = flow_new(&w, 0, NULL);
	}
	steps(&w, 10);
	assert_int_equal(fake_n_in(w.fake), 10);
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.reasons[NIC_REASON_RATE_LIMIT], 50);
	now_ns += NS_PER_S / 10;
	steps(&w, 3);
	assert_in_range(fake_n_in(w.fake), 20, 21);
	for (int i = 0; i < 60; i++)
		ofl_flow_free(f[i]);
	world_end(&w);
}

static void
test_reset_and_back(void **state)
{
	struct flow_stats s;
	struct ofl_stats all;
	struct ofl_flow *f;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){.back_off_min_ns = NS_PER_MS}, 100);
	f = flow_new(&w, 0, NULL);
	steps(&w, 3);
	assert_int_equal(fake_packet(w.fake, 0, 0, 100), 0);
	fake_reset(w.fake);
	steps(&w, 1);
	assert_int_equal(reason(f), NIC_REASON_RESET);
	assert_int_equal(fake_packet(w.fake, 0, 0, 100), FAKE_MISS);
	now_ns += 2 * NS_PER_MS;
	steps(&w, 3);
	assert_true(in_hardware(f));
	assert_int_equal(fake_packet(w.fake, 0, 0, 100), 0);
	assert_int_equal(ofl_counters_wait(w.o, NS_PER_S), 0);
	ofl_flow_stats(f, &s);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.bytes, 200);
	ofl_stats(w.o, UINT32_MAX, &all);
	assert_int_equal(all.resets, 2);
	assert_int_equal(all.lost_rules, 1);
	ofl_flow_free(f);
	world_end(&w);
}

/* A device that does not let go is waited for as long as was said. */
static void
test_wait_times_out(void **state)
{
	struct ofl_flow *f;
	struct world w;

	(void)state;
	world_new(&w, (struct ofl_config){0}, 100);
	f = flow_new(&w, 0, NULL);
	steps(&w, 3);
	assert_true(in_hardware(f));
	fake_remove_block(w.fake, true);
	ofl_flow_retire(f);
	assert_int_equal(ofl_wait(w.o, 20 * NS_PER_MS), -ETIMEDOUT);
	assert_int_equal(fake_n_in(w.fake), 1);
	fake_remove_block(w.fake, false);
	assert_int_equal(ofl_wait(w.o, 10 * NS_PER_S), 0);
	assert_int_equal(fake_n_in(w.fake), 0);
	ofl_flow_free(f);
	world_end(&w);
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
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_before_asking),
		cmocka_unit_test(test_disabled),
		cmocka_unit_test(test_port_lifts),
		cmocka_unit_test(test_final_is_not_retried),
		cmocka_unit_test(test_room_is_used_soon),
		cmocka_unit_test(test_insert_then_retire_costs_nothing),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_reset_and_back),
		cmocka_unit_test(test_wait_times_out),
	};

	return cmocka_run_group_tests(tests, thread_start, thread_stop);
}
