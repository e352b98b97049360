/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of ports: each port has its own for each handler, and it is found at the same cost with 4 ports and 400.
 * A process may have 1,024 descriptors. */
#include "channel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_HANDLERS 2
#define N_SEARCHES 1000
#define N_MOST 400

/* Port i has number 7 * i + 1. */
static uint32_t
number_of(unsigned int i)
{
	return 7 * i + 1;
}

static struct kdp_channels *
channels_with(unsigned int n)
{
	uint32_t pids[DP_HANDLERS_MAX];
	struct kdp_channels *ch;

	assert_int_equal(kdp_channels_create(true, 4096, 1, &ch), 0);
	assert_int_equal(kdp_channels_handlers_set(ch, N_HANDLERS), 0);
	for (unsigned int i = 0; i < n; i++)
		assert_true(kdp_channels_port_add(ch, number_of(i), pids) > 0);
	return ch;
}

static uint64_t
n_looks(struct kdp_channels *ch)
{
	struct kdp_channel_counts counts;

	kdp_channels_counts(ch, &counts);
	return counts.looks;
}

/* Returns the sockets that N_SEARCHES searches looked at. */
static uint64_t
searches_cost(unsigned int n)
{
	struct kdp_channels *ch = channels_with(n);
	uint64_t before = n_looks(ch), after;

	for (unsigned int i = 0; i < N_SEARCHES; i++)
		kdp_channels_pid(ch, number_of(i % n), i);
	after = n_looks(ch);
	kdp_channels_destroy(ch);
	return after - before;
}

static void
a_search_costs_the_same(void **state)
{
	(void)state;
	assert_int_equal(searches_cost(N_MOST / 100), N_SEARCHES);
	assert_int_equal(searches_cost(N_MOST), N_SEARCHES);
}

static void
each_port_has_sockets_of_its_own(void **state)
{
	struct kdp_channels *ch = channels_with(20);
	uint32_t of_none[DP_HANDLERS_MAX], pids[DP_HANDLERS_MAX], again[DP_HANDLERS_MAX];

	(void)state;
	assert_int_equal(kdp_channels_pids(ch, of_none), N_HANDLERS);
	for (unsigned int i = 0; i < 20; i++) {
		for (unsigned int j = 0; j < i; j++) {
			assert_int_not_equal(kdp_channels_pid(ch, number_of(i), 1),
					     kdp_channels_pid(ch, number_of(j), 1));
		}
		assert_int_not_equal(kdp_channels_pid(ch, number_of(i), 0),
				     kdp_channels_pid(ch, number_of(i), 1));
	}
	/* A port that is added again keeps its sockets. */
	kdp_channels_port_add(ch, number_of(3), pids);
	kdp_channels_port_add(ch, number_of(3), again);
	assert_int_equal(pids[0], again[0]);
	assert_int_equal(pids[0], kdp_channels_pid(ch, number_of(3), 0));
	/* One that is removed has those of no port; its slot serves another. */
	kdp_channels_port_del(ch, number_of(3));
	kdp_channels_port_del(ch, number_of(3));
	kdp_channels_port_del(ch, FLOW_PORT_NONE);
	assert_int_equal(kdp_channels_pid(ch, number_of(3), 1), of_none[1]);
	assert_int_equal(kdp_channels_pid(ch, FLOW_PORT_NONE, 1), of_none[1]);
	kdp_channels_port_add(ch, 60000, pids);
	assert_int_equal(kdp_channels_pid(ch, 60000, 0), pids[0]);
	assert_int_equal(kdp_channels_pid(ch, number_of(3), 1), of_none[1]);
	assert_int_equal(kdp_channels_port_overruns(ch, 60000), 0);
	assert_int_equal(kdp_channels_handlers_set(ch, 0), 0);
	assert_int_equal(kdp_channels_pid(ch, 60000, 0), UINT32_MAX);
	kdp_channels_destroy(ch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_costs_the_same),
		cmocka_unit_test(each_port_has_sockets_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
