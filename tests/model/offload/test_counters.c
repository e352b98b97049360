/* SPDX-License-Identifier: Apache-2.0 */
/* When counters are read: late enough to be complete, and no more often than useful. */
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

#define STALE_NS bed_stale_ns(1100 * NS_PER_MS)

static uint64_t
packets(const struct ofl_flow *f)
{
	struct flow_stats s;

	ofl_flow_stats(f, &s);
	return s.packets;
}

static void
sim_start_stale(struct sim *s, struct ofl_config config, uint64_t stale_ns)
{
	struct fake_config device = sim_device(FAKE_FLOWS);

	device.stale_ns = stale_ns;
	device.queue = 256;
	sim_start_on(s, config, &device);
}

/* Without configuration, the settle time is the staleness that the device reports. */
static void
test_no_tail_is_lost(void **state)
{
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	sim_start_stale(&s, (struct ofl_config){0}, STALE_NS);
	sim_flows_add(&s, &fs, 0, NULL, 20);
	sim_until_in(&s, 20);
	for (int round = 0; round < 20; round++) {
		for (uint32_t id = 0; id < s.n_ids; id++)
			bed_packet(s.bed, 0, id, 100);
		ofl_flow_retire(fs.flow[round]);
		sim_pass(&s, 70 * NS_PER_MS, NS_PER_MS);
	}
	sim_pass(&s, 3 * STALE_NS, NS_PER_MS);
	for (uint32_t id = 0, i = 0; id < s.n_ids; id++) {
		if (FAKE_BAD_FLOW(id))
			continue;
		assert_true(ofl_flow_settled(fs.flow[i]));
		assert_int_equal(packets(fs.flow[i++]), bed_truth(s.bed, id).packets);
	}
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A wait for counters takes as long as they are stale. */
static void
test_wait_is_as_long_as_they_are_stale(void **state)
{
	const uint64_t stale_ns = bed_stale_ns(30 * NS_PER_MS);
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	sim_start_stale(&s, (struct ofl_config){0}, stale_ns);
	sim_flows_add(&s, &fs, 0, NULL, 1);
	sim_until_in(&s, 1);
	assert_int_equal(bed_packet(s.bed, 0, 0, 100), 0);
	assert_int_equal(bed_packet(s.bed, 0, 0, 100), 0);
	assert_int_equal(ofl_counters_wait(s.o, 10 * NS_PER_S), 0);
	assert_int_equal(packets(fs.flow[0]), 2);
	assert_true(ofl_counters_age_ns(s.o) >= 2 * stale_ns);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* Counters are read no more often than the device updates them. */
static void
test_reads_are_as_rare_as_news(void **state)
{
	struct sim_flows fs = {.n = 0};
	uint64_t before;
	struct sim s;

	(void)state;
	sim_start_stale(&s, (struct ofl_config){0}, STALE_NS);
	sim_flows_add(&s, &fs, 0, NULL, 1000);
	sim_until_in(&s, 1000);
	sim_pass(&s, 2 * STALE_NS, 10 * NS_PER_MS);
	before = bed_n_reads(s.bed);
	sim_pass(&s, 10 * STALE_NS, 10 * NS_PER_MS);
	assert_in_range(bed_n_reads(s.bed) - before, 9000, 11000);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* If reading takes longer than the interval, half of the time remains for other work. */
static void
test_reads_pause_when_late(void **state)
{
	struct fake_config device = sim_device(FAKE_FLOWS);
	struct sim_flows fs = {.n = 0};
	uint64_t begun, busy;
	struct sim s;

	(void)state;
	bed_needs(BED_COSTS);
	device.queue = 256;
	device.read_cost_ns = 20 * NS_PER_US;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &fs, 0, NULL, 50000);
	sim_until_in(&s, 50000);
	sim_pass(&s, 5 * NS_PER_S, 100 * NS_PER_US);
	begun = sim_now_ns;
	busy = sim_pass(&s, 20 * NS_PER_S, 100 * NS_PER_US);
	assert_in_range(100 * busy / (sim_now_ns - begun), 30, 50);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* Reads do not keep new flows from hardware: at most as many reads as insertions are made. */
static void
test_reads_let_insertions_through(void **state)
{
	struct sim_flows fs = {.n = 0};
	uint64_t before, n;
	struct sim s;

	(void)state;
	bed_needs(BED_COSTS);
	sim_start_stale(&s, (struct ofl_config){.counter_interval_ns = NS_PER_MS}, 0);
	sim_flows_add(&s, &fs, 0, NULL, 20000);
	sim_until_in(&s, 20000);
	sim_flows_add(&s, &fs, 0, NULL, 20000);
	while (!ofl_queue_empty(&s.o->queue))
		sim_steps(&s, 1);
	n = 40000 - bed_n_in(s.bed);
	assert_true(n > 10000);
	before = bed_n_reads(s.bed);
	while (bed_n_in(s.bed) < 40000)
		sim_pass(&s, NS_PER_MS, NS_PER_MS);
	assert_true(bed_n_reads(s.bed) - before <= n + 1000);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A counter that is not known yet, or cannot be read, does not make a flow idle. */
static void
test_known_until(void **state)
{
	struct sim_flows fs = {.n = 0};
	uint64_t then;
	struct sim s;

	(void)state;
	sim_start_stale(&s, (struct ofl_config){0}, STALE_NS);
	sim_flows_add(&s, &fs, 0, NULL, 2);
	sim_flows_add(&s, &fs, 3, NULL, 1); /* stays in software */
	sim_until_in(&s, 2);
	sim_pass(&s, 3 * STALE_NS, NS_PER_MS);
	assert_true(ofl_flow_known_ns(fs.flow[0], sim_now_ns) <= sim_now_ns - STALE_NS);
	assert_true(ofl_flow_known_ns(fs.flow[0], sim_now_ns) >= sim_now_ns - 3 * STALE_NS);
	assert_int_equal(ofl_flow_known_ns(fs.flow[2], sim_now_ns), sim_now_ns);
	bed_read_errors(s.bed, UINT32_MAX);
	then = sim_now_ns;
	sim_pass(&s, 20 * STALE_NS, 10 * NS_PER_MS);
	assert_true(ofl_flow_known_ns(fs.flow[0], sim_now_ns) < then);
	bed_read_errors(s.bed, 0);
	sim_pass(&s, 3 * STALE_NS, NS_PER_MS);
	assert_true(ofl_flow_known_ns(fs.flow[0], sim_now_ns) > then);
	sim_flows_end(&fs);
	sim_end(&s);
}

static uint64_t
extra_ns_for(unsigned int n)
{
	struct request *r = ofl_request_new(REQUEST_WAIT);
	struct sim_flows fs = {.n = 0};
	uint64_t extra_ns;
	struct sim s;

	sim_start_stale(&s, (struct ofl_config){0}, 0);
	sim_flows_add(&s, &fs, 0, NULL, n);
	sim_until_in(&s, n);
	fake_hang(s.fake, true);
	for (unsigned int i = 0; i < n; i++)
		ofl_flow_retire(fs.flow[i]);
	ofl_queue_put(&s.o->queue, &r->item);
	while (!ofl_queue_empty(&s.o->queue))
		sim_steps(&s, 1);
	extra_ns = r->extra_ns;
	fake_hang(s.fake, false);
	for (int i = 0; i < 1000 && !r->done; i++)
		sim_steps(&s, 10);
	assert_true(r->done);
	ofl_request_put(r);
	sim_flows_end(&fs);
	sim_end(&s);
	return extra_ns;
}

/* A wait grows in proportion to the flows that a change concerns. */
static void
test_wait_is_in_proportion(void **state)
{
	(void)state;
	bed_needs(BED_HANGS);
	assert_int_equal(extra_ns_for(10), 10 * 100 * NS_PER_US);
	assert_int_equal(extra_ns_for(1000), 1000 * 100 * NS_PER_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_tail_is_lost),
		cmocka_unit_test(test_wait_is_as_long_as_they_are_stale),
		cmocka_unit_test(test_reads_are_as_rare_as_news),
		cmocka_unit_test(test_reads_pause_when_late),
		cmocka_unit_test(test_reads_let_insertions_through),
		cmocka_unit_test(test_known_until),
		cmocka_unit_test(test_wait_is_in_proportion),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
