/* SPDX-License-Identifier: Apache-2.0 */
/* Readers concurrent with the writer: at every version a reader finds exactly the rules of that
 * version, while other rules are added to and removed from the same subtables. */
#include "random_rules.h"

#include "table/rule_change.h"
#include "table/table.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define N_READERS 2
#define N_VERSIONS 1500
#define N_STABLE 64
#define N_CHURN 24
#define STABLE_PRIORITY 1000
#define FLIP_PRIORITY 2000
#define FLIP_ADDRESS 0x0bffffff /* big-endian; address of the rule that every version replaces */
#define FLIP_COOKIE_BASE 1000000

struct world {
	struct tables *t;
	atomic_bool stop;
	atomic_ulong n_wrong, n_lookups;
	struct xlate_actions *drop;
};

/* Even versions match nw_dst=address/32, odd ones nw_dst and nw_src; stable addresses are even. */
static struct xlate_match
match_of(uint32_t address, bool with_src)
{
	struct xlate_match m;

	memset(&m, 0, sizeof m);
	m.key.flow.nw_dst = address;
	m.mask.flow.nw_dst = UINT32_MAX;
	if (with_src) {
		m.key.flow.nw_src = address;
		m.mask.flow.nw_src = UINT32_MAX;
	}
	return m;
}

static void
add(struct change *c, struct world *w, const struct xlate_match *m, uint16_t priority,
    uint64_t cookie)
{
	struct rule_config config = {
		.match = m, .actions = w->drop, .priority = priority, .cookie = cookie};

	if (change_add(c, &config))
		abort();
}

static uint32_t
stable_address(uint32_t i)
{
	return i * 0x01010102u;
}

static void
read_once(struct world *w, struct rng *rng)
{
	uint64_t version = tables_version(w->t);
	uint32_t i = rng_below(rng, N_STABLE);
	struct xlate_match stable = match_of(stable_address(i), true);
	struct xlate_match flip = match_of(FLIP_ADDRESS, false);
	struct xlate_key mask;
	const struct rule *r;

	memset(&mask, 0, sizeof mask);
	r = tables_lookup(w->t, 0, version, &stable.key, &mask, NULL);
	if (!r || r->cookie != i)
		atomic_fetch_add(&w->n_wrong, 1);
	r = tables_lookup(w->t, 0, version, &flip.key, &mask, NULL);
	if (!r || r->cookie != FLIP_COOKIE_BASE + version)
		atomic_fetch_add(&w->n_wrong, 1);

	struct xlate_match churn = match_of((uint32_t)rng_u64(rng) | 1, rng_below(rng, 2));

	tables_lookup(w->t, 0, version, &churn.key, &mask, NULL);
	atomic_fetch_add_explicit(&w->n_lookups, 3, memory_order_relaxed);
}

static void *
reader(void *aux)
{
	struct world *w = aux;
	struct rng rng = {.state = (uint64_t)(uintptr_t)&rng};

	rcu_thread_start();
	while (!atomic_load(&w->stop)) {
		for (int i = 0; i < 16; i++)
			read_once(w, &rng);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void
fill(struct world *w)
{
	struct xlate_match flip = match_of(FLIP_ADDRESS, false);
	struct change c;

	assert_int_equal(change_begin(w->t, &c), 0);
	for (uint32_t i = 0; i < N_STABLE; i++) {
		struct xlate_match m = match_of(stable_address(i), i % 2);

		add(&c, w, &m, STABLE_PRIORITY, i);
	}
	add(&c, w, &flip, FLIP_PRIORITY, FLIP_COOKIE_BASE + c.version);
	change_commit(&c);
}

/* Writes one version: replaces the flip rule, adds and removes some others. */
static void
write_once(struct world *w, struct rng *rng)
{
	struct xlate_match flip = match_of(FLIP_ADDRESS, false);
	bool abort_first = !rng_below(rng, 8);
	struct change c;

	if (change_begin(w->t, &c))
		abort();

	struct rule_private *old = tables_find(w->t, 0, c.version, &flip, FLIP_PRIORITY);

	add(&c, w, &flip, FLIP_PRIORITY, FLIP_COOKIE_BASE + c.version);
	change_remove(&c, old);
	for (int i = 0; i < 4; i++) {
		uint32_t n = rng_below(rng, N_CHURN);
		struct xlate_match m = match_of(stable_address(n) + 1, n % 2);
		struct rule_private *r = tables_find(w->t, 0, c.version, &m, (uint16_t)n);

		if (r)
			change_remove(&c, r);
		else
			add(&c, w, &m, (uint16_t)n, 0);
	}
	if (abort_first) {
		change_abort(&c);
		write_once(w, rng);
	} else {
		change_commit(&c);
	}
}

static void
test_versions_seen_whole(void **state)
{
	struct rng rng = {.state = 1};
	struct world w = {0};
	pthread_t thread[N_READERS];

	(void)state;
	w.drop = calloc(1, sizeof *w.drop + sizeof w.drop->a[0]);
	assert_non_null(w.drop);
	w.drop->n = 1;
	w.drop->a[0].type = XLATE_ACT_DROP;
	assert_int_equal(tables_create(1, XLATE_RULES_MAX, &w.t), 0);
	fill(&w);
	for (int i = 0; i < N_READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reader, &w), 0);
	/* On a busy machine readers might start only after all writes. */
	for (int i = 0; i < 10000 && !atomic_load(&w.n_lookups); i++) {
		rcu_quiesce();
		usleep(1000);
	}
	for (int i = 0; i < N_VERSIONS; i++) {
		write_once(&w, &rng);
		rcu_quiesce();
		if (i % 16 == 0)
			sched_yield();
	}
	atomic_store(&w.stop, true);
	rcu_sleep();
	for (int i = 0; i < N_READERS; i++)
		pthread_join(thread[i], NULL);
	rcu_wake();
	assert_int_equal(atomic_load(&w.n_wrong), 0);
	assert_true(atomic_load(&w.n_lookups) > 0);
	tables_destroy(w.t);
	free(w.drop);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_versions_seen_whole)};

	rcu_thread_start();

	int rc = cmocka_run_group_tests(tests, NULL, NULL);

	rcu_drain();
	rcu_thread_stop();
	return rc;
}
