/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of use, and the lists by class. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heat.h"

#include <base/clock.h>

static unsigned int
class_of(uint64_t pps)
{
	struct heat_meter m = {0};

	ofl_heat_sample(&m, 7, NS_PER_S);
	assert_false(m.known);
	ofl_heat_sample(&m, 7 + pps, 2 * NS_PER_S);
	assert_true(m.known);
	return ofl_heat_class(&m);
}

static void
test_classes_double(void **state)
{
	(void)state;
	assert_int_equal(class_of(0), 0);
	assert_int_equal(class_of(1), 1);
	assert_int_equal(class_of(2), 2);
	assert_int_equal(class_of(3), 2);
	assert_int_equal(class_of(1000), 10);
	assert_int_equal(class_of(1u << 30), 31);
	assert_int_equal(class_of(UINT64_C(1) << 40), HEAT_CLASSES - 1);
	assert_int_equal(class_of(UINT64_MAX - 7), HEAT_CLASSES - 1);
}

static void
test_samples_average(void **state)
{
	struct heat_meter m = {0};
	uint64_t packets = 0;

	(void)state;
	for (unsigned int s = 1; s < 20; s++) {
		ofl_heat_sample(&m, packets, s * NS_PER_S);
		packets += 1000;
		ofl_heat_sample(&m, packets, s * NS_PER_S + 1); /* too close */
	}
	assert_in_range(m.pps, 900, 1000);
	for (unsigned int s = 20; s < 40; s++)
		ofl_heat_sample(&m, packets, s * NS_PER_S);
	assert_int_equal(ofl_heat_class(&m), 0);
}

static void
test_lists(void **state)
{
	static const unsigned int classes[] = {3, 0, 31, 3, 7};
	struct cds_list_head links[5];
	struct heat_lists l = {.n_all = 0};

	(void)state;
	ofl_heat_lists_init(&l);
	assert_null(ofl_heat_hottest(&l));
	assert_null(ofl_heat_coldest(&l));
	for (int i = 0; i < 5; i++)
		ofl_heat_add(&l, &links[i], classes[i]);
	assert_ptr_equal(ofl_heat_hottest(&l), &links[2]);
	assert_ptr_equal(ofl_heat_coldest(&l), &links[1]);
	assert_int_equal(ofl_heat_top(&l), 31);
	assert_int_equal(ofl_heat_n_from(&l, 3), 4);
	assert_int_equal(ofl_heat_n_from(&l, 4), 2);
	assert_int_equal(ofl_heat_n_from(&l, HEAT_CLASSES + 1), 0);
	ofl_heat_del(&l, &links[2], 31);
	ofl_heat_del(&l, &links[1], 0);
	ofl_heat_del(&l, &links[4], 7);
	assert_ptr_equal(ofl_heat_hottest(&l), &links[0]); /* of equal ones, the first */
	assert_ptr_equal(ofl_heat_coldest(&l), &links[0]);
	assert_int_equal(l.n_all, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_double),
		cmocka_unit_test(test_samples_average),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
