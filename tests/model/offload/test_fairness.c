/* SPDX-License-Identifier: Apache-2.0 */
/* One port's flood of flows does not keep another's out of hardware. Ports 0 and 1 share a
 * device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim.h"

#include <base/clock.h>

#include <stdlib.h>

#define CAPACITY 60
#define MANY 400

static unsigned int
n_in(const struct sim *s, uint32_t port)
{
	struct ofl_stats st;

	ofl_stats(s->o, port, &st);
	return (unsigned int)st.placed[OFL_HARDWARE];
}

static unsigned int
n_waiting(const struct sim *s, uint32_t port)
{
	struct ofl_stats st;

	ofl_stats(s->o, port, &st);
	return (unsigned int)(st.reasons[NIC_REASON_TABLE_FULL] +
			      st.reasons[NIC_REASON_PORT_SHARE]);
}

static struct ofl_config
config(void)
{
	return (struct ofl_config){.back_off_min_ns = 50 * NS_PER_US,
				   .back_off_max_ns = 10 * NS_PER_MS};
}

static void
sim_start_slow(struct sim *s, struct ofl_config c, unsigned int latency)
{
	struct fake_config device = sim_device(CAPACITY);

	device.latency = latency;
	sim_start_on(s, c, &device);
}

static void
test_alone_a_port_has_it_all(void **state)
{
	struct sim_flows a = {.n = 0};
	struct ofl_stats st;
	struct sim s;

	(void)state;
	sim_start_slow(&s, config(), 3);
	sim_flows_add(&s, &a, 0, NULL, 200);
	sim_steps(&s, 1000);
	assert_int_equal(n_in(&s, 0), CAPACITY);
	ofl_stats(s.o, 0, &st);
	assert_int_equal(st.removed, 0);
	assert_int_equal(st.reasons[NIC_REASON_PORT_SHARE], 0);
	sim_flows_end(&a);
	sim_end(&s);
}

/* A late port gets its share of a full table, and all of its flows if they are few. */
static void
test_late_port_gets_its_share(void **state)
{
	struct sim_flows a = {.n = 0}, b = {.n = 0};
	struct ofl_stats st;
	struct sim s;
	uint64_t removed;

	(void)state;
	sim_start_slow(&s, config(), 3);
	sim_flows_add(&s, &a, 0, NULL, 200);
	sim_steps(&s, 1000);
	assert_int_equal(n_in(&s, 0), CAPACITY);
	sim_flows_add(&s, &b, 1, NULL, 10);
	sim_steps(&s, 2000);
	assert_int_equal(n_in(&s, 1), 10);
	assert_int_equal(n_in(&s, 0), CAPACITY - 10);
	sim_flows_add(&s, &b, 1, NULL, 190);
	sim_steps(&s, 20000);
	assert_in_range(n_in(&s, 1), CAPACITY / 3 - 1, CAPACITY / 2 + 1);
	assert_in_range(n_in(&s, 0) + n_in(&s, 1), CAPACITY - 2, CAPACITY);

	ofl_stats(s.o, UINT32_MAX, &st);
	removed = st.removed;
	sim_steps(&s, 5000);
	ofl_stats(s.o, UINT32_MAX, &st);
	assert_int_equal(st.removed, removed);
	sim_flows_end(&a);
	sim_flows_end(&b);
	sim_end(&s);
}

/* One port adds flows in every round and removes old ones: the other's few stay. */
static void
test_flood_continues(void **state)
{
	struct sim_flows a = {.n = 0}, b = {.n = 0};
	unsigned int seed = 5, least = CAPACITY;
	struct sim s;

	(void)state;
	sim_start_slow(&s, config(), 2);
	sim_flows_add(&s, &a, 0, NULL, 300);
	sim_steps(&s, 500);
	sim_flows_add(&s, &b, 1, NULL, 15);
	for (int i = 0; i < 4000; i++) {
		sim_flows_end_one(&a, (unsigned int)rand_r(&seed) % a.n);
		sim_flows_add(&s, &a, 0, NULL, 1);
		sim_steps(&s, 2);
		if (i > 1500 && n_in(&s, 1) < least)
			least = n_in(&s, 1);
	}
	assert_int_equal(least, 15);
	assert_true(n_in(&s, 0) > CAPACITY / 2);
	sim_flows_end(&a);
	sim_flows_end(&b);
	sim_end(&s);
}

/* In a stable state, no port waits while another has twice as much plus one to spare. */
static void
rest_is_fair(const unsigned int first_seed)
{
	unsigned int seed = first_seed;
	struct sim_flows fs[2] = {{.n = 0}, {.n = 0}};
	struct sim s;

	sim_start_slow(&s, config(), (unsigned int)rand_r(&seed) % 6);
	for (int round = 0; round < 12; round++) {
		for (uint32_t p = 0; p < 2; p++) {
			unsigned int want = (unsigned int)rand_r(&seed) % 150;

			while (fs[p].n > want)
				sim_flows_end_one(&fs[p], (unsigned int)rand_r(&seed) % fs[p].n);
			if (fs[p].n < want)
				sim_flows_add(&s, &fs[p], p, NULL, want - fs[p].n);
		}
		if (rand_r(&seed) % 4 == 0)
			fake_reset(s.fake);
		sim_steps(&s, 15000);
		for (uint32_t p = 0; p < 2; p++) {
			if (n_waiting(&s, p) && n_in(&s, !p) >= 2 * (n_in(&s, p) + 2))
				fail_msg("seed %u: port %u waits with %u beside %u", first_seed, p,
					 n_in(&s, p), n_in(&s, !p));
		}
		if (n_waiting(&s, 0) + n_waiting(&s, 1))
			assert_in_range(n_in(&s, 0) + n_in(&s, 1), CAPACITY - 2, CAPACITY);
	}
	sim_flows_end(&fs[0]);
	sim_flows_end(&fs[1]);
	sim_end(&s);
}

static void
test_rest_is_fair(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 12; seed++)
		rest_is_fair(seed);
}

/* A port's first flow does not wait until a flood has been served. */
static void
test_turns_rotate(void **state)
{
	struct ofl_config c = config();
	struct sim_flows a = {.n = 0}, b = {.n = 0};
	struct fake_config device = sim_device(1000);
	struct sim s;

	(void)state;
	c.insert_rate = 100;
	sim_start_on(&s, c, &device);
	sim_flows_add(&s, &a, 0, NULL, MANY);
	sim_steps(&s, 10);
	assert_int_equal(n_in(&s, 0), 10);
	sim_flows_add(&s, &b, 1, NULL, 3);
	for (int i = 0; i < 6; i++) {
		sim_now_ns += NS_PER_S / 100;
		sim_steps(&s, 3);
	}
	assert_int_equal(n_in(&s, 1), 3);
	assert_in_range(n_in(&s, 0), 12, 14);
	sim_flows_end(&a);
	sim_flows_end(&b);
	sim_end(&s);
}

/* Room for one kind of rule is not room for another: a port that cannot use the room does not
 * displace other rules. */
static void
test_no_room_for_a_port_whatever_is_removed(void **state)
{
	struct sim_flows a = {.n = 0}, b = {.n = 0};
	struct fake_config device = sim_device(CAPACITY);
	struct sim s;

	(void)state;
	device.latency = 2;
	device.no_room_port = 1;
	sim_start_on(&s, config(), &device);
	sim_flows_add(&s, &a, 0, NULL, CAPACITY - 10);
	sim_steps(&s, 200);
	sim_flows_add(&s, &b, 1, NULL, 1);
	for (int i = 0; i < 200; i++) {
		sim_now_ns += NS_PER_MS;
		sim_steps(&s, 10);
	}
	assert_int_equal(n_in(&s, 1), 0);
	assert_true(n_in(&s, 0) >= CAPACITY - 15);
	sim_flows_end(&a);
	sim_flows_end(&b);
	sim_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alone_a_port_has_it_all),
		cmocka_unit_test(test_late_port_gets_its_share),
		cmocka_unit_test(test_flood_continues),
		cmocka_unit_test(test_rest_is_fair),
		cmocka_unit_test(test_turns_rotate),
		cmocka_unit_test(test_no_room_for_a_port_whatever_is_removed),
	};

	return cmocka_run_group_tests(tests, sim_thread_start, sim_thread_stop);
}
