/* SPDX-License-Identifier: Apache-2.0 */
/* Assumptions about drivers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traits.h"

#include <base/clock.h>

static void
test_known_drivers(void **state)
{
	(void)state;
	assert_true(rteflow_traits_find("mlx5_pci")->counter_stale_ns > NS_PER_S);
	assert_int_equal(rteflow_traits_find("net_nicsim")->counter_stale_ns, 0);
	assert_true(rteflow_traits_find("mlx5_pci")->first_tag_only);
	assert_false(rteflow_traits_find("net_nicsim")->first_tag_only);
}

static void
test_unknown_driver(void **state)
{
	(void)state;
	assert_true(rteflow_traits_find("net_new")->counter_stale_ns > NS_PER_S);
	assert_true(rteflow_traits_find("net_new")->first_tag_only);
	assert_true(rteflow_traits_find(NULL)->counter_stale_ns > NS_PER_S);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_drivers),
		cmocka_unit_test(test_unknown_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
