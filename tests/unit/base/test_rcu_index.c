/* SPDX-License-Identifier: Apache-2.0 */
#include <base/rcu_index.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct item {
	uint64_t hash, id;
	unsigned int n_visits;
	struct rcu_deferred deferred;
};

static unsigned int n_compared;

/* Mixes the bits of 'x' like splitmix64. */
static uint64_t
mixed(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t
hash_of(const void *item)
{
	return ((const struct item *)item)->hash;
}

static bool
has_id(const void *item, const void *key)
{
	n_compared++;
	return ((const struct item *)item)->id == *(const uint64_t *)key;
}

/* For several threads. */
static bool
is_id(const void *item, const void *key)
{
	return ((const struct item *)item)->id == *(const uint64_t *)key;
}

static struct item *
find(const struct rcu_index *x, uint64_t hash, uint64_t id)
{
	return rcu_index_find(x, hash, has_id, &id);
}

static void
add(struct rcu_index *x, struct item *i)
{
	assert_ptr_equal(rcu_index_add_unique(x, i->hash, has_id, &i->id, i), i);
}

static void
del(struct rcu_index *x, const struct item *i)
{
	assert_int_equal(rcu_index_del(x, i->hash, i), 0);
	assert_int_equal(rcu_index_del(x, i->hash, i), -ENOENT);
}

static struct item *
items_new(unsigned int n)
{
	struct item *items = calloc(n, sizeof *items);

	assert_non_null(items);
	for (unsigned int i = 0; i < n; i++) {
		items[i].id = i;
		items[i].hash = mixed(i);
	}
	return items;
}

static unsigned int
n_extra_lines(const struct rcu_index *x)
{
	unsigned int n = 0;

	for (uint64_t i = 0; i <= x->lines->n_mask; i++) {
		const struct rcu_index_line *l = &x->lines->line[i];

		while ((l = atomic_load(&l->more)))
			n++;
	}
	return n;
}

/* With n items: a lookup of an absent one reads no item but in 1 of 64 cases by chance; of a
 * present one, 1.1 on average; few lines have another one behind them. */
static void
costs(unsigned int n)
{
	struct item *items = items_new(n);
	unsigned int n_lines;
	struct rcu_index x;

	assert_int_equal(rcu_index_init(&x, hash_of), 0);
	for (unsigned int i = 0; i < n; i++) {
		add(&x, &items[i]);
		if (i % 64 == 0)
			rcu_quiesce();
	}
	n_compared = 0;
	for (unsigned int i = 0; i < n; i++)
		assert_null(find(&x, mixed((uint64_t)n + i), (uint64_t)n + i));
	assert_true(n_compared <= n / 32 + 2);
	n_compared = 0;
	for (unsigned int i = 0; i < n; i++)
		assert_ptr_equal(find(&x, items[i].hash, i), &items[i]);
	assert_in_range(n_compared, n, n + n / 32 + 2);
	n_lines = (unsigned int)x.lines->n_mask + 1;
	assert_true(n_lines <= 4 || n_lines < n);
	assert_true(n_extra_lines(&x) <= n_lines / 8 + 1);
	assert_int_equal(rcu_index_destroy(&x), -EPERM);
	for (unsigned int i = 0; i < n; i++)
		del(&x, &items[i]);
	assert_int_equal(rcu_index_destroy(&x), 0);
	free(items);
}

static void
a_lookup_reads_one_line(void **state)
{
	(void)state;
	costs(1);
	costs(1000);
	costs(100000);
}

static void
equal_items_are_refused(void **state)
{
	struct item a = {.hash = 5, .id = 1}, b = {.hash = 5, .id = 1}, c = {.hash = 5, .id = 2};
	struct rcu_index x;

	(void)state;
	assert_int_equal(rcu_index_init(&x, hash_of), 0);
	add(&x, &a);
	assert_ptr_equal(rcu_index_add_unique(&x, 5, has_id, &b.id, &b), &a);
	add(&x, &c);
	del(&x, &a);
	add(&x, &b);
	assert_ptr_equal(find(&x, 5, 1), &b);
	assert_ptr_equal(find(&x, 5, 2), &c);
	del(&x, &b);
	del(&x, &c);
	assert_null(find(&x, 5, 1));
	assert_int_equal(rcu_index_destroy(&x), 0);
}

/* Items of one hash fill lines behind one line, however often the table doubles. */
static void
one_hash_may_have_many_items(void **state)
{
	struct item *items = items_new(300);
	struct rcu_index x;

	(void)state;
	assert_int_equal(rcu_index_init(&x, hash_of), 0);
	for (unsigned int i = 0; i < 300; i++) {
		items[i].hash = UINT64_MAX;
		add(&x, &items[i]);
	}
	for (unsigned int i = 0; i < 300; i++)
		assert_ptr_equal(find(&x, UINT64_MAX, i), &items[i]);
	for (unsigned int i = 0; i < 300; i++)
		del(&x, &items[i]);
	assert_int_equal(rcu_index_destroy(&x), 0);
	free(items);
}

static void
visit(void *item, void *aux)
{
	((struct item *)item)->n_visits++;
	++*(unsigned int *)aux;
}

/* Of 6,000 items, the first 1,000 stay during the walk. After each step a later item is removed or
 * added, so the table doubles several times. */
static void
a_walk_visits_each_item_once(void **state)
{
	enum { N_STAY = 1000, N = 6000 };
	struct item *items = items_new(N);
	struct rcu_index_walk w = {0};
	unsigned int n = 0, n_added = N_STAY + 100;
	struct rcu_index x;

	(void)state;
	items[7].hash = UINT64_MAX;
	items[8].hash = UINT64_MAX;
	items[9].hash = UINT64_MAX - 1;
	items[10].hash = UINT64_MAX >> 1;
	items[11].hash = 0;
	assert_int_equal(rcu_index_init(&x, hash_of), 0);
	for (unsigned int i = 0; i < n_added; i++)
		add(&x, &items[i]);
	while (rcu_index_step(&x, &w, visit, &n)) {
		rcu_quiesce();
		for (unsigned int i = 0; i < 4 && n_added < N; i++)
			add(&x, &items[n_added++]);
		del(&x, &items[n_added - 2]);
		add(&x, &items[n_added - 2]);
	}
	for (unsigned int i = 0; i < N; i++) {
		assert_true(items[i].n_visits <= 1);
		assert_true(i >= N_STAY || items[i].n_visits);
	}
	assert_false(rcu_index_step(&x, &w, visit, &n));
	for (unsigned int i = 0; i < n_added; i++)
		del(&x, &items[i]);
	assert_int_equal(rcu_index_destroy(&x), 0);
	free(items);
}

struct readers {
	struct rcu_index x;
	struct item *stay;
	_Atomic bool stop;
};

#define N_STAY 200

static void *
reader_run(void *aux)
{
	struct readers *r = aux;

	rcu_thread_start();
	while (!atomic_load(&r->stop)) {
		for (uint64_t i = 0; i < N_STAY; i++) {
			uint64_t hash = mixed(i);

			if (rcu_index_find(&r->x, hash, is_id, &i) != &r->stay[i])
				abort();
		}
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void
item_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct item, deferred));
}

static void
come_and_go(struct rcu_index *x, struct item **live, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		live[i] = calloc(1, sizeof *live[i]);
		assert_non_null(live[i]);
		live[i]->id = N_STAY + i;
		live[i]->hash = mixed(live[i]->id);
		add(x, live[i]);
		if (i % 3)
			continue;
		del(x, live[i]);
		rcu_defer(&live[i]->deferred, item_free);
		live[i] = NULL;
	}
	for (unsigned int i = 0; i < n; i++) {
		if (!live[i])
			continue;
		del(x, live[i]);
		rcu_defer(&live[i]->deferred, item_free);
	}
	rcu_quiesce();
}

/* Items that stay are found at any time, while others come and go and the table doubles. */
static void
readers_find_what_stays(void **state)
{
	enum { N = 20000 };
	struct item **live = calloc(N, sizeof *live);
	struct readers r = {.stay = items_new(N_STAY)};
	pthread_t thread;

	(void)state;
	assert_non_null(live);
	assert_int_equal(rcu_index_init(&r.x, hash_of), 0);
	for (unsigned int i = 0; i < N_STAY; i++)
		add(&r.x, &r.stay[i]);
	assert_int_equal(pthread_create(&thread, NULL, reader_run, &r), 0);
	come_and_go(&r.x, live, N);
	atomic_store(&r.stop, true);
	rcu_sleep();
	pthread_join(thread, NULL);
	rcu_wake();
	for (unsigned int i = 0; i < N_STAY; i++)
		del(&r.x, &r.stay[i]);
	rcu_drain();
	assert_int_equal(rcu_index_destroy(&r.x), 0);
	free(r.stay);
	free(live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lookup_reads_one_line),
		cmocka_unit_test(equal_items_are_refused),
		cmocka_unit_test(one_hash_may_have_many_items),
		cmocka_unit_test(a_walk_visits_each_item_once),
		cmocka_unit_test(readers_find_what_stays),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_drain();
	rcu_thread_stop();
	return rc;
}
