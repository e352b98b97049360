/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment of queues to workers against the best one, found by trying all. */
#include <balance.h>

#include <support/rng.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define QUEUES_MAX 8
#define WORKERS_MAX 4
#define N_ROUNDS 20000

static uint64_t
busiest_of(const struct swp_balance_queue *q, unsigned int n, bool to)
{
	uint64_t loads[WORKERS_MAX] = {0}, max = 0;

	for (unsigned int i = 0; i < n; i++)
		loads[to ? q[i].to : q[i].from] += q[i].load;
	for (unsigned int i = 0; i < WORKERS_MAX; i++)
		max = loads[i] > max ? loads[i] : max;
	return max;
}

/* Returns the least load of the busiest worker over all assignments. */
static uint64_t
best(const struct swp_balance_queue *q, unsigned int n, unsigned int n_workers)
{
	struct swp_balance_queue tried[QUEUES_MAX];
	uint64_t min = UINT64_MAX;
	unsigned int n_all = 1;

	memcpy(tried, q, n * sizeof *q);
	for (unsigned int i = 0; i < n; i++)
		n_all *= n_workers;
	for (unsigned int code = 0; code < n_all; code++) {
		unsigned int rest = code;
		uint64_t load;

		for (unsigned int i = 0; i < n; i++, rest /= n_workers)
			tried[i].to = rest % n_workers;
		load = busiest_of(tried, n, true);
		min = load < min ? load : min;
	}
	return min;
}

static unsigned int
random_queues(struct rng *r, unsigned int n_workers, struct swp_balance_queue *q)
{
	unsigned int n = rng_below(r, QUEUES_MAX + 1);

	for (unsigned int i = 0; i < n; i++)
		q[i] = (struct swp_balance_queue){
			.load = rng_below(r, 4) ? rng_below(r, 600) : 0,
			.from = rng_below(r, n_workers),
			.to = 99,
		};
	return n;
}

static unsigned int
n_moved(const struct swp_balance_queue *q, unsigned int n)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += q[i].from != q[i].to;
	return sum;
}

/* Sums of loads and of workers, by which reordered queues are recognised as the same. */
static uint64_t
identity(const struct swp_balance_queue *q, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += (q[i].load * 31 + q[i].from + 1) * (q[i].load + 7);
	return sum;
}

static void
busiest_is_near_the_best(void **state)
{
	struct swp_balance_queue q[QUEUES_MAX];
	unsigned int n_worth = 0;
	struct rng r = {1};

	(void)state;
	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		unsigned int m = 1 + rng_below(&r, i % 20 ? 3 : WORKERS_MAX);
		unsigned int n = random_queues(&r, m, q);
		uint64_t gain = rng_below(&r, 3) ? 0 : rng_below(&r, 300);
		uint64_t before = busiest_of(q, n, false), same = identity(q, n);
		struct swp_balance b = swp_balance(q, n, m, gain);

		assert_int_equal(identity(q, n), same);
		assert_int_equal(b.before, before);
		assert_int_equal(b.after, busiest_of(q, n, true));
		assert_int_equal(b.n_moved, n_moved(q, n));
		for (unsigned int k = 0; k < n; k++) {
			assert_true(q[k].to < m);
			assert_true(q[k].load || q[k].to == q[k].from);
		}
		if (b.n_moved) {
			assert_true(b.before > b.after + gain);
			n_worth++;
		}
		/* Without a threshold, the result is the better of LPT and what was. */
		if (!gain)
			assert_true(3 * m * b.after <= (4 * m - 1) * best(q, n, m));
	}
	assert_true(n_worth > N_ROUNDS / 10);
}

/* One queue is hot; moving it would only move the load. */
static void
one_hot_queue_stays(void **state)
{
	struct swp_balance_queue q[] = {{.load = 900, .from = 1}, {.from = 1}, {.from = 0}};
	struct swp_balance b = swp_balance(q, 3, 2, 0);

	(void)state;
	assert_int_equal(b.n_moved, 0);
	assert_int_equal(b.after, 900);
}

static void
second_hot_queue_moves(void **state)
{
	struct swp_balance_queue q[] = {{.load = 500}, {.load = 450}, {.load = 10, .from = 1}};
	struct swp_balance b = swp_balance(q, 3, 2, 100);

	(void)state;
	assert_int_equal(b.before, 950);
	assert_int_equal(b.after, 500);
	assert_int_equal(b.n_moved, 1);
	assert_int_equal(q[1].load, 450);
	assert_int_equal(q[1].to, 1);
	assert_int_equal(swp_balance(q, 0, 2, 100).n_moved, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busiest_is_near_the_best),
		cmocka_unit_test(one_hot_queue_stays),
		cmocka_unit_test(second_hot_queue_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
