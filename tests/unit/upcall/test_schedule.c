/* SPDX-License-Identifier: Apache-2.0 */
#include "schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define FOREVER (3600 * S)

static void
expect(const struct schedule *s, struct schedule_want want, uint64_t now_ns, enum sweep_kind kind)
{
	enum sweep_kind chosen;
	uint64_t until_ns;

	assert_true(schedule_next(s, &want, now_ns, &chosen, &until_ns));
	assert_int_equal(chosen, kind);
}

static void
expect_wait(const struct schedule *s, struct schedule_want want, uint64_t now_ns, uint64_t want_ns)
{
	enum sweep_kind chosen;
	uint64_t until_ns;

	assert_false(schedule_next(s, &want, now_ns, &chosen, &until_ns));
	assert_int_equal(until_ns, want_ns);
}

static void
a_lone_change_does_not_wait(void **state)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER};
	const struct schedule_want nothing = {.asked = false}, changed = {.changed = true};

	(void)state;
	expect_wait(&s, nothing, 5 * S, FOREVER);
	expect(&s, changed, 5 * S, SWEEP_POLICY);
	schedule_ended(&s, SWEEP_POLICY, 5 * S, 3 * MS, 5 * S + 4 * MS);
	expect_wait(&s, changed, 5 * S + 4 * MS, 5 * S + 16 * MS);
	expect_wait(&s, nothing, 5 * S + 4 * MS, FOREVER);
	expect(&s, changed, 5 * S + 16 * MS, SWEEP_POLICY);
}

/* What callers ask for, and counts of flows that were modified, wait for nothing. */
static void
who_asks_does_not_wait(void **state)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER, .change_ns = 9 * S};

	(void)state;
	for (enum sweep_kind k = SWEEP_COUNTS; k <= SWEEP_FLUSH; k++)
		expect(&s, (struct schedule_want){.asked = true, .asked_kind = k, .changed = true},
		       5 * S, k);
	expect(&s, (struct schedule_want){.modified = true, .changed = true}, 5 * S, SWEEP_COUNTS);
}

static void
full_sweeps_come_when_due(void **state)
{
	struct schedule s = {.interval_ns = S / 2};
	struct schedule_want busy = {
		.asked = true, .asked_kind = SWEEP_POLICY, .changed = true, .modified = true};

	(void)state;
	expect(&s, busy, 1, SWEEP_FULL);
	schedule_ended(&s, SWEEP_FULL, S, MS, S + MS);
	expect(&s, busy, S + S / 2 - 1, SWEEP_POLICY);
	schedule_ended(&s, SWEEP_POLICY, S, MS, S + S / 2 - 1);
	expect(&s, busy, S + S / 2, SWEEP_FULL);
	busy.asked_kind = SWEEP_FLUSH;
	expect(&s, busy, S + S / 2, SWEEP_FLUSH);
	/* One that takes longer than the interval rests. */
	schedule_ended(&s, SWEEP_FLUSH, 2 * S, S, 3 * S);
	expect_wait(&s, (struct schedule_want){.asked = false}, 3 * S,
		    3 * S + SCHEDULE_FULL_REST_NS);
}

/* A second of changes without end, by a simulated clock. */
static void
flood(uint64_t cost_ns, unsigned int *n_sweeps, uint64_t *busy_ns)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER};
	const struct schedule_want changed = {.changed = true};
	enum sweep_kind kind;
	uint64_t now_ns = 0, until_ns;

	*n_sweeps = 0;
	*busy_ns = 0;
	while (now_ns < S) {
		if (!schedule_next(&s, &changed, now_ns, &kind, &until_ns)) {
			now_ns = until_ns;
			continue;
		}
		schedule_ended(&s, kind, now_ns, cost_ns, now_ns + cost_ns);
		now_ns += cost_ns;
		*busy_ns += cost_ns;
		++*n_sweeps;
	}
}

static void
a_flood_of_changes_is_bounded(void **state)
{
	unsigned int n_sweeps;
	uint64_t busy_ns;

	(void)state;
	for (uint64_t cost_ns = 1000; cost_ns <= 100 * MS; cost_ns *= 10) {
		flood(cost_ns, &n_sweeps, &busy_ns);
		assert_in_range(n_sweeps, 2, S / SCHEDULE_REST_MIN_NS + 1);
		assert_true(busy_ns <= S / (1 + SCHEDULE_REST_FACTOR) + cost_ns);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lone_change_does_not_wait),
		cmocka_unit_test(who_asks_does_not_wait),
		cmocka_unit_test(full_sweeps_come_when_due),
		cmocka_unit_test(a_flood_of_changes_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
