/* SPDX-License-Identifier: Apache-2.0 */
/* Which conjunctions are found, in which order, and where the search ends early. */
#include "table/conjunction.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_CLAUSES 8
#define N_RULES 4

/* Returns a rule with clause k of n for each of the IDs; 0 ends the list. */
static struct rule
rule_make(uint16_t priority, uint8_t k, uint8_t n, const uint32_t *ids)
{
	struct xlate_actions *acts = calloc(1, sizeof *acts + N_CLAUSES * sizeof acts->a[0]);

	assert_non_null(acts);
	for (; *ids; ids++)
		acts->a[acts->n++] = (struct xlate_action){
			.type = XLATE_ACT_CONJUNCTION,
			.conjunction = {.id = *ids, .k = k, .n = n},
		};
	return (struct rule){.priority = priority, .actions = acts};
}

static void
expect_ids(struct conjunctions *c, const uint32_t *ids)
{
	uint32_t id;

	for (; *ids; ids++) {
		assert_true(conjunctions_next(c, &id));
		assert_int_equal(id, *ids);
	}
	assert_false(conjunctions_next(c, &id));
}

#define IDS(...) ((const uint32_t[]){__VA_ARGS__, 0})

/* Expects the IDs found in the rules below, in this order. */
static void
check(size_t n_gathered_max, const uint32_t *ids)
{
	struct rule rules[N_RULES] = {
		rule_make(5, 1, 2, IDS(9, 3, 7)),
		rule_make(5, 2, 2, IDS(7, 8, 9)),
		rule_make(6, 1, 2, IDS(3, 4)),
		rule_make(6, 2, 2, IDS(4)),
	};
	struct conjunctions c = {.n_gathered_max = n_gathered_max};

	for (unsigned int i = 0; i < N_RULES; i++)
		conjunctions_add(&c, &rules[i]);
	expect_ids(&c, ids);
	assert_int_equal(c.n_gathered, 9);
	assert_int_equal(c.error, 0);
	conjunctions_free(&c);
	for (unsigned int i = 0; i < N_RULES; i++)
		xlate_actions_free(rules[i].actions);
}

static void
test_by_priority_and_id(void **state)
{
	(void)state;
	check(9, IDS(4, 7, 9));
}

/* If a priority has too many clauses, none of its conjunctions is found. */
static void
test_given_up(void **state)
{
	(void)state;
	check(8, IDS(4));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_priority_and_id),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
