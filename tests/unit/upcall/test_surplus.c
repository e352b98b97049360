/* SPDX-License-Identifier: Apache-2.0 */
#include "account.h"

#include <base/clock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MANY 100000

/* Gives idle times to 'n' flows, and returns how many of those idle for at least 'from_ns' a surplus
 * of 'surplus' takes. '*n_all': how many it takes in all. */
static unsigned int
taken(const uint64_t *idle_ns, unsigned int n, unsigned int surplus, uint64_t from_ns,
      unsigned int *n_all)
{
	struct surplus *s = calloc(1, sizeof *s);
	unsigned int n_from = 0;

	assert_non_null(s);
	surplus_begin(s, surplus);
	*n_all = 0;
	for (unsigned int i = 0; i < n; i++)
		surplus_note(s, idle_ns[i]);
	surplus_cut(s, surplus);
	for (unsigned int i = 0; i < n; i++) {
		bool takes = surplus_takes(s, idle_ns[i]);

		*n_all += takes;
		n_from += takes && idle_ns[i] >= from_ns;
	}
	free(s);
	return n_from;
}

/* Idle times from 0 to 'n' times 'step_ns', in an order that is not theirs. */
static uint64_t *
mixed(unsigned int n, uint64_t step_ns)
{
	uint64_t *idle_ns = calloc(n, sizeof *idle_ns);

	assert_non_null(idle_ns);
	for (unsigned int i = 0; i < n; i++)
		idle_ns[i] = (uint64_t)i * 7919 % n * step_ns;
	return idle_ns;
}

static void
so_many_leave_and_no_more(void **state)
{
	static const unsigned int sizes[] = {1, 100, 10000, MANY};
	unsigned int n_all;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int n = sizes[i];
		uint64_t *idle_ns = mixed(n, 10 * NS_PER_S / n);

		for (unsigned int part = 1; part <= 10; part++) {
			unsigned int surplus = (n * part + 9) / 10;

			taken(idle_ns, n, surplus, 0, &n_all);
			assert_int_equal(n_all, surplus);
		}
		taken(idle_ns, n, 0, 0, &n_all);
		assert_int_equal(n_all, 0);
		taken(idle_ns, n, n + 5, 0, &n_all);
		assert_int_equal(n_all, n);
		free(idle_ns);
	}
}

/* Of flows idle for 0 to 10 s a tenth leaves; none of those that were idle for less than 9 s, to a
 * quarter, leaves. */
static void
those_unused_for_longest_leave(void **state)
{
	uint64_t *idle_ns = mixed(MANY, 10 * NS_PER_S / MANY);
	unsigned int n_all;

	(void)state;
	assert_int_equal(taken(idle_ns, MANY, MANY / 10, 7 * NS_PER_S, &n_all), MANY / 10);
	/* Ages end at 2^13 = 8,192 ms and before it at 7,168: of the flows older than the cut, all
	 * leave. */
	assert_int_equal(taken(idle_ns, MANY, MANY / 4, 8193 * NS_PER_MS, &n_all),
			 MANY - 8193 * (MANY / 10000));
	free(idle_ns);
}

/* A flow that is used between the two visits does not leave, nor does another one leave for it. */
static void
a_flow_that_is_used_meanwhile_stays(void **state)
{
	struct surplus s = {0};

	(void)state;
	surplus_begin(&s, 2);
	surplus_note(&s, 10 * NS_PER_S);
	surplus_note(&s, 5 * NS_PER_S);
	surplus_note(&s, NS_PER_S);
	surplus_cut(&s, s.n);
	assert_false(surplus_takes(&s, 0));
	assert_false(surplus_takes(&s, NS_PER_S));
	assert_true(surplus_takes(&s, 5 * NS_PER_S));
	/* Flows that were not noted cannot exceed the number. */
	assert_true(surplus_takes(&s, 20 * NS_PER_S));
	assert_false(surplus_takes(&s, 20 * NS_PER_S));
}

static void
nothing_leaves_before_the_cut(void **state)
{
	struct surplus s = {0};

	(void)state;
	surplus_begin(&s, 1);
	surplus_note(&s, NS_PER_S);
	assert_false(surplus_takes(&s, NS_PER_S));
	surplus_cut(&s, s.n);
	assert_true(surplus_takes(&s, NS_PER_S));
	surplus_begin(&s, 1);
	assert_false(surplus_takes(&s, UINT64_MAX));
}

/* Of 100 flows above the limit, 60 leave for being idle while the sweep judges. */
static void
those_that_left_meanwhile_count(void **state)
{
	struct accounts *accounts;
	struct account *acc;
	unsigned int n = 0;

	(void)state;
	rcu_thread_start();
	assert_int_equal(accounts_create(&accounts), 0);
	acc = accounts_get(accounts, NULL, 1);
	assert_non_null(acc);
	atomic_store(&acc->n_flows, 1100);
	assert_true(accounts_share_out(accounts, 1000));
	for (unsigned int i = 0; i < 1100; i++)
		surplus_note(&acc->surplus, NS_PER_S);
	atomic_store(&acc->n_leaving, 60);
	accounts_cut(accounts);
	for (unsigned int i = 0; i < 1100; i++)
		n += surplus_takes(&acc->surplus, NS_PER_S);
	assert_int_equal(n, 40);
	atomic_store(&acc->n_leaving, 100);
	accounts_cut(accounts);
	assert_false(surplus_takes(&acc->surplus, NS_PER_S));
	accounts_destroy(accounts);
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	rcu_thread_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_leave_and_no_more),
		cmocka_unit_test(those_unused_for_longest_leave),
		cmocka_unit_test(a_flow_that_is_used_meanwhile_stays),
		cmocka_unit_test(nothing_leaves_before_the_cut),
		cmocka_unit_test(those_that_left_meanwhile_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
