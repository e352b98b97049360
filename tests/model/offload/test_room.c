/* SPDX-License-Identifier: Apache-2.0 */
/* A device that is full, or refuses flows: how often it is asked, and which flows are in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include <base/clock.h>

#include <errno.h>
#include <limits.h>

#define CAPACITY 500
#define FEW 1000
#define MANY 100000

static uint64_t
attempts(const struct sim *s)
{
	struct ofl_stats st = sim_stats(s);

	return st.inserted + st.insert_failed;
}

static struct ofl_room
room(const struct sim *s)
{
	struct ofl_room r;

	assert_int_equal(ofl_port_room(s->o, 3, &r), -ENOENT);
	assert_int_equal(ofl_port_room(s->o, 0, &r), 0);
	return r;
}

/* Runs until the thread has processed all offers. */
static void
offers_wait(struct sim *s)
{
	for (uint64_t seen = UINT64_MAX; seen != sim_stats(s).offered;) {
		seen = sim_stats(s).offered;
		sim_steps(s, 500);
	}
}

/* Returns the calls in a minute for a full device and 'n' flows without room. */
static uint64_t
calls_of_waiting(struct fake_config device, unsigned int n)
{
	struct sim_flows fs = {.n = 0};
	uint64_t calls;
	struct sim s;

	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &fs, 0, NULL, CAPACITY + n);
	offers_wait(&s);
	sim_pass(&s, 60 * NS_PER_S, 20 * NS_PER_MS);
	assert_int_equal(fake_n_in(s.fake), CAPACITY);
	assert_int_equal(sim_reason(fs.flow[fs.n - 1]), device.n_counters == CAPACITY
								? NIC_REASON_NO_COUNTER
								: NIC_REASON_TABLE_FULL);
	calls = fake_n_calls(s.fake);
	assert_true(attempts(&s) <= calls);
	assert_int_equal(room(&s).n_rules, CAPACITY);
	assert_int_equal(room(&s).capacity, device.n_counters == CAPACITY ? UINT_MAX : CAPACITY);
	assert_int_equal(room(&s).n_waiting, n);
	sim_flows_end(&fs);
	sim_end(&s);
	return calls;
}

static void
check_calls(struct fake_config device)
{
	uint64_t few = calls_of_waiting(device, FEW), many = calls_of_waiting(device, MANY);

	print_message("%u flows wait: %llu calls; %u: %llu\n", FEW, (unsigned long long)few, MANY,
		      (unsigned long long)many);
	assert_true(few < 2 * CAPACITY + 500);
	assert_true(many < few + 100);
}

static void
test_full_is_asked_seldom(void **state)
{
	(void)state;
	check_calls(sim_device(CAPACITY));
}

/* The device's error does not report that it is full. */
static void
test_full_is_learned(void **state)
{
	struct fake_config device = sim_device(CAPACITY);

	(void)state;
	device.full_unsaid = true;
	check_calls(device);
}

static void
test_out_of_counters(void **state)
{
	struct fake_config device = sim_device(FAKE_FLOWS);

	(void)state;
	device.n_counters = CAPACITY;
	check_calls(device);
}

/* The room of a removed rule is used at once, and not more insertions are tried than fit. */
static void
test_room_is_used_once(void **state)
{
	struct fake_config device = sim_device(CAPACITY);
	struct sim_flows fs = {.n = 0};
	uint64_t before;
	struct sim s;

	(void)state;
	device.full_unsaid = true;
	sim_start_on(&s, (struct ofl_config){.back_off_min_ns = 100 * NS_PER_S}, &device);
	sim_flows_add(&s, &fs, 0, NULL, 3 * CAPACITY);
	offers_wait(&s);
	assert_int_equal(fake_n_in(s.fake), CAPACITY);
	before = attempts(&s);
	for (int i = 0; i < 100; i++)
		ofl_flow_retire(fs.flow[i]);
	sim_steps(&s, 100);
	assert_int_equal(fake_n_in(s.fake), CAPACITY);
	assert_in_range(attempts(&s) - before, 100, 108);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* Room that appears without notice is found, and all of it is used. */
static void
test_more_room_is_found(void **state)
{
	struct fake_config device = sim_device(10);
	struct sim_flows fs = {.n = 0};
	uint64_t before;
	struct sim s;

	(void)state;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &fs, 0, NULL, 5000);
	offers_wait(&s);
	sim_pass(&s, 60 * NS_PER_S, 20 * NS_PER_MS);
	assert_int_equal(fake_n_in(s.fake), 10);
	fake_capacity_set(s.fake, 3000);
	before = attempts(&s);
	sim_pass(&s, 40 * NS_PER_S, NS_PER_MS);
	assert_int_equal(fake_n_in(s.fake), 3000);
	assert_true(attempts(&s) - before < 3500);
	sim_flows_end(&fs);
	sim_end(&s);
}

static struct nic_refusal
refusal(const struct ofl_flow *f)
{
	struct ofl_flow_info info;

	ofl_flow_info(f, &info);
	return info.refusal;
}

/* Returns the calls in a minute for 'n' flows of a refused shape. Flows of other shapes are not
 * affected. */
static uint64_t
calls_of_refused(unsigned int n)
{
	struct fake_config device = sim_device(FAKE_FLOWS);
	struct sim_flows odd = {.n = 0}, fs = {.n = 0};
	uint64_t calls;
	struct sim s;

	device.refuses_odd = true;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add_odd(&s, &odd, 0, n);
	offers_wait(&s);
	sim_pass(&s, 60 * NS_PER_S, 20 * NS_PER_MS);
	calls = fake_n_calls(s.fake);
	sim_flows_add(&s, &fs, 0, NULL, 100);
	offers_wait(&s);
	assert_int_equal(fake_n_in(s.fake), 100);
	for (unsigned int i = 0; i < n; i += n / 7) {
		assert_int_equal(refusal(odd.flow[i]).reason, NIC_REASON_INSERT_FAILED);
		assert_string_equal(refusal(odd.flow[i]).detail, "hardware refuses");
	}
	assert_int_equal(room(&s).n_halted, 1);
	fake_refuses_odd_set(s.fake, false);
	sim_pass(&s, 15 * NS_PER_S, NS_PER_MS);
	assert_int_equal(fake_n_in(s.fake), n + 100);
	assert_int_equal(room(&s).n_halted, 0);
	sim_flows_end(&odd);
	sim_flows_end(&fs);
	sim_end(&s);
	return calls;
}

static void
test_refused_shape_is_asked_seldom(void **state)
{
	uint64_t few = calls_of_refused(FEW), many = calls_of_refused(MANY);

	(void)state;
	print_message("%u flows are refused: %llu calls; %u: %llu\n", FEW, (unsigned long long)few,
		      MANY, (unsigned long long)many);
	assert_true(few < 300);
	assert_true(many < few + 100);
}

/* Flows of a refused shape that are added and removed one by one are not tried either. */
static void
test_refused_shape_is_remembered(void **state)
{
	struct fake_config device = sim_device(FAKE_FLOWS);
	struct sim_flows fs = {.n = 0};
	struct sim s;

	(void)state;
	device.refuses_odd = true;
	sim_start_on(&s, (struct ofl_config){.back_off_min_ns = 100 * NS_PER_S}, &device);
	for (int i = 0; i < 1000; i++) {
		sim_flows_add_odd(&s, &fs, 0, 1);
		sim_steps(&s, 5);
		sim_flows_end_one(&fs, 0);
		sim_steps(&s, 5);
	}
	assert_int_equal(attempts(&s), 3);
	assert_int_equal(sim_stats(&s).spared, 997);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* The refusal of some values does not refuse the shape. */
static void
test_refused_values_stay_alone(void **state)
{
	struct fake_config device = sim_device(FAKE_FLOWS);
	struct sim_flows fs = {.n = 0};
	unsigned int n_refused = 0;
	struct sim s;

	(void)state;
	device.refuses_value = 7;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &fs, 0, NULL, 1000);
	offers_wait(&s);
	for (unsigned int i = 0; i < fs.n; i++)
		n_refused += sim_reason(fs.flow[i]) == NIC_REASON_ACTION;
	assert_true(n_refused > 100);
	assert_int_equal(fake_n_in(s.fake), 1000 - n_refused);
	assert_int_equal(attempts(&s), 1000);
	sim_flows_end(&fs);
	sim_end(&s);
}

/* A reset clears the state learned about a full table and refused shapes, since both may have
 * changed. */
static void
test_reset_forgets(void **state)
{
	struct fake_config device = sim_device(50);
	struct sim_flows fs = {.n = 0}, odd = {.n = 0};
	struct sim s;

	(void)state;
	device.refuses_odd = true;
	sim_start_on(&s, (struct ofl_config){.back_off_min_ns = 10 * NS_PER_S}, &device);
	sim_flows_add_odd(&s, &odd, 0, 20);
	offers_wait(&s);
	sim_flows_add(&s, &fs, 0, NULL, 100);
	offers_wait(&s);
	assert_int_equal(fake_n_in(s.fake), 50);
	fake_capacity_set(s.fake, 1000);
	fake_refuses_odd_set(s.fake, false);
	fake_reset(s.fake);
	sim_pass(&s, 60 * NS_PER_S, 10 * NS_PER_MS);
	assert_int_equal(fake_n_in(s.fake), 120);
	sim_flows_end(&fs);
	sim_flows_end(&odd);
	sim_end(&s);
}

/* Many shapes: the memory for them is bounded, and each flow is served. */
static void
test_many_shapes(void **state)
{
	struct ofl_flow *f[3000];
	struct sim s;

	(void)state;
	sim_start(&s, (struct ofl_config){0}, FAKE_FLOWS);
	for (uint32_t i = 0; i < 3000; i++) {
		struct flow_match m = {.key = {.in_port = 0},
				       .mask = {.in_port = UINT32_MAX, .nw_dst = i + 1}};
		const struct flow_actions none = {0};
		struct flow_packed *match = flow_packed_new(&m);

		assert_int_equal(ofl_flow_new(s.o, match, &none, &f[i]), 0);
		flow_packed_unref(match);
	}
	offers_wait(&s);
	assert_int_equal(fake_n_in(s.fake), 3000);
	for (uint32_t i = 0; i < 3000; i++)
		ofl_flow_free(f[i]);
	sim_end(&s);
}

/* Sends 'cold_pps' packets a second to each cold flow and 'hot_pps' to each hot one, for
 * 'seconds'. */
static void
carry(struct sim *s, struct sim_flows *cold, struct sim_flows *hot, unsigned int cold_pps,
      unsigned int hot_pps, unsigned int seconds)
{
	static uint64_t software[FAKE_FLOWS];

	for (unsigned int tick = 0; tick < 10 * seconds; tick++) {
		for (uint32_t i = 0, id = 0; i < cold->n + hot->n; i++, id++) {
			bool is_cold = i < cold->n;
			unsigned int n = (is_cold ? cold_pps : hot_pps) / 10;

			id += FAKE_BAD_FLOW(id);
			for (; n; n--)
				software[id] += fake_packet(s->fake, 0, id, 100) == FAKE_MISS;
			ofl_flow_software(is_cold ? cold->flow[i] : hot->flow[i - cold->n],
					  software[id], sim_now_ns);
		}
		sim_pass(s, 100 * NS_PER_MS, 5 * NS_PER_MS);
	}
}

static unsigned int
n_in(const struct sim_flows *fs)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fs->n; i++)
		n += sim_in_hardware(fs->flow[i]);
	return n;
}

struct heat_result {
	unsigned int n_hot_in;
	uint64_t displaced;
};

/* 100 cold flows fill the device before 50 hot ones arrive. */
static struct heat_result
heat(unsigned int cold_pps, unsigned int hot_pps)
{
	struct fake_config device = sim_device(100);
	struct sim_flows cold = {.n = 0}, hot = {.n = 0};
	struct heat_result r;
	struct sim s;

	device.latency = 3;
	sim_start_on(&s, (struct ofl_config){0}, &device);
	sim_flows_add(&s, &cold, 0, NULL, 100);
	offers_wait(&s);
	sim_flows_add(&s, &hot, 0, NULL, 50);
	offers_wait(&s);
	carry(&s, &cold, &hot, cold_pps, hot_pps, 5);
	r.displaced = sim_stats(&s).displaced;
	carry(&s, &cold, &hot, cold_pps, hot_pps, 5);
	/* No more flows are displaced then. */
	assert_int_equal(sim_stats(&s).displaced, r.displaced);
	assert_int_equal(fake_n_in(s.fake), 100);
	r.n_hot_in = n_in(&hot);
	sim_flows_end(&cold);
	sim_flows_end(&hot);
	sim_end(&s);
	return r;
}

static void
test_hot_displaces_cold(void **state)
{
	struct heat_result r = heat(10, 200);

	(void)state;
	assert_int_equal(r.n_hot_in, 50);
	assert_int_equal(r.displaced, 50);
	r = heat(0, 10);
	assert_int_equal(r.n_hot_in, 50);
	r = heat(100, 150);
	assert_int_equal(r.n_hot_in + r.displaced, 0);
	r = heat(100, 10);
	assert_int_equal(r.n_hot_in + r.displaced, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_is_asked_seldom),
		cmocka_unit_test(test_full_is_learned),
		cmocka_unit_test(test_out_of_counters),
		cmocka_unit_test(test_room_is_used_once),
		cmocka_unit_test(test_more_room_is_found),
		cmocka_unit_test(test_refused_shape_is_asked_seldom),
		cmocka_unit_test(test_refused_shape_is_remembered),
		cmocka_unit_test(test_refused_values_stay_alone),
		cmocka_unit_test(test_reset_forgets),
		cmocka_unit_test(test_many_shapes),
		cmocka_unit_test(test_hot_displaces_cold),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
