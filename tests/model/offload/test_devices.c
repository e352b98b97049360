/* SPDX-License-Identifier: Apache-2.0 */
/* Ports that leave and devices that stop while rules exist: the cost, and that nothing of them
 * is used afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include <base/clock.h>

#include <errno.h>

#define FEW 1000
#define MANY 100000

static const struct flow_action out0 = {.type = FLOW_ACTION_OUTPUT, .port = 0};
static const struct flow_action out1 = {.type = FLOW_ACTION_OUTPUT, .port = 1};

static void
sim_start_big(struct sim *s, struct ofl_config config)
{
	struct fake_config device = sim_device(FAKE_FLOWS);

	device.queue = 256;
	if (!config.counter_interval_ns)
		config.counter_interval_ns = NS_PER_S;
	sim_start_on(s, config, &device);
}

/* Returns how many flows are visited until a port with FEW rules, half of them by their outputs,
 * is removed, among 'n' others. */
static uint64_t
visits_of_removal(unsigned int n)
{
	struct sim_flows fs = {.n = 0};
	uint64_t before;
	struct sim s;

	sim_start_big(&s, (struct ofl_config){0});
	sim_flows_add(&s, &fs, 0, &out0, n);
	sim_flows_add(&s, &fs, 1, &out0, FEW / 2);
	sim_flows_add(&s, &fs, 0, &out1, FEW / 2);
	sim_until_in(&s, n + FEW);
	before = sim_stats(&s).visited;
	assert_int_equal(ofl_port_del(s.o, 1), 0);
	sim_now_ns += NS_PER_S;
	assert_int_equal(bed_n_in(s.bed), n);
	before = sim_stats(&s).visited - before;
	sim_flows_end(&fs);
	sim_end(&s);
	return before;
}

static void
test_removal_looks_at_its_own_flows(void **state)
{
	(void)state;
	bed_needs(BED_COSTS);
	assert_int_equal(visits_of_removal(FEW), FEW);
	assert_int_equal(visits_of_removal(MANY), FEW);
}

/* Removes a port that is input and output of all rules in the table: each is visited once for
 * either. */
static void
test_removal_of_many_rules(void **state)
{
	struct sim_flows fs = {.n = 0};
	uint64_t visited;
	struct sim s;

	(void)state;
	bed_needs(BED_COSTS);
	sim_start_big(&s, (struct ofl_config){0});
	sim_flows_add(&s, &fs, 0, &out0, MANY);
	sim_until_in(&s, MANY);
	visited = sim_stats(&s).visited;
	assert_int_equal(ofl_port_del(s.o, 0), 0);
	assert_int_equal(bed_n_in(s.bed), 0);
	assert_int_equal(sim_stats(&s).visited - visited, 2 * MANY); /* as input and as output */
	sim_flows_end(&fs);
	sim_end(&s);
}

/* An output that is named twice, by rules that are replaced while the port leaves. */
static void
test_removal_amid_changes(void **state)
{
	struct flow_action out[2] = {{.type = FLOW_ACTION_OUTPUT, .port = 1},
				     {.type = FLOW_ACTION_OUTPUT, .port = 1}};
	const struct flow_actions twice = {.a = out, .n = 2}, once = {.a = out, .n = 1};
	struct nic_refusal why;
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	bed_needs(BED_TWICE);
	sim_start_big(&s, (struct ofl_config){0});
	sim_flows_add(&s, &fs, 0, &out1, 50);
	sim_until_in(&s, 50);
	fake_latency_set(s.fake, 5);
	for (int round = 0; round < 20; round++) {
		for (unsigned int i = 0; i < fs.n; i++)
			assert_int_equal(
				ofl_flow_change(fs.flow[i], (i + round) % 2 ? &twice : &once), 0);
		sim_steps(&s, round % 4);
		if (round % 5 == 3) {
			assert_int_equal(ofl_port_del(s.o, 1), 0);
			assert_int_equal(bed_n_in(s.bed), 0);
			assert_int_equal(sim_reason(fs.flow[0]), NIC_REASON_OTHER_DEVICE);
			assert_int_equal(ofl_port_add(s.o, 1, 1, bed_classes, &why), 0);
		}
	}
	for (int i = 0; i < 100; i++) {
		sim_now_ns += NS_PER_MS;
		sim_steps(&s, 1);
	}
	assert_int_equal(bed_n_in(s.bed), 50);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A device that still has rules stays held, even when no caller waits any more. */
static void
test_device_is_held_while_it_has_rules(void **state)
{
	struct ofl_config config = {.remove_timeout_ns = 20 * NS_PER_MS,
				    .back_off_min_ns = NS_PER_MS};
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	bed_needs(BED_KEEPS_RULES);
	sim_start(&s, config, 100);
	sim_flows_add(&s, &fs, 1, &out0, 3);
	sim_until_in(&s, 3);
	fake_remove_block(s.fake, true);
	assert_int_equal(ofl_port_del(s.o, 1), -ETIMEDOUT);
	assert_int_equal(fake_holds(s.fake, 1), 1);
	assert_int_equal(ofl_port_del(s.o, 0), -ETIMEDOUT);
	assert_true(fake_holds(s.fake, 0) >= 2); /* the proxy is held, too */
	fake_remove_block(s.fake, false);
	for (int i = 0; i < 100 && fake_holds(s.fake, 0); i++) {
		sim_now_ns += NS_PER_S;
		sim_steps(&s, 5);
	}
	assert_int_equal(fake_holds(s.fake, 0) + fake_holds(s.fake, 1), 0);
	sim_flows_end(&fs);
	sim_end(&s);
}

static void
assert_all(struct sim_flows *fs, enum nic_reason reason)
{
	for (unsigned int i = 0; i < fs->n; i++)
		assert_int_equal(sim_reason(fs->flow[i]), reason);
}

/* A device stopped by its owner after notice: all rules are removed, their counters read, and
 * the rules are inserted again after the start. */
static void
test_device_stops_and_starts(void **state)
{
	struct ofl_config config = {.counter_settle_ns = 2 * NS_PER_MS};
	struct fake_config device = sim_device(1000);
	struct sim_flows fs = {.n = 0};
	struct flow_stats counted;
	struct sim s;

	(void)state;
	bed_needs(BED_STOPS);
	device.stale_ns = config.counter_settle_ns;
	device.latency = 3;
	sim_start_on(&s, config, &device);
	sim_flows_add(&s, &fs, 1, &out0, 100);
	sim_until_in(&s, 100);
	assert_int_equal(bed_packet(s.bed, 1, 0, 100), 0);
	assert_int_equal(ofl_device_down(s.o, 8), 0);
	assert_int_equal(bed_n_in(s.bed), 100); /* rules of another device */
	assert_int_equal(ofl_device_up(s.o, 8), 0);
	assert_int_equal(ofl_device_down(s.o, 0), 0);
	fake_device_stop(s.fake, 0);
	assert_all(&fs, NIC_REASON_DEVICE_DOWN);
	ofl_flow_stats(fs.flow[0], &counted);
	assert_int_equal(counted.packets, 1);
	sim_flows_add(&s, &fs, 0, &out1, 10);
	sim_now_ns += NS_PER_S;
	sim_steps(&s, 20);
	assert_all(&fs, NIC_REASON_DEVICE_DOWN);
	fake_device_start(s.fake, 0);
	assert_int_equal(ofl_device_up(s.o, 0), 0);
	sim_now_ns += NS_PER_S;
	sim_until_in(&s, 110);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A device hangs with rules and removals in flight: they are given up, and no call reaches it
 * any more. */
static void
test_device_hangs_and_is_restarted(void **state)
{
	struct ofl_config config = {.remove_timeout_ns = 20 * NS_PER_MS};
	struct fake_config device = sim_device(1000);
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	bed_needs(BED_HANGS);
	device.queue = 32;
	sim_start_on(&s, config, &device);
	sim_flows_add(&s, &fs, 0, &out1, 100);
	sim_until_in(&s, 100);
	fake_hang(s.fake, true);
	for (int i = 0; i < 10; i++)
		ofl_flow_retire(fs.flow[i]);
	sim_flows_add(&s, &fs, 1, &out0, 10);
	sim_steps(&s, 3);
	assert_int_equal(ofl_device_down(s.o, 0), -EIO);
	fake_device_stop(s.fake, 0);
	sim_now_ns += NS_PER_S;
	sim_steps(&s, 50);
	fake_hang(s.fake, false);
	sim_steps(&s, 50);
	assert_int_equal(bed_n_in(s.bed), 0);
	for (int i = 0; i < 10; i++)
		assert_true(ofl_flow_settled(fs.flow[i]));
	for (unsigned int i = 10; i < fs.n; i++)
		assert_int_equal(sim_reason(fs.flow[i]), NIC_REASON_DEVICE_DOWN);
	fake_device_start(s.fake, 0);
	assert_int_equal(ofl_device_up(s.o, 0), 0);
	sim_now_ns += NS_PER_S;
	sim_until_in(&s, 100);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A device vanishes: waits end, it is called seldom, and its owner gets it back. Returns the
 * calls of a minute. */
static uint64_t
calls_after_vanishing(unsigned int n)
{
	struct sim_flows fs = {.n = 0};
	uint64_t calls;
	struct sim s;

	sim_start_big(&s, (struct ofl_config){.remove_timeout_ns = 50 * NS_PER_MS,
					      .counter_interval_ns = 50 * NS_PER_MS});
	sim_flows_add(&s, &fs, 0, &out1, n);
	sim_until_in(&s, n);
	bed_vanish(s.bed);
	calls = bed_n_calls(s.bed);
	sim_pass(&s, 60 * NS_PER_S, 20 * NS_PER_MS);
	calls = bed_n_calls(s.bed) - calls;
	assert_int_equal(sim_stats(&s).placed[OFL_HARDWARE], 0);
	assert_true(ofl_device_down(s.o, 0) != -ETIMEDOUT); /* counters may be given up */
	bed_stop(s.bed);
	assert_int_equal(ofl_port_del(s.o, 0), 0);
	assert_int_equal(ofl_port_del(s.o, 1), 0);
	assert_int_equal(fake_holds(s.fake, 0) + fake_holds(s.fake, 1), 0);
	sim_flows_end(&fs);
	sim_end(&s);
	return calls;
}

static void
test_device_vanishes(void **state)
{
	uint64_t few = calls_after_vanishing(FEW), many = calls_after_vanishing(20 * FEW);

	(void)state;
	print_message("%u flows: %llu calls; %u: %llu\n", FEW, (unsigned long long)few, 20 * FEW,
		      (unsigned long long)many);
	assert_true(few < 1000);
	assert_true(many < few + 100);
}

/* A device fails, takes no rules, and comes back. Its flows say why, and no count is lost. */
static void
test_device_fails_and_comes_back(void **state)
{
	struct sim_flows fs = {.n = 0};
	struct flow_stats counted;
	struct ofl_flow_info info;
	struct ofl_room room;
	struct sim s;

	(void)state;
	sim_start(&s, (struct ofl_config){0}, 1000);
	sim_flows_add(&s, &fs, 1, &out0, 20);
	sim_until_in(&s, 20);
	assert_int_equal(bed_packet(s.bed, 1, 0, 100), 0);
	bed_fail(s.bed, true);
	sim_steps(&s, 3);
	assert_all(&fs, NIC_REASON_DEVICE_DOWN);
	ofl_flow_info(fs.flow[0], &info);
	assert_int_equal(ofl_port_room(s.o, 1, &room), 0);
	assert_int_equal(room.down.reason, NIC_REASON_DEVICE_DOWN);
	assert_int_equal(room.n_losses, 1);
	assert_true(room.last_loss[0]);
	assert_string_equal(info.refusal.detail, room.last_loss);
	sim_flows_add(&s, &fs, 0, &out1, 10);
	sim_pass(&s, 10 * NS_PER_S, 10 * NS_PER_MS);
	assert_all(&fs, NIC_REASON_DEVICE_DOWN);
	assert_int_equal(bed_packet(s.bed, 1, 0, 100), FAKE_MISS);
	bed_fail(s.bed, false);
	sim_pass(&s, 70 * NS_PER_S, 10 * NS_PER_MS);
	assert_int_equal(bed_n_in(s.bed), 30);
	assert_int_equal(ofl_port_room(s.o, 1, &room), 0);
	assert_int_equal(room.down.reason, NIC_REASON_NONE);
	assert_int_equal(bed_packet(s.bed, 1, 0, 100), 0);
	assert_int_equal(ofl_counters_wait(s.o, NS_PER_S), 0);
	ofl_flow_stats(fs.flow[0], &counted);
	assert_int_equal(counted.packets, 2);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* Where counters end with their rules, each removed rule may have had packets that are not
 * counted; the statistics report this. */
static void
test_tails_are_reported(void **state)
{
	struct fake_config device = sim_device(1000);
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	bed_needs(BED_RULE_COUNTER);
	device.rule_counters = true;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &fs, 0, &out1, 20);
	sim_until_in(&s, 20);
	for (int i = 0; i < 7; i++)
		ofl_flow_retire(fs.flow[i]);
	sim_steps(&s, 20);
	assert_int_equal(sim_stats(&s).tails, 7);
	sim_flows_end(&fs);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_removal_looks_at_its_own_flows),
		cmocka_unit_test(test_removal_of_many_rules),
		cmocka_unit_test(test_removal_amid_changes),
		cmocka_unit_test(test_device_is_held_while_it_has_rules),
		cmocka_unit_test(test_device_stops_and_starts),
		cmocka_unit_test(test_device_hangs_and_is_restarted),
		cmocka_unit_test(test_device_vanishes),
		cmocka_unit_test(test_device_fails_and_comes_back),
		cmocka_unit_test(test_tails_are_reported),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
