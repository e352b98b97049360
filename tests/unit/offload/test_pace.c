/* SPDX-License-Identifier: Apache-2.0 */
/* Back-off, rate, and classes of refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rate.h"
#include "refusal.h"
#include "retry.h"

#include <base/clock.h>

#include <stdio.h>
#include <stdlib.h>

static void
test_delay_doubles(void **state)
{
	struct retry r;
	uint64_t last = 0;

	(void)state;
	ofl_retry_init(&r, 100, 10000);
	for (unsigned int n = 0; n < 100; n++) {
		uint64_t d = ofl_retry_delay_ns(&r, n);

		assert_true(d == 10000 || d == 100u << n);
		assert_true(d >= last);
		last = d;
	}
	assert_int_equal(last, 10000);
	ofl_retry_init(&r, 100, 10);
	assert_int_equal(ofl_retry_delay_ns(&r, 3), 100);
}

#define WAITERS 200

/* Tests against a twin: an array of due times. */
static void
test_retry_order(void **state)
{
	struct retry_entry e[WAITERS] = {0};
	struct retry r;
	uint64_t now = 1, due[WAITERS] = {0};

	(void)state;
	srand(1);
	ofl_retry_init(&r, 100, 5000);
	for (int step = 0; step < 20000; step++) {
		int i = rand() % WAITERS;
		struct retry_entry *got;
		uint64_t next = UINT64_MAX;

		now += (uint64_t)(rand() % 20);
		if (!due[i]) {
			due[i] = now + ofl_retry_delay_ns(&r, e[i].n_failures);
			ofl_retry_wait(&r, &e[i], now);
		} else if (rand() % 4 == 0) {
			ofl_retry_cancel(&e[i]);
			due[i] = 0;
			e[i].n_failures = 0;
		}
		while ((got = ofl_retry_due(&r, now))) {
			assert_true(due[got - e] && due[got - e] <= now);
			due[got - e] = 0;
		}
		for (int k = 0; k < WAITERS; k++) {
			assert_true(!due[k] || due[k] > now);
			assert_int_equal(due[k], e[k].due_ns);
			if (due[k] && due[k] < next)
				next = due[k];
		}
		assert_true(ofl_retry_next_ns(&r) == next);
	}
}

/* Whenever calls are made, no window of time exceeds its rate plus one burst. */
static void
test_rate_holds(void **state)
{
	static const unsigned int rates[] = {1, 7, 100, 12345};

	(void)state;
	srand(2);
	for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++) {
		uint64_t now = 5, start = now, n = 0, burst;
		struct rate r;

		ofl_rate_init(&r, rates[k], now);
		burst = rates[k] / 10 ? rates[k] / 10 : 1;
		for (int i = 0; i < 50000; i++) {
			if (ofl_rate_ready(&r, now)) {
				assert_true(ofl_rate_next_ns(&r, now) <= now);
				ofl_rate_spend(&r, now);
				n++;
			} else {
				uint64_t next = ofl_rate_next_ns(&r, now);

				assert_true(next > now);
				now = rand() % 2 ? next : now + (uint64_t)(rand() % 100000);
			}
			assert_true(n <= (now - start) * rates[k] / NS_PER_S + burst + 2);
		}
		assert_true(n + 2 >= (now - start) / NS_PER_S * rates[k] / 2);
	}
}

static void
test_rate_none(void **state)
{
	struct rate r;

	(void)state;
	ofl_rate_init(&r, 0, 1);
	for (int i = 0; i < 100000; i++) {
		assert_true(ofl_rate_ready(&r, 1));
		ofl_rate_spend(&r, 1);
	}
}

static void
test_rate_in_advance(void **state)
{
	struct rate r;

	(void)state;
	ofl_rate_init(&r, 10, 1);
	for (int i = 0; i < 6; i++)
		ofl_rate_spend(&r, 1);
	assert_false(ofl_rate_ready(&r, 1 + 4 * NS_PER_S / 10));
	assert_true(ofl_rate_ready(&r, 1 + 6 * NS_PER_S / 10));
}

static void
check_print(const struct nic_refusal *r, const char *expected)
{
	char text[200] = "";
	FILE *f = fmemopen(text, sizeof text, "w");

	assert_non_null(f);
	ofl_refusal_print(r, f);
	fclose(f);
	assert_string_equal(text, expected);
}

static void
test_refusals_print(void **state)
{
	struct nic_refusal r = ofl_refusal_make(NIC_REASON_TABLE_FULL);

	(void)state;
	check_print(&r, "table-full");
	memset(&r, 0, sizeof r);
	r.reason = NIC_REASON_TABLE_FULL;
	check_print(&r, "table-full");
	r = ofl_refusal_make(NIC_REASON_FIELD);
	r.field = FLOW_FIELD_TCP_SRC;
	check_print(&r, "match-unsupported: tcp_src");
	r = ofl_refusal_make(NIC_REASON_ACTION);
	r.action = FLOW_ACTION_SET;
	r.field = FLOW_FIELD_NW_TTL;
	check_print(&r, "action-unsupported: set(nw_ttl)");
	r.field = FLOW_FIELD_NONE;
	r.action = FLOW_ACTION_PUSH_VLAN;
	check_print(&r, "action-unsupported: push_vlan");
	r = ofl_refusal_make(NIC_REASON_SLOW_PATH);
	r.action = FLOW_ACTION_UPCALL;
	check_print(&r, "slow-path: userspace");
	r = ofl_refusal_make(NIC_REASON_INSERT_FAILED);
	strcpy(r.detail, "no more");
	check_print(&r, "insert-failed (no more)");
}

/* Final refusals are not retried; of these, the addition of a port lifts those that depend on
 * ports. */
static void
test_refusal_kinds(void **state)
{
	(void)state;
	for (int i = 0; i < NIC_N_REASONS; i++) {
		if (ofl_refusal_by_ports(i))
			assert_true(ofl_refusal_is_final(i));
	}
	assert_false(ofl_refusal_is_final(NIC_REASON_TABLE_FULL));
	assert_false(ofl_refusal_is_final(NIC_REASON_INSERT_FAILED));
	assert_false(ofl_refusal_is_final(NIC_REASON_RESET));
	assert_false(ofl_refusal_is_final(NIC_REASON_NO_COUNTER));
	assert_true(ofl_refusal_is_final(NIC_REASON_FIELD));
	assert_true(ofl_refusal_is_final(NIC_REASON_ACTION));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delay_doubles),	cmocka_unit_test(test_retry_order),
		cmocka_unit_test(test_rate_holds),	cmocka_unit_test(test_rate_none),
		cmocka_unit_test(test_rate_in_advance), cmocka_unit_test(test_refusals_print),
		cmocka_unit_test(test_refusal_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
