/* SPDX-License-Identifier: Apache-2.0 */
/* The longest sleep of an idle worker, against frames that arrive one by one. */
#include <sleep.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Returns how many frames of 64 bytes have arrived whole after 'us' microseconds. */
static unsigned int
n_arrived(unsigned int us, unsigned int mbps)
{
	uint64_t bits = 0, n = 0;

	while (bits + (8 + 64 + 12) * 8 <= (uint64_t)us * mbps) {
		bits += (8 + 64 + 12) * 8;
		n++;
	}
	return (unsigned int)n;
}

static void
half_of_the_queue_is_left(void **state)
{
	static const unsigned int speeds[] = {10, 100, 1000, 10000, 25000, 40000, 100000, 200000};

	(void)state;
	for (unsigned int n = 1; n <= 8192; n = n * 2 + (n % 3 == 1)) {
		for (unsigned int i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
			unsigned int us = swp_sleep_bound_us(n, speeds[i]);

			assert_true(n_arrived(us, speeds[i]) <= n / 2);
			/* It is the longest that does so, but for the rounding to a frame. */
			assert_true(n_arrived(us + 1, speeds[i]) + 1 >= n / 2);
		}
	}
}

/* The figures of the documents. */
static void
default_is_17_us_at_10g(void **state)
{
	(void)state;
	assert_int_equal(swp_sleep_bound_us(512, 10000), 17);
	assert_int_equal(swp_sleep_bound_us(2048, 10000), 68);
	assert_int_equal(swp_sleep_bound_us(512, 25000), 6);
	assert_int_equal(swp_sleep_bound_us(512, 1000), 172);
	assert_int_equal(swp_sleep_bound_us(256, 200000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_of_the_queue_is_left),
		cmocka_unit_test(default_is_17_us_at_10g),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
