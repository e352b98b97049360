/* SPDX-License-Identifier: Apache-2.0 */
/* The budget of the device's memory: charges are given back exactly, and half of the memory is used at most. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "budget.h"

static void
steering(void **state)
{
	(void)state;
	uint64_t rule = mlxdr_budget_of_rule(3), n = 0;
	struct mlxdr_budget b;

	mlxdr_budget_init(&b, 16, 12, 4);
	assert_int_equal(rule, 3 * 4 * 64);
	assert_true(mlxdr_budget_of_matcher(3) > rule);
	while (mlxdr_budget_take_steering(&b, rule))
		n++;
	assert_int_equal(n, (1 << 15) / rule);
	/* What is refused charges nothing: the rest has room for less. */
	assert_true(mlxdr_budget_take_steering(&b, (1 << 15) % rule));
	mlxdr_budget_give_steering(&b, rule);
	assert_true(mlxdr_budget_take_steering(&b, rule));
	assert_false(mlxdr_budget_take_steering(&b, 1));
}

static void
modify(void **state)
{
	(void)state;
	struct mlxdr_budget b;

	mlxdr_budget_init(&b, 16, 8, 4);
	assert_int_equal(mlxdr_budget_of_rewrite(1), 64);
	assert_int_equal(mlxdr_budget_of_rewrite(8), 64);
	assert_int_equal(mlxdr_budget_of_rewrite(9), 128);
	assert_true(mlxdr_budget_take_modify(&b, 64));
	assert_false(mlxdr_budget_take_modify(&b, 128));
	assert_true(mlxdr_budget_take_modify(&b, 64));
	mlxdr_budget_give_modify(&b, 128);
	assert_true(mlxdr_budget_take_modify(&b, 128));
}

/* The last failure names what was lacking. */
static void
tables(void **state)
{
	(void)state;
	struct mlxdr_budget b;

	mlxdr_budget_init(&b, 16, 8, 2);
	assert_true(mlxdr_budget_take_table(&b));
	assert_true(mlxdr_budget_take_table(&b));
	assert_null(b.lacks);
	assert_false(mlxdr_budget_take_table(&b));
	assert_string_equal(b.lacks, "budget of flow tables");
	mlxdr_budget_give_table(&b);
	assert_true(mlxdr_budget_take_table(&b));
	assert_false(mlxdr_budget_take_modify(&b, 256));
	assert_string_equal(b.lacks, "budget of memory for rewrites");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(steering), cmocka_unit_test(modify),
					   cmocka_unit_test(tables)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
