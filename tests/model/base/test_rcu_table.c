/* SPDX-License-Identifier: Apache-2.0 */
/* A table keeps growing whatever its writers do, on a machine without a free core.
 *
 * Several threads add and remove entries while others keep all cores busy. Then the test counts
 * the links of each bucket in the table itself instead of trusting its own count. With a good
 * hash and at most one entry per bucket on average, the longest of 1,000,000 buckets has about
 * 10. */
#include <base/rcu_table.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_WRITERS 4
#define N_BURNERS 2
#define CHAIN_MAX 16
#define BATCH 64

struct item {
	struct cds_lfht_node node;
	struct rcu_deferred deferred;
	uint64_t id;
};

struct writer {
	struct rcu_table *table;
	pthread_t thread;
	uint64_t first;
	uint64_t n;
	struct item **items;
};

/* Mixes the bits of 'x' like splitmix64. */
static unsigned long
hash(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static int
has_id(struct cds_lfht_node *node, const void *key)
{
	RCU_ACQUIRE(node);
	return caa_container_of(node, struct item, node)->id == *(const uint64_t *)key;
}

static void
item_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct item, deferred));
}

static void
item_add(struct writer *w, uint64_t i)
{
	struct item *item = calloc(1, sizeof *item);

	assert_non_null(item);
	item->id = w->first + i;
	RCU_RELEASE(&item->node);
	rcu_table_add(w->table, hash(item->id), &item->node);
	w->items[i] = item;
}

static void
item_del(struct writer *w, uint64_t i)
{
	assert_int_equal(rcu_table_del(w->table, &w->items[i]->node), 0);
	rcu_defer(&w->items[i]->deferred, item_free);
}

/* Adds all its entries; every second one is removed and added again at once. */
static void *
writer_run(void *aux)
{
	struct writer *w = aux;

	rcu_thread_start();
	for (uint64_t i = 0; i < w->n; i++) {
		item_add(w, i);
		if (i % 2) {
			item_del(w, i - 1);
			item_add(w, i - 1);
		}
		if (i % BATCH == 0)
			rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void *
remover_run(void *aux)
{
	struct writer *w = aux;

	rcu_thread_start();
	for (uint64_t i = 0; i < w->n; i++) {
		item_del(w, i);
		if (i % BATCH == 0)
			rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void *
burn(void *stop)
{
	while (!atomic_load_explicit((atomic_bool *)stop, memory_order_relaxed))
		sched_yield();
	return NULL;
}

static void
run_all(struct writer *w, void *(*run)(void *))
{
	for (unsigned int i = 0; i < N_WRITERS; i++)
		assert_int_equal(pthread_create(&w[i].thread, NULL, run, &w[i]), 0);
	rcu_sleep();
	for (unsigned int i = 0; i < N_WRITERS; i++)
		assert_int_equal(pthread_join(w[i].thread, NULL), 0);
	rcu_wake();
}

/* Flags that rculfhash keeps in the low bits of a link. A node whose own link has BUCKET is the
 * head of a bucket. */
#define LINK_FLAGS 7UL
#define LINK_BUCKET 2UL

/* Returns the most entries between two heads, from this node to the end of the table. */
static unsigned long
longest_from(struct cds_lfht_node *node, unsigned long *n_entries)
{
	unsigned long chain = 0, longest = 0;

	*n_entries = 0;
	while (node) {
		uintptr_t link = (uintptr_t)uatomic_read(&node->next);

		if (link & LINK_BUCKET)
			chain = 0;
		else
			++*n_entries;
		if (!(link & LINK_BUCKET) && ++chain > longest)
			longest = chain;
		node = (struct cds_lfht_node *)(link & ~LINK_FLAGS);
	}
	return longest;
}

static unsigned long
longest_chain(struct rcu_table *t, unsigned long n_want)
{
	struct cds_lfht_iter iter;
	unsigned long n, longest;

	cds_lfht_first(t->ht, &iter);
	longest = longest_from(cds_lfht_iter_get_node(&iter), &n);
	/* The list ends with a node of the library, which lacks the BUCKET flag. */
	assert_in_range(n, n_want, n_want + 1);
	return longest;
}

static void
find_all(const struct writer *w)
{
	for (uint64_t i = 0; i < w->n; i++) {
		uint64_t id = w->first + i;

		assert_ptr_equal(rcu_table_find(w->table, hash(id), has_id, &id),
				 &w->items[i]->node);
	}
}

static void
fill_and_empty(uint64_t n_items)
{
	struct writer w[N_WRITERS];
	struct rcu_table *t = rcu_table_new(64);
	unsigned long longest;

	assert_non_null(t);
	for (unsigned int i = 0; i < N_WRITERS; i++) {
		w[i] = (struct writer){.table = t, .first = i * n_items, .n = n_items / N_WRITERS};
		w[i].items = calloc(w[i].n, sizeof *w[i].items);
		assert_non_null(w[i].items);
	}
	run_all(w, writer_run);
	rcu_drain();
	longest = longest_chain(t, n_items);
	if (longest > CHAIN_MAX)
		fail_msg("%lu entries: a chain of %lu, at most %u expected", (unsigned long)n_items,
			 longest, CHAIN_MAX);
	for (unsigned int i = 0; i < N_WRITERS; i++)
		find_all(&w[i]);
	assert_int_equal(rcu_table_free(t), -EPERM);
	run_all(w, remover_run);
	rcu_drain();
	assert_int_equal(rcu_table_free(t), 0);
	for (unsigned int i = 0; i < N_WRITERS; i++)
		free(w[i].items);
}

static void
loaded(uint64_t n_items, unsigned int n_tables)
{
	pthread_t burners[N_BURNERS];
	atomic_bool stop = false;

	for (unsigned int i = 0; i < N_BURNERS; i++)
		assert_int_equal(pthread_create(&burners[i], NULL, burn, &stop), 0);
	for (unsigned int i = 0; i < n_tables; i++)
		fill_and_empty(n_items);
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < N_BURNERS; i++)
		pthread_join(burners[i], NULL);
}

/* Many small tables: each may lose a growth at its first ones. */
static void
chains_at_1k(void **state)
{
	(void)state;
	loaded(1000, 200);
}

static void
chains_at_100k(void **state)
{
	(void)state;
	loaded(100000, 5);
}

static void
chains_at_1m(void **state)
{
	(void)state;
	loaded(1000000, 1);
}

/* A table may be freed while its growth is queued. */
static void
freed_before_its_growth(void **state)
{
	struct item *items = calloc(1000, sizeof *items);
	struct rcu_table *t = rcu_table_new(64);

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		items[i].id = i;
		rcu_table_add(t, hash(i), &items[i].node);
	}
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(rcu_table_del(t, &items[i].node), 0);
	assert_int_equal(rcu_table_free(t), 0);
	rcu_drain();
	free(items);
}

static void
equal_entries_are_added_once(void **state)
{
	struct item a = {.id = 7}, b = {.id = 7};
	struct rcu_table *t = rcu_table_new(64);

	(void)state;
	assert_ptr_equal(rcu_table_add_unique(t, hash(7), has_id, &a.id, &a.node), &a.node);
	assert_ptr_equal(rcu_table_add_unique(t, hash(7), has_id, &b.id, &b.node), &a.node);
	assert_int_equal(atomic_load(&t->n_entries), 1);
	assert_int_equal(rcu_table_del(t, &a.node), 0);
	assert_int_equal(rcu_table_del(t, &a.node), -ENOENT);
	assert_int_equal(rcu_table_free(t), 0);
}

static int
online(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
offline(void **state)
{
	(void)state;
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_entries_are_added_once),
		cmocka_unit_test(freed_before_its_growth),
		cmocka_unit_test(chains_at_1k),
		cmocka_unit_test(chains_at_100k),
		cmocka_unit_test(chains_at_1m),
	};

	return cmocka_run_group_tests(tests, online, offline);
}
