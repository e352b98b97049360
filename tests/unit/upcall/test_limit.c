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
	/* 10,000 flows in 0.4 s: at that pace a sweep can take 25,000. */
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

#define N_PORTS 16

/* Ports that add flows while they are admitted, and sweeps that remove their surplus. */
struct host {
	unsigned int own[N_PORTS];
	unsigned int want[N_PORTS];
	unsigned int total;
	unsigned int limit;
};

static unsigned int
active(const struct host *h, unsigned int port)
{
	unsigned int n = 0;

	for (unsigned int p = 0; p < N_PORTS; p++)
		n += p == port || h->own[p];
	return n;
}

static bool
add_one(struct host *h, unsigned int p)
{
	if (h->own[p] >= h->want[p] || !limit_admits(h->own[p], h->total, h->limit, active(h, p)))
		return false;
	h->own[p]++;
	h->total++;
	assert_true(h->total <= h->limit);
	return true;
}

static void
fill(struct host *h)
{
	bool grew = true;

	while (grew) {
		grew = false;
		for (unsigned int p = 0; p < N_PORTS; p++)
			grew |= add_one(h, p);
	}
}

static void
sweep(struct host *h)
{
	unsigned int total = h->total, n_ports = 0;
	uint64_t all_above = 0;

	for (unsigned int p = 0; p < N_PORTS; p++)
		n_ports += h->own[p] || h->want[p];
	for (unsigned int p = 0; p < N_PORTS; p++)
		all_above += limit_above(h->own[p], h->limit, n_ports);
	for (unsigned int p = 0; p < N_PORTS; p++) {
		unsigned int n = limit_surplus(h->own[p], total, h->limit, n_ports, all_above);

		assert_true(h->own[p] - n >= h->limit / n_ports || !n);
		h->own[p] -= n;
		h->total -= n;
	}
}

static void
a_port_alone_has_the_whole_limit(void **state)
{
	static const unsigned int limits[] = {1, 7, 8, 1000, 200000};

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct host h = {.limit = limits[i], .want = {UINT32_MAX}};

		fill(&h);
		assert_int_equal(h.own[0], limits[i]);
		sweep(&h);
		assert_int_equal(h.own[0], limits[i]);
	}
}

/* Ports arrive one after the other at a full ledger. Each has its share after a few sweeps. */
static void
late_ports_get_their_share(void **state)
{
	struct host h = {.limit = 8192};

	(void)state;
	for (unsigned int n = 1; n <= N_PORTS; n++) {
		h.want[n - 1] = UINT32_MAX;
		for (unsigned int i = 0; i < 16; i++) {
			fill(&h);
			sweep(&h);
		}
		fill(&h);
		for (unsigned int p = 0; p < n; p++)
			assert_true(h.own[p] >= h.limit / n - h.limit / 8 / n - 1);
		assert_true(h.total >= h.limit - h.limit / 8);
	}
}

/* An uplink keeps nearly all entries beside guests with few flows, and the guests are admitted
 * at once. */
static void
small_ports_cost_an_uplink_little(void **state)
{
	struct host h = {.limit = 200000, .want = {UINT32_MAX}};

	(void)state;
	fill(&h);
	for (unsigned int p = 1; p < 10; p++)
		h.want[p] = 100;
	sweep(&h);
	fill(&h);
	sweep(&h);
	fill(&h);
	for (unsigned int p = 1; p < 10; p++)
		assert_int_equal(h.own[p], 100);
	assert_int_equal(h.own[0], 200000 - 200000 / 8 - 900);
	h.want[1] = 10000;
	fill(&h);
	assert_int_equal(h.own[1], 10000);
}

static void
full_is_full(void **state)
{
	(void)state;
	assert_false(limit_admits(0, 10, 10, 1));
	assert_false(limit_admits(0, 11, 10, 2));
	assert_false(limit_admits(0, 0, 0, 1));
	assert_true(limit_admits(999, 999, 8000, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_sweeps_cut),
		cmocka_unit_test(quick_sweeps_grow_slowly_to_the_configured_limit),
		cmocka_unit_test(no_growth_beyond_the_pace),
		cmocka_unit_test(lowered_maximum_holds_at_once),
		cmocka_unit_test(a_port_alone_has_the_whole_limit),
		cmocka_unit_test(late_ports_get_their_share),
		cmocka_unit_test(small_ports_cost_an_uplink_little),
		cmocka_unit_test(full_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
