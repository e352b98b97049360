/* SPDX-License-Identifier: Apache-2.0 */
#include "limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MAX 200000u
#define TARGET UINT64_C(1000000000)

static void
slow_sweeps_cut(void **state)
{
	(void)state;
	assert_int_equal(limit_adapt(100000, MAX, 90000, 1500000000, TARGET), 75000);
	assert_int_equal(limit_adapt(100000, MAX, 90000, 4 * TARGET, TARGET), 25000);
	assert_int_equal(limit_adapt(100000, MAX, 90000, 1000 * TARGET, TARGET), 12500);
	assert_int_equal(limit_adapt(2000, MAX, 2000, 1000 * TARGET, TARGET), LIMIT_MIN);
	assert_int_equal(limit_adapt(100, 100, 100, 1000 * TARGET, TARGET), 100);
}

static void
quick_sweeps_grow_slowly_to_the_configured_limit(void **state)
{
	unsigned int limit = LIMIT_MIN, rounds = 0;

	(void)state;
	for (; limit < MAX; rounds++) {
		unsigned int next = limit_adapt(limit, MAX, 1000, 1000000, TARGET);

		assert_true(next > limit);
		assert_true(next <= limit + limit / 16 + 1);
		limit = next;
	}
	assert_true(rounds > 50);
	assert_int_equal(limit_adapt(MAX, MAX, 1000, 1000000, TARGET), MAX);
}

static void
no_growth_beyond_the_pace(void **state)
{
	(void)state;
	/* 10,000 flows in 0.4 s: 25,000 are what a sweep can do. */
	assert_int_equal(limit_adapt(25000, MAX, 10000, 400000000, TARGET), 25000);
	assert_true(limit_adapt(20000, MAX, 10000, 400000000, TARGET) > 20000);
	assert_int_equal(limit_adapt(20000, MAX, 20000, 600000000, TARGET), 20000);
}

static void
lowered_maximum_holds_at_once(void **state)
{
	(void)state;
	assert_int_equal(limit_adapt(100000, 500, 100000, 600000000, TARGET), 500);
	assert_int_equal(limit_adapt(100000, 500, 0, 0, TARGET), 500);
}

/* Ports that always want more: alone, half; together, all but one share; never over the limit. */
static void
shares(void **state)
{
	(void)state;
	for (unsigned int n_ports = 1; n_ports <= 16; n_ports++) {
		unsigned int own[16] = {0}, total = 0, limit = 8192;
		bool grew = true;

		while (grew) {
			grew = false;
			for (unsigned int p = 0; p < n_ports; p++) {
				if (!limit_admits(own[p], total, limit))
					continue;
				own[p]++;
				total++;
				grew = true;
			}
		}
		assert_true(total <= limit);
		for (unsigned int p = 0; p < n_ports; p++) {
			assert_in_range(own[p], limit / (n_ports + 1), limit / (n_ports + 1) + 1);
			/* One that comes later still finds room. */
			assert_true(limit_admits(0, total, limit));
		}
	}
}

static void
full_is_full(void **state)
{
	(void)state;
	assert_false(limit_admits(0, 10, 10));
	assert_false(limit_admits(0, 11, 10));
	assert_false(limit_admits(0, 0, 0));
	assert_true(limit_admits(999, 999, 8000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_sweeps_cut),
		cmocka_unit_test(quick_sweeps_grow_slowly_to_the_configured_limit),
		cmocka_unit_test(no_growth_beyond_the_pace),
		cmocka_unit_test(lowered_maximum_holds_at_once),
		cmocka_unit_test(shares),
		cmocka_unit_test(full_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
