/* SPDX-License-Identifier: Apache-2.0 */
/* Readers like workers, two writers and two walkers in parallel: the packets that readers count
 * equal those reported by deletions and the last walk. */
#include "few_values.h"
#include "rcu_group.h"

#include <count.h>
#include <lookup.h>

#include <base/lock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_READERS 2
#define N_WRITERS 2
#define N_FLOWS 64 /* per writer */
#define N_BATCHES 400
#define N_LOOPS_PER_YIELD 64

struct shared {
	struct swp_table *table;
	atomic_bool stop;
	uint64_t counted[N_READERS];
	uint64_t deleted[N_WRITERS];
};

struct role {
	struct shared *s;
	unsigned int index;
	pthread_t thread;
};

static const struct flow_actions no_actions;

/* The mark distinguishes each writer's flows. */
static void
make_match(struct rng *rng, unsigned int writer, struct flow_match *m)
{
	few_match(rng, 255 & ~rng_below(rng, 8), m);
	m->key.skb_mark = writer;
	m->mask.skb_mark = UINT32_MAX;
}

static void *
reader(void *aux)
{
	struct role *role = aux;
	struct shared *s = role->s;
	struct rng rng = {role->index + 100};
	struct swp_lookup l;
	unsigned int n_loops = 0;

	rcu_thread_start();
	assert_int_equal(swp_lookup_init(&l, s->table, role->index, 256, 0), 0);
	while (!atomic_load_explicit(&s->stop, memory_order_acquire)) {
		struct flow_key keys[SWP_KEYS_MAX];
		struct swp_head heads[SWP_KEYS_MAX];
		uint32_t slots[SWP_KEYS_MAX];

		for (unsigned int i = 0; i < SWP_KEYS_MAX; i++) {
			few_key(&rng, &keys[i]);
			keys[i].skb_mark = rng_below(&rng, N_WRITERS);
			keys[i].in_port = keys[0].in_port;
			swp_head_of_key(&keys[i], &heads[i]);
		}
		swp_lookup_run(&l, keys[0].in_port, heads, keys, SWP_KEYS_MAX, slots);
		for (unsigned int i = 0; i < SWP_KEYS_MAX; i++) {
			if (!slots[i])
				continue;
			count_add(&l.slab->counts[role->index][slots[i]].packets, 1);
			s->counted[role->index]++;
		}
		rcu_quiesce();
		if (++n_loops % N_LOOPS_PER_YIELD == 0)
			sched_yield();
	}
	rcu_thread_stop();
	swp_lookup_free(&l);
	return NULL;
}

static void
delete_some(struct shared *s, struct rng *rng, struct flow_ufid *ufids, bool *live, unsigned int w)
{
	const struct swp_slab *slab = swp_table_slab(s->table);
	struct swp_grave g = {0};

	for (unsigned int i = 0; i < N_FLOWS; i++) {
		if (!live[i] || rng_below(rng, 4))
			continue;
		assert_int_equal(swp_table_unlink(s->table, &ufids[i], &g), 0);
		live[i] = false;
	}
	swp_grave_settle(&g);
	for (uint32_t slot = g.first; slot; slot = slab->flows[slot].next) {
		struct flow_stats stats;

		swp_slot_stats(slab, slot, &stats);
		s->deleted[w] += stats.packets;
	}
	swp_grave_free(s->table, &g);
}

static void *
writer(void *aux)
{
	struct role *role = aux;
	struct rng rng = {role->index + 1};
	struct flow_ufid ufids[N_FLOWS];
	bool live[N_FLOWS] = {false};
	struct swp_grave g = {0};

	rcu_thread_start();
	for (unsigned int b = 0; b < N_BATCHES; b++) {
		for (unsigned int i = 0; i < N_FLOWS; i++) {
			struct flow_match m;

			if (live[i])
				continue;
			make_match(&rng, role->index, &m);
			ufids[i] = flow_ufid_make(&m);
			live[i] = !swp_table_put(role->s->table, &ufids[i], &m, &no_actions, &g);
		}
		assert_true(swp_grave_is_empty(&g));
		delete_some(role->s, &rng, ufids, live, role->index);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static uint64_t
sum_left(struct swp_table *t)
{
	struct dp_flow_stat out[16];
	struct swp_walk walk;
	uint64_t sum = 0;
	int n;

	swp_walk_begin(&walk, t, DP_DUMP_ALL);
	while ((n = swp_walk_next(&walk, t, out, 16)) >= 0) {
		for (int i = 0; i < n; i++)
			sum += out[i].stats.packets;
	}
	return sum;
}

static void
test_counts_are_exact(void **state)
{
	struct role readers[N_READERS], writers[N_WRITERS];
	uint64_t counted = 0, reported = 0;
	struct shared s = {0};

	(void)state;
	assert_int_equal(swp_table_create(9, N_READERS, &s.table), 0);
	for (unsigned int i = 0; i < N_READERS; i++) {
		readers[i] = (struct role){.s = &s, .index = i};
		pthread_create(&readers[i].thread, NULL, reader, &readers[i]);
	}
	for (unsigned int i = 0; i < N_WRITERS; i++) {
		writers[i] = (struct role){.s = &s, .index = i};
		pthread_create(&writers[i].thread, NULL, writer, &writers[i]);
	}
	rcu_sleep();
	for (unsigned int i = 0; i < N_WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	atomic_store(&s.stop, true);
	for (unsigned int i = 0; i < N_READERS; i++)
		pthread_join(readers[i].thread, NULL);
	rcu_wake();
	for (unsigned int i = 0; i < N_READERS; i++)
		counted += s.counted[i];
	for (unsigned int i = 0; i < N_WRITERS; i++)
		reported += s.deleted[i];
	reported += sum_left(s.table);
	assert_true(counted > 0);
	assert_int_equal(reported, counted);
	swp_table_destroy(s.table);
}

#define N_WALKED 5000

struct walker {
	struct swp_table *table;
	struct swp_walk *walk;
	_Atomic uint8_t *seen; /* by ufid.hi */
	pthread_t thread;
};

static void *
walker(void *aux)
{
	struct walker *w = aux;
	struct dp_flow_stat out[13];
	int n;

	rcu_thread_start();
	while ((n = swp_walk_next(w->walk, w->table, out, 13)) >= 0) {
		for (int i = 0; i < n; i++)
			atomic_fetch_add(&w->seen[out[i].ufid.hi], 1);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void
test_shared_walk_sees_each_once(void **state)
{
	static _Atomic uint8_t seen[N_WALKED];
	struct swp_table *table;
	struct swp_grave g = {0};
	struct walker w[2];
	struct swp_walk walk;

	(void)state;
	assert_int_equal(swp_table_create(9, 1, &table), 0);
	for (uint64_t i = 0; i < N_WALKED; i++) {
		struct flow_match m = {.key.skb_mark = (uint32_t)i, .mask.skb_mark = UINT32_MAX};
		struct flow_ufid ufid = {i, i * 3};

		assert_int_equal(swp_table_put(table, &ufid, &m, &no_actions, &g), 0);
	}
	swp_walk_begin(&walk, table, DP_DUMP_ALL);
	rcu_sleep();
	for (unsigned int i = 0; i < 2; i++) {
		w[i] = (struct walker){.table = table, .walk = &walk, .seen = seen};
		pthread_create(&w[i].thread, NULL, walker, &w[i]);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(w[i].thread, NULL);
	rcu_wake();
	for (unsigned int i = 0; i < N_WALKED; i++)
		assert_int_equal(seen[i], 1);
	swp_table_destroy(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts_are_exact),
		cmocka_unit_test(test_shared_walk_sees_each_once),
	};

	return cmocka_run_group_tests(tests, rcu_group_start, rcu_group_stop);
}
