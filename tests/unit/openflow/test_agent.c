/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions of the OpenFlow agent that need no connection. */
#include <agent/role.h>
#include <packets/hold.h>

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Oracle: OpenFlow 1.3, section 6.3.5: a generation is stale if the signed difference is
 * negative. */
static void
test_generations(void **state)
{
	(void)state;
	assert_false(agent_generation_is_stale(5, 5));
	assert_false(agent_generation_is_stale(5, 6));
	assert_true(agent_generation_is_stale(5, 4));
	assert_false(agent_generation_is_stale(UINT64_MAX, 0));
	assert_true(agent_generation_is_stale(0, UINT64_MAX));
	assert_false(agent_generation_is_stale(0, INT64_MAX));
	assert_true(agent_generation_is_stale(0, (uint64_t)INT64_MAX + 1));
}

/* Whenever packets arrive, no second has more than twice the rate, and the average is exactly
 * the rate. */
static void
test_rate(void **state)
{
	const unsigned int rates[] = {1, 7, 1000};

	(void)state;
	for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
		struct agent_bucket b = {0};
		uint64_t now_ns = 1000 * NS_PER_S;
		unsigned int n = 0, n_first = 0;

		for (unsigned int ms = 0; ms < 20000; ms++) {
			for (int i = 0; i < 5; i++)
				n += agent_bucket_take(&b, rates[r], now_ns);
			now_ns += NS_PER_MS;
			if (ms == 999)
				n_first = n;
		}
		assert_true(n_first <= 2 * rates[r]);
		assert_in_range(n, 20 * rates[r], 21 * rates[r]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generations),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
