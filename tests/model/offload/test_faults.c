/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and callers that misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include "ofl_private.h"
#include "request.h"

#include <base/clock.h>

#include <errno.h>

static struct ofl_stats
stats(const struct sim *s)
{
	struct ofl_stats all;

	ofl_stats(s->o, UINT32_MAX, &all);
	return all;
}

static bool
has_requests(const struct sim *s)
{
	return !cds_list_empty(&s->o->requests);
}

/* The queue holds more than a round takes; all of it is freed at the end (checked by
 * LeakSanitizer). */
static void
test_end_takes_the_whole_queue(void **state)
{
	struct ofl_flow *f[1000];
	struct sim s;

	(void)state;
	sim_start(&s, (struct ofl_config){0}, 100);
	for (int i = 0; i < 1000; i++)
		f[i] = sim_flow(&s, 3, NULL);
	sim_steps(&s, 5);
	for (int i = 0; i < 1000; i++)
		ofl_flow_free(f[i]);
	for (int i = 0; i < 1000; i++)
		ofl_flow_free(sim_flow(&s, 3, NULL));
	sim_end(&s);
}

/* A caller that gives up waiting leaves no request behind. */
static void
test_waits_given_up_are_forgotten(void **state)
{
	struct ofl_flow *f;
	struct sim s;

	(void)state;
	bed_needs(BED_KEEPS_RULES);
	sim_start(&s, (struct ofl_config){0}, 100);
	f = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	fake_remove_block(s.fake, true);
	ofl_flow_retire(f);
	for (int i = 0; i < 20; i++)
		assert_int_equal(ofl_wait(s.o, NS_PER_MS), -ETIMEDOUT);
	sim_steps(&s, 1);
	assert_false(has_requests(&s));
	assert_int_equal(stats(&s).wait_timeouts, 20);
	fake_remove_block(s.fake, false);
	ofl_flow_free(f);
	sim_end(&s);
}

/* A device that keeps a port's rules delays the caller that removes the port by a bounded time;
 * the port is removed with the last rule. */
static void
test_port_del_is_bounded(void **state)
{
	struct ofl_config config = {.remove_timeout_ns = 20 * NS_PER_MS};
	struct nic_refusal why;
	struct ofl_flow *f, *late;
	struct sim s;

	(void)state;
	bed_needs(BED_KEEPS_RULES);
	sim_start(&s, config, 100);
	f = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	assert_true(sim_in_hardware(f));
	fake_remove_block(s.fake, true);
	assert_int_equal(ofl_port_del(s.o, 0), -ETIMEDOUT);
	assert_int_equal(ofl_port_del(s.o, 0), -ETIMEDOUT);
	sim_steps(&s, 5);
	assert_int_equal(stats(&s).wait_timeouts, 2);
	assert_int_equal(ofl_port_add(s.o, 0, 0, bed_classes, &why), -EBUSY);
	late = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	assert_int_equal(sim_reason(late), NIC_REASON_NO_DEVICE);
	assert_int_equal(bed_n_in(s.bed), 1);

	fake_remove_block(s.fake, false);
	sim_now_ns = s.o->now_ns + 10 * NS_PER_S;
	sim_steps(&s, 20);
	assert_int_equal(bed_n_in(s.bed), 0);
	assert_false(has_requests(&s));
	assert_int_equal(ofl_port_add(s.o, 0, 0, bed_classes, &why), 0);
	sim_steps(&s, 5);
	assert_true(sim_in_hardware(f) && sim_in_hardware(late));
	ofl_flow_free(f);
	ofl_flow_free(late);
	sim_end(&s);
}

/* Rules in every state, on a device that removes none: the end takes a bounded time, and nothing
 * leaks. */
static void
test_end_of_a_stuck_device(void **state)
{
	struct ofl_config config = {.remove_timeout_ns = 20 * NS_PER_MS,
				    .counter_settle_ns = NS_PER_S};
	struct fake_config device = sim_device(100);
	struct ofl_flow *f[40];
	struct sim s;

	(void)state;
	bed_needs(BED_KEEPS_RULES);
	device.queue = 8;
	device.latency = 3;
	sim_start_on(&s, config, &device);
	for (int i = 0; i < 40; i++) {
		s.n_ids += FAKE_BAD_FLOW(s.n_ids);
		f[i] = sim_flow(&s, i % 2, NULL);
		sim_steps(&s, i < 20 ? 5 : 0);
	}
	sim_steps(&s, 2);
	fake_remove_block(s.fake, true);
	assert_int_equal(ofl_port_del(s.o, 0), -ETIMEDOUT);
	for (int i = 0; i < 40; i++)
		ofl_flow_free(f[i]);
	assert_int_equal(ofl_wait(s.o, NS_PER_MS), -ETIMEDOUT);
	sim_end(&s);
}

/* The device's clock advances while it works: packets arrive until the rule is removed. */
static uint64_t device_ns;
static struct bed *slow_bed; /* NULL: not yet */

static uint64_t
device_now(void)
{
	return device_ns > sim_now_ns ? device_ns : sim_now_ns;
}

static void
slow_flush(struct fake_world *w)
{
	(void)w;
	for (int i = 0; i < 4 && slow_bed; i++) {
		device_ns = device_now() + NS_PER_MS;
		bed_packet(slow_bed, 0, 0, 100);
	}
}

static struct flow_stats
flow_stats(const struct ofl_flow *f)
{
	struct flow_stats stats;

	ofl_flow_stats(f, &stats);
	return stats;
}

/* A counter is final when read the settle time after the removal, not after the begin of the
 * round of the removal. */
static void
test_settling_begins_when_the_rule_is_removed(void **state)
{
	const uint64_t settle = bed_stale_ns(10 * NS_PER_MS);
	struct ofl_config config = {.counter_settle_ns = settle,
				    .counter_interval_ns = settle / 10};
	struct fake_config device = sim_device(100);
	struct ofl_flow *f;
	struct sim s;

	(void)state;
	device_ns = 0;
	slow_bed = NULL;
	device.stale_ns = config.counter_settle_ns;
	device.now_ns = device_now;
	device.on_flush = slow_flush;
	sim_start_on(&s, config, &device);
	slow_bed = s.bed;
	f = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	sim_now_ns = device_now() + settle / 10 * 9;
	sim_steps(&s, 1);
	ofl_flow_retire(f);
	for (int i = 0; i < 1000 && !ofl_flow_settled(f); i++) {
		sim_steps(&s, 1);
		sim_now_ns = device_now() + settle / 100;
	}
	assert_true(ofl_flow_settled(f));
	assert_true(bed_truth(s.bed, 0).packets >= 4);
	assert_int_equal(flow_stats(f).packets, bed_truth(s.bed, 0).packets);
	ofl_flow_free(f);
	sim_end(&s);
}

/* A wait for counters counts from its call, not from before. */
static void
test_counters_wait_counts_from_its_call(void **state)
{
	const uint64_t settle = 10 * NS_PER_MS;
	struct request *r = ofl_request_new(REQUEST_COUNTERS);
	uint64_t called;
	struct sim s;

	(void)state;
	sim_start(&s, (struct ofl_config){.counter_settle_ns = settle}, 100);
	sim_steps(&s, 1);
	called = sim_now_ns + 2 * NS_PER_MS;
	ofl_queue_put(&s.o->queue, &r->item);
	sim_steps(&s, 1);
	for (sim_now_ns = called; !r->done; sim_steps(&s, 1))
		sim_now_ns += 100 * NS_PER_US;
	assert_true(sim_now_ns >= called + settle);
	assert_true(sim_now_ns < called + settle + NS_PER_S);
	ofl_request_put(r);
	sim_end(&s);
}

/* A sweep that failed to read a counter does not complete the wait. */
static void
test_counters_wait_is_for_all_counters(void **state)
{
	struct ofl_flow *f[2];
	struct sim s;

	(void)state;
	sim_start(&s, (struct ofl_config){.counter_interval_ns = NS_PER_MS}, 100);
	f[0] = sim_flow(&s, 0, NULL);
	f[1] = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	assert_int_equal(bed_packet(s.bed, 0, 1, 100), 0);
	bed_read_errors(s.bed, 3);
	assert_int_equal(ofl_counters_wait(s.o, 10 * NS_PER_S), 0);
	assert_int_equal(flow_stats(f[1]).packets, 1);
	assert_int_equal(stats(&s).counter_errors, 2);
	bed_read_errors(s.bed, UINT32_MAX);
	assert_int_equal(ofl_counters_wait(s.o, 20 * NS_PER_MS + bed_stale_ns(0)), -ETIMEDOUT);
	bed_read_errors(s.bed, 0);
	ofl_flow_free(f[0]);
	ofl_flow_free(f[1]);
	sim_end(&s);
}

/* The device takes one operation in flight, and a flow's replacement waits for it. */
static void
test_reset_before_a_replacement(void **state)
{
	static const struct flow_action drop = {.type = FLOW_ACTION_DROP};
	const struct flow_actions new = {.a = (struct flow_action *)(uintptr_t)&drop, .n = 1};
	struct fake_config device = sim_device(100);
	struct ofl_flow *f, *busy;
	struct sim s;

	(void)state;
	bed_needs(BED_LATENCY);
	device.queue = 1;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	f = sim_flow(&s, 0, NULL);
	sim_steps(&s, 3);
	assert_true(sim_in_hardware(f));
	fake_latency_set(s.fake, 1000);
	busy = sim_flow(&s, 0, NULL);
	sim_steps(&s, 1);
	assert_int_equal(ofl_flow_change(f, &new), 0);
	sim_steps(&s, 1);
	bed_reset(s.bed);
	sim_steps(&s, 1);
	assert_int_equal(sim_reason(f), NIC_REASON_RESET);
	assert_int_equal(stats(&s).reasons[NIC_REASON_NONE], 0);
	fake_latency_set(s.fake, 0);
	for (int i = 0; i < 2000 && !(sim_in_hardware(f) && sim_in_hardware(busy)); i++) {
		sim_now_ns += NS_PER_MS;
		sim_steps(&s, 1);
	}
	assert_true(sim_in_hardware(f) && sim_in_hardware(busy));
	ofl_flow_free(f);
	ofl_flow_free(busy);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_end_takes_the_whole_queue),
		cmocka_unit_test(test_waits_given_up_are_forgotten),
		cmocka_unit_test(test_port_del_is_bounded),
		cmocka_unit_test(test_end_of_a_stuck_device),
		cmocka_unit_test(test_settling_begins_when_the_rule_is_removed),
		cmocka_unit_test(test_counters_wait_counts_from_its_call),
		cmocka_unit_test(test_counters_wait_is_for_all_counters),
		cmocka_unit_test(test_reset_before_a_replacement),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
