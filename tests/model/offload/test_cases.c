/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals before a device is asked, and retries and their times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include <base/clock.h>

#include <errno.h>

static void
test_refused_before_asking(void **state)
{
	static const struct flow_action upcall = {.type = FLOW_ACTION_UPCALL};
	static const struct flow_action out1 = {.type = FLOW_ACTION_OUTPUT, .port = 1};
	static const struct flow_action out2 = {.type = FLOW_ACTION_OUTPUT, .port = 2};
	static const struct flow_action out9 = {.type = FLOW_ACTION_OUTPUT, .port = 9};
	struct ofl_flow *f[6];
	struct ofl_stats s;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){0}, 100);
	f[0] = sim_flow(&w, 0, &upcall);
	f[1] = sim_flow(&w, 0, &out2);
	f[2] = sim_flow(&w, 0, &out9);
	f[3] = sim_flow(&w, 7, &out1);
	f[4] = sim_flow(&w, 3, &out1);
	w.n_ids = 6;
	f[5] = sim_flow(&w, 0, &out1);
	sim_steps(&w, 5);
	assert_int_equal(sim_reason(f[0]), NIC_REASON_SLOW_PATH);
	assert_int_equal(sim_reason(f[1]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(sim_reason(f[2]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(sim_reason(f[3]), NIC_REASON_NO_DEVICE);
	assert_int_equal(sim_reason(f[4]), NIC_REASON_NO_TRANSFER);
	assert_true(sim_in_hardware(f[5]));
	ofl_stats(w.o, 0, &s);
	assert_int_equal(s.placed[OFL_SOFTWARE], 3);
	assert_int_equal(s.placed[OFL_HARDWARE], 1);
	assert_int_equal(s.reasons[NIC_REASON_OTHER_DEVICE], 2);
	for (int i = 0; i < 6; i++)
		ofl_flow_free(f[i]);
	sim_end(&w);
}

static void
test_disabled(void **state)
{
	struct nic_refusal why;
	struct nic_caps caps;
	struct ofl_flow *f;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){.disabled = true}, 100);
	f = sim_flow(&w, 0, NULL);
	sim_steps(&w, 2);
	assert_int_equal(sim_reason(f), NIC_REASON_DISABLED);
	assert_int_equal(ofl_port_caps(w.o, 0, &caps, &why), -ENOENT);
	assert_int_equal(why.reason, NIC_REASON_DISABLED);
	ofl_flow_retire(f);
	sim_steps(&w, 1);
	assert_true(ofl_flow_settled(f));
	ofl_flow_free(f);
	sim_end(&w);
}

/* The addition of a port lifts refusals for its absence. */
static void
test_port_lifts(void **state)
{
	static const struct flow_action out = {.type = FLOW_ACTION_OUTPUT, .port = 9};
	struct nic_refusal why;
	struct ofl_flow *f[2];
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){0}, 100);
	f[0] = sim_flow(&w, 0, &out);
	f[1] = sim_flow(&w, 9, NULL);
	sim_steps(&w, 2);
	assert_false(sim_in_hardware(f[0]) || sim_in_hardware(f[1]));
	assert_int_equal(ofl_port_add(w.o, 9, 2, bed_classes, &why), 0);
	sim_steps(&w, 5);
	assert_true(sim_in_hardware(f[0]) && sim_in_hardware(f[1]));
	ofl_port_del(w.o, 9);
	assert_int_equal(sim_reason(f[0]), NIC_REASON_OTHER_DEVICE);
	assert_int_equal(sim_reason(f[1]), NIC_REASON_NO_DEVICE);
	assert_int_equal(bed_n_in(w.bed), 0);
	ofl_flow_free(f[0]);
	ofl_flow_free(f[1]);
	sim_end(&w);
}

static void
test_final_is_not_retried(void **state)
{
	struct ofl_flow_info info;
	struct ofl_flow *f;
	struct ofl_stats s;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){0}, 100);
	w.n_ids = 5;
	assert_true(FAKE_BAD_FLOW(w.n_ids));
	f = sim_flow(&w, 0, NULL);
	for (int i = 0; i < 100; i++) {
		sim_now_ns += NS_PER_S;
		sim_steps(&w, 1);
	}
	ofl_flow_info(f, &info);
	assert_int_equal(info.refusal.reason, NIC_REASON_FIELD);
	assert_int_equal(info.retry_ns, 0);
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.retried, 0);
	ofl_flow_free(f);
	sim_end(&w);
}

/* A flow that waits for room does not wait for its back-off. */
static void
test_room_is_used_soon(void **state)
{
	struct ofl_flow *f[5];
	struct ofl_flow_info info;
	struct sim w;

	(void)state;
	bed_needs(BED_SMALL_TABLE);
	sim_start(&w, (struct ofl_config){.back_off_min_ns = 100 * NS_PER_S}, 2);
	for (int i = 0; i < 5; i++) {
		f[i] = sim_flow(&w, 0, NULL);
		sim_steps(&w, 3);
	}
	assert_int_equal(bed_n_in(w.bed), 2);
	assert_int_equal(sim_reason(f[2]), NIC_REASON_TABLE_FULL);
	ofl_flow_info(f[2], &info);
	assert_int_equal(info.retry_ns, 0);
	for (int i = 0; i < 3; i++) {
		ofl_flow_retire(f[i]);
		sim_steps(&w, 10);
		assert_true(sim_in_hardware(f[i + 2]));
	}
	for (int i = 0; i < 5; i++)
		ofl_flow_free(f[i]);
	sim_end(&w);
}

static void
test_insert_then_retire_costs_nothing(void **state)
{
	struct ofl_flow *f;
	struct ofl_stats s;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){0}, 100);
	f = sim_flow(&w, 0, NULL);
	ofl_flow_retire(f);
	sim_steps(&w, 3);
	assert_true(ofl_flow_settled(f));
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.coalesced, 1);
	assert_int_equal(s.inserted, 0);
	ofl_flow_free(f);
	sim_end(&w);
}

static void
test_rate_limit(void **state)
{
	struct ofl_flow *f[60];
	struct ofl_stats s;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){.insert_rate = 100}, 1000);
	w.n_ids = 100 * 11 + 6;
	for (int i = 0; i < 60; i++) {
		w.n_ids += FAKE_BAD_FLOW(w.n_ids);
		f[i] = sim_flow(&w, 0, NULL);
	}
	sim_steps(&w, 10);
	assert_int_equal(bed_n_in(w.bed), 10);
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.reasons[NIC_REASON_RATE_LIMIT], 50);
	sim_now_ns += NS_PER_S / 10;
	sim_steps(&w, 3);
	assert_in_range(bed_n_in(w.bed), 20, 21);
	for (int i = 0; i < 60; i++)
		ofl_flow_free(f[i]);
	sim_end(&w);
}

static void
test_reset_and_back(void **state)
{
	struct flow_stats s;
	struct ofl_stats all;
	struct ofl_flow *f;
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){.back_off_min_ns = NS_PER_MS}, 100);
	f = sim_flow(&w, 0, NULL);
	sim_steps(&w, 3);
	assert_int_equal(bed_packet(w.bed, 0, 0, 100), 0);
	bed_reset(w.bed);
	sim_steps(&w, 1);
	assert_int_equal(sim_reason(f), NIC_REASON_RESET);
	assert_int_equal(bed_packet(w.bed, 0, 0, 100), FAKE_MISS);
	sim_now_ns += 2 * NS_PER_MS;
	sim_steps(&w, 3);
	assert_true(sim_in_hardware(f));
	assert_int_equal(bed_packet(w.bed, 0, 0, 100), 0);
	assert_int_equal(ofl_counters_wait(w.o, NS_PER_S), 0);
	ofl_flow_stats(f, &s);
	assert_int_equal(s.packets, 2);
	assert_int_equal(s.bytes, 200);
	ofl_stats(w.o, UINT32_MAX, &all);
	assert_int_equal(all.resets, 2);
	assert_int_equal(all.lost_rules, 1);
	ofl_flow_free(f);
	sim_end(&w);
}

/* Counters become final in order, however many more flows are removed meanwhile. */
static void
test_settling_in_turn(void **state)
{
	const uint64_t settle_ns = bed_stale_ns(10 * NS_PER_MS);
	struct ofl_flow *f[60];
	struct sim w;

	(void)state;
	sim_start(&w, (struct ofl_config){.counter_settle_ns = settle_ns}, 100);
	for (int i = 0; i < 60; i++)
		f[i] = sim_flow(&w, 0, NULL);
	sim_steps(&w, 20);
	for (int i = 0; i < 60; i++) {
		assert_true(FAKE_BAD_FLOW(i) || sim_in_hardware(f[i]));
		ofl_flow_retire(f[i]);
		sim_steps(&w, 10);
		sim_now_ns += settle_ns / 10;
		assert_true(i < 15 || ofl_flow_settled(f[i - 15]));
	}
	sim_now_ns += 2 * settle_ns;
	sim_steps(&w, 10);
	for (int i = 0; i < 60; i++)
		ofl_flow_free(f[i]);
	sim_end(&w);
}

/* The wait for a device that does not remove a rule ends after the configured time. */
static void
test_wait_times_out(void **state)
{
	struct ofl_flow *f;
	struct sim w;

	(void)state;
	bed_needs(BED_KEEPS_RULES);
	sim_start(&w, (struct ofl_config){0}, 100);
	f = sim_flow(&w, 0, NULL);
	sim_steps(&w, 3);
	assert_true(sim_in_hardware(f));
	fake_remove_block(w.fake, true);
	ofl_flow_retire(f);
	assert_int_equal(ofl_wait(w.o, 20 * NS_PER_MS), -ETIMEDOUT);
	assert_int_equal(bed_n_in(w.bed), 1);
	fake_remove_block(w.fake, false);
	assert_int_equal(ofl_wait(w.o, 10 * NS_PER_S), 0);
	assert_int_equal(bed_n_in(w.bed), 0);
	ofl_flow_free(f);
	sim_end(&w);
}

static struct ofl_forecast
forecast(struct sim *w, uint32_t in_port, uint32_t id, const struct flow_action *a)
{
	struct ofl_forecast out;
	struct flow_actions acts;
	struct flow_match m;

	sim_match(in_port, id, &m);
	flow_actions_init(&acts);
	if (a)
		assert_int_equal(flow_actions_add(&acts, a), 0);
	/* A packet that is dropped needs no set. */
	if (a && a->type == FLOW_ACTION_SET)
		assert_int_equal(flow_actions_add_output(&acts, 1), 0);
	assert_int_equal(ofl_forecast(w->o, &m, &acts, NS_PER_S, &out), 0);
	flow_actions_free(&acts);
	return out;
}

/* A forecast gives the result of a real offload, and leaves no rule, counter or queue entry. */
static void
test_forecast(void **state)
{
	static const struct flow_action upcall = {.type = FLOW_ACTION_UPCALL};
	static const struct flow_action out1 = {.type = FLOW_ACTION_OUTPUT, .port = 1};
	static const struct flow_action out2 = {.type = FLOW_ACTION_OUTPUT, .port = 2};
	static const struct flow_action bad = {.type = FLOW_ACTION_SET,
					       .set.field = FLOW_FIELD_NW_ECN,
					       .set.value[15] = FAKE_BAD_VERSION,
					       .set.mask[15] = UINT8_MAX};
	const struct {
		uint32_t port, id;
		const struct flow_action *action;
		enum nic_reason reason;
	} rows[] = {
		{0, 1, &out1, NIC_REASON_NONE},		{0, 1, &upcall, NIC_REASON_SLOW_PATH},
		{0, 1, &out2, NIC_REASON_OTHER_DEVICE}, {3, 1, &out1, NIC_REASON_NO_TRANSFER},
		{7, 1, &out1, NIC_REASON_NO_DEVICE},	{0, 5, &out1, NIC_REASON_FIELD},
		{0, 1, &bad, NIC_REASON_ACTION},
	};
	struct ofl_stats s;
	struct sim w;
	unsigned int alive;

	(void)state;
	sim_start(&w, (struct ofl_config){.insert_rate = 10}, 2);
	alive = bed_alive(w.bed);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ofl_forecast got = forecast(&w, rows[i].port, rows[i].id, rows[i].action);

		assert_int_equal(got.refusal.reason, rows[i].reason);
		assert_int_equal(got.n_waiting, 0);
		assert_int_equal(bed_alive(w.bed), alive);
	}
	ofl_stats(w.o, UINT32_MAX, &s);
	assert_int_equal(s.offered + s.inserted + s.insert_failed, 0);
	sim_end(&w);
}

static void
test_forecast_of_a_full_table(void **state)
{
	static const struct flow_action out1 = {.type = FLOW_ACTION_OUTPUT, .port = 1};
	struct ofl_flow *f[3];
	struct sim w;

	(void)state;
	bed_needs(BED_SMALL_TABLE);
	sim_start(&w, (struct ofl_config){.insert_rate = 10}, 2);
	for (int i = 0; i < 3; i++)
		f[i] = sim_flow(&w, 0, NULL);
	for (int i = 0; i < 10; i++) {
		sim_now_ns += NS_PER_S;
		sim_steps(&w, 3);
	}
	assert_int_equal(forecast(&w, 0, 9, &out1).n_waiting, 1);
	assert_int_equal(bed_n_in(w.bed), 2);
	for (int i = 0; i < 3; i++)
		ofl_flow_free(f[i]);
	sim_end(&w);
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
		cmocka_unit_test(test_settling_in_turn),
		cmocka_unit_test(test_wait_times_out),
		cmocka_unit_test(test_forecast),
		cmocka_unit_test(test_forecast_of_a_full_table),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
