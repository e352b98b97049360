/* SPDX-License-Identifier: Apache-2.0 */
/* The placement table, walked exhaustively. Allowed moves are made and recorded, forbidden moves
 * change nothing, and every state that is used can be reached and left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "placement.h"

#include <pthread.h>

/* Moves from SOFTWARE to 'to' by a shortest way. Returns false if there is none. */
static bool
bring(struct placement *p, enum ofl_placement to)
{
	int from[OFL_N_PLACEMENTS], queue[OFL_N_PLACEMENTS], n = 0, way[OFL_N_PLACEMENTS], k = 0;

	for (int i = 0; i < OFL_N_PLACEMENTS; i++)
		from[i] = -1;
	from[OFL_SOFTWARE] = OFL_SOFTWARE;
	queue[n++] = OFL_SOFTWARE;
	for (int i = 0; i < n; i++) {
		for (int next = 0; next < OFL_N_PLACEMENTS; next++) {
			if (from[next] < 0 && ofl_placement_allowed(queue[i], next)) {
				from[next] = queue[i];
				queue[n++] = next;
			}
		}
	}
	if (from[to] < 0)
		return false;
	for (int at = to; at != OFL_SOFTWARE; at = from[at])
		way[k++] = at;
	ofl_placement_init(p, "start");
	while (k--)
		ofl_placement_move(p, way[k]);
	return true;
}

static void
test_every_pair(void **state)
{
	(void)state;
	for (int from = 0; from < OFL_N_PLACEMENTS; from++) {
		for (int to = 0; to < OFL_N_PLACEMENTS; to++) {
			struct placement p;
			bool allowed = ofl_placement_allowed(from, to);

			if (!bring(&p, from)) {
				assert_int_equal(from, OFL_PARTIAL);
				continue;
			}
			assert_int_equal(ofl_placement_get(&p), from);
			p.where = "before";
			p.thread = 0;
			assert_int_equal(ofl_placement_try(&p, to, "here"), allowed);
			assert_int_equal(ofl_placement_get(&p), allowed ? to : from);
			assert_string_equal(p.where, allowed ? "here" : "before");
			assert_true(p.thread == (allowed ? (unsigned long)pthread_self() : 0));
			if (allowed)
				assert_int_equal(p.from, from);
		}
	}
}

static void
test_moves_are_as_in_the_table(void **state)
{
	static const uint8_t rows[][2] = {
		{OFL_SOFTWARE, OFL_PENDING}, {OFL_PENDING, OFL_HARDWARE},
		{OFL_PENDING, OFL_SOFTWARE}, {OFL_PENDING, OFL_LEAVING},
		{OFL_HARDWARE, OFL_LEAVING}, {OFL_HARDWARE, OFL_SOFTWARE},
		{OFL_HARDWARE, OFL_PENDING}, {OFL_LEAVING, OFL_SOFTWARE},
		{OFL_LEAVING, OFL_PENDING},
	};
	unsigned int n = 0;

	(void)state;
	for (int from = 0; from < OFL_N_PLACEMENTS; from++) {
		for (int to = 0; to < OFL_N_PLACEMENTS; to++)
			n += ofl_placement_allowed(from, to);
	}
	assert_int_equal(n, sizeof rows / sizeof rows[0]);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_true(ofl_placement_allowed(rows[i][0], rows[i][1]));
}

static void
test_where_is_a_line(void **state)
{
	struct placement p;

	(void)state;
	ofl_placement_init(&p, PLACEMENT_HERE);
	ofl_placement_move(&p, OFL_PENDING);
	assert_non_null(strstr(p.where, "test_placement.c:"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_moves_are_as_in_the_table),
		cmocka_unit_test(test_where_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
