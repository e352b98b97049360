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

static enum sweep_kind
next(struct schedule *s, struct schedule_want want, uint64_t now_ns)
{
	enum sweep_kind kind;
	uint64_t until_ns;

	want.until_ns = UINT64_MAX;
	return schedule_next(s, &want, now_ns, &kind, &until_ns) ? kind : SWEEP_N_KINDS;
}

static uint64_t
until(struct schedule *s, struct schedule_want want, uint64_t now_ns)
{
	enum sweep_kind kind;
	uint64_t until_ns;

	if (!want.until_ns)
		want.until_ns = UINT64_MAX;
	assert_false(schedule_next(s, &want, now_ns, &kind, &until_ns));
	return until_ns;
}

static const struct schedule_want nothing,
	changed = {.changed = true}, modified = {.modified = true, .changed = true},
	finish = {.finish = true, .modified = true}, open = {.open = true};

static struct schedule_want
asked(enum sweep_kind kind, struct schedule_want more)
{
	more.asked[kind] = true;
	return more;
}

static void
a_lone_change_does_not_wait(void **state)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER};

	(void)state;
	assert_int_equal(until(&s, nothing, 5 * S), FOREVER);
	assert_int_equal(next(&s, changed, 5 * S), SWEEP_POLICY);
	schedule_policy_ended(&s, 3 * MS, 5 * S + 4 * MS);
	assert_int_equal(until(&s, changed, 5 * S + 4 * MS), 5 * S + 16 * MS);
	assert_int_equal(until(&s, nothing, 5 * S + 4 * MS), FOREVER);
	assert_int_equal(until(&s, (struct schedule_want){.until_ns = 6 * S}, 5 * S), 6 * S);
	assert_int_equal(next(&s, changed, 5 * S + 16 * MS), SWEEP_POLICY);
}

/* Sweeps that callers requested, and those for counts of modified flows or for leaving flows,
 * start at once. */
static void
a_call_does_not_wait(void **state)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER, .change_ns = 9 * S};

	(void)state;
	for (enum sweep_kind k = SWEEP_FINISH; k < SWEEP_N_KINDS; k++)
		assert_int_equal(next(&s, asked(k, changed), 5 * S), k);
	assert_int_equal(next(&s, modified, 5 * S), SWEEP_COUNTS);
	assert_int_equal(next(&s, finish, 5 * S), SWEEP_FINISH);
	assert_int_equal(next(&s, asked(SWEEP_FLUSH, asked(SWEEP_FULL, nothing)), 5 * S),
			 SWEEP_FLUSH);
}

static void
full_sweeps_run_when_due(void **state)
{
	struct schedule s = {.interval_ns = S / 2};

	(void)state;
	assert_int_equal(next(&s, nothing, 1), SWEEP_FULL);
	schedule_full_ended(&s, S, S + MS);
	assert_int_equal(until(&s, nothing, S + MS), S + S / 2);
	assert_int_equal(next(&s, nothing, S + S / 2), SWEEP_FULL);
	/* A full sweep that takes longer than the interval is followed by a rest. */
	schedule_full_ended(&s, 2 * S, 3 * S);
	assert_int_equal(until(&s, nothing, 3 * S), 3 * S + SCHEDULE_FULL_REST_NS);
}

/* Urgent sweeps interrupt a full sweep, but it still gets every other pass. */
static void
full_sweeps_continue_between(void **state)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(next(&s, asked(SWEEP_POLICY, open), S), SWEEP_POLICY);
		assert_int_equal(next(&s, asked(SWEEP_POLICY, open), S), SWEEP_FULL);
	}
	assert_int_equal(next(&s, open, S), SWEEP_FULL);
	assert_int_equal(next(&s, open, S), SWEEP_FULL);
	assert_int_equal(next(&s, asked(SWEEP_COUNTS, open), S), SWEEP_COUNTS);
	/* A full sweep that is due waits no longer than one in progress. */
	s.full_next = false;
	assert_int_equal(next(&s, asked(SWEEP_POLICY, nothing), FOREVER), SWEEP_POLICY);
	assert_int_equal(next(&s, asked(SWEEP_POLICY, nothing), FOREVER), SWEEP_FULL);
}

/* Simulates a second of continuous changes. */
static void
flood(uint64_t cost_ns, unsigned int *n_sweeps, uint64_t *busy_ns)
{
	struct schedule s = {.interval_ns = FOREVER, .full_ns = FOREVER};
	uint64_t now_ns = 0;

	*n_sweeps = 0;
	*busy_ns = 0;
	while (now_ns < S) {
		if (next(&s, changed, now_ns) != SWEEP_POLICY) {
			now_ns = until(&s, changed, now_ns);
			continue;
		}
		now_ns += cost_ns;
		schedule_policy_ended(&s, cost_ns, now_ns);
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
		cmocka_unit_test(a_call_does_not_wait),
		cmocka_unit_test(full_sweeps_run_when_due),
		cmocka_unit_test(full_sweeps_continue_between),
		cmocka_unit_test(a_flood_of_changes_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
