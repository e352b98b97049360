/* SPDX-License-Identifier: Apache-2.0 */
#include <cost.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_NS (3600 * NS_PER_S)

static uint64_t
charged(struct accounts *a, uint32_t port)
{
	struct account *acc = accounts_find(a, port);

	return acc ? atomic_load_explicit(&acc->handler_ns, memory_order_relaxed) : 0;
}

/* The batch seems to have begun hours ago, so that what the test itself takes does not count. */
static void
translations_are_charged_to_their_port(void **state)
{
	uint64_t begin_ns = clock_now_ns();
	struct accounts *a;
	struct cost c;

	(void)state;
	assert_int_equal(accounts_create(&a), 0);
	cost_begin(&c, begin_ns);
	cost_packet(&c, 1);
	cost_packet(&c, 1);
	c.since_ns -= HOUR_NS;
	cost_packet(&c, 2);
	cost_packet(&c, 1);
	cost_pause(&c);
	c.since_ns -= HOUR_NS; /* waits */
	cost_resume(&c);
	c.since_ns -= 4 * HOUR_NS;
	cost_end(&c, a, NULL);
	assert_int_equal(charged(a, 1) / HOUR_NS, 1 + 3);
	assert_int_equal(charged(a, 2) / HOUR_NS, 1);
	assert_int_equal(charged(a, 3), 0);
	assert_true(charged(a, 1) + charged(a, 2) - 5 * HOUR_NS <= clock_now_ns() - begin_ns);
	accounts_destroy(a);
}

static void
full_batches_of_alternating_ports_fit(void **state)
{
	struct accounts *a;
	struct cost c;

	(void)state;
	assert_int_equal(accounts_create(&a), 0);
	cost_begin(&c, clock_now_ns());
	for (uint32_t i = 0; i < DP_BATCH_MAX; i++)
		cost_packet(&c, i);
	cost_pause(&c);
	cost_resume(&c);
	c.since_ns -= DP_BATCH_MAX * HOUR_NS;
	cost_end(&c, a, NULL);
	for (uint32_t i = 0; i < DP_BATCH_MAX; i++)
		assert_int_equal(charged(a, i) / HOUR_NS, 1);
	accounts_destroy(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translations_are_charged_to_their_port),
		cmocka_unit_test(full_batches_of_alternating_ports_fit),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
