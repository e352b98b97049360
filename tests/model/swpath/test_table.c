/* SPDX-License-Identifier: Apache-2.0 */
/* The megaflow table, its classifier and a flow cache against a linear scan over an array. */
#include "random_match.h"

#include <cache.h>
#include <table.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define N_FLOWS 96
#define N_STEPS 30000
#define CACHE_ENTRIES 64

struct twin {
	bool live;
	struct flow_match match;
	struct flow_ufid ufid;
	uint64_t packets;
};

struct model {
	struct rng rng;
	uint32_t unique_parts; /* the only mask, so that no two flows match one packet; 0: any
			        * masks */
	struct swp_table *table;
	struct swp_cache cache;
	struct swp_view views[SWP_TABLE_SCOPES];
	struct twin twins[N_FLOWS];
	unsigned int n_live;
};

static const struct flow_actions no_actions;

static struct twin *
twin_of(struct model *m, const struct flow_ufid *u)
{
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		if (m->twins[i].live && flow_ufid_equal(&m->twins[i].ufid, u))
			return &m->twins[i];
	}
	return NULL;
}

static unsigned int
n_covering(const struct model *m, const struct flow_key *k)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < N_FLOWS; i++)
		n += m->twins[i].live && flow_match_covers(&m->twins[i].match, k);
	return n;
}

/* Looks up like a worker. */
static struct swp_rule *
look_up(struct model *m, const struct flow_key *k)
{
	uint64_t hash = swp_cache_hash(k, 7), n_searched = 0;
	struct swp_rule *r;

	swp_cache_epoch_set(&m->cache, swp_table_epoch(m->table));
	r = swp_cache_lookup(&m->cache, hash, k);
	if (r)
		return r;
	r = swp_table_lookup(m->table, m->views, k, &n_searched);
	assert_true(n_searched <= swp_table_n_masks(m->table));
	if (r)
		swp_cache_insert(&m->cache, hash, r);
	return r;
}

static void
step_look_up(struct model *m)
{
	struct flow_key k;
	struct swp_rule *r;
	struct twin *t;

	random_key(&m->rng, &k);
	r = look_up(m, &k);
	if (!r) {
		assert_int_equal(n_covering(m, &k), 0);
		return;
	}
	t = twin_of(m, &swp_flow_of_rule(r)->ufid);
	assert_non_null(t);
	assert_true(flow_match_covers(&t->match, &k));
	assert_true(swp_rule_covers(r, &k));
	assert_true(!m->unique_parts || n_covering(m, &k) == 1);
	swp_flow_of_rule(r)->counts[0].packets++;
	t->packets++;
}

static void
make_match(struct model *m, struct flow_match *match)
{
	if (m->unique_parts)
		random_match(&m->rng, m->unique_parts, match);
	else
		random_match(&m->rng, rng_below(&m->rng, 256), match);
}

static void
step_put(struct model *m)
{
	struct twin *t = &m->twins[rng_below(&m->rng, N_FLOWS)];
	struct flow_match match;
	struct flow_ufid ufid;
	int rc;

	make_match(m, &match);
	ufid = flow_ufid_make(&match);
	if (twin_of(m, &ufid)) {
		rc = swp_table_put(m->table, &ufid, &match, &no_actions);
		assert_int_equal(rc, -EEXIST);
		return;
	}
	if (t->live)
		return;
	assert_int_equal(swp_table_put(m->table, &ufid, &match, &no_actions), 0);
	*t = (struct twin){.live = true, .match = match, .ufid = ufid};
	m->n_live++;
}

static void
step_del(struct model *m)
{
	unsigned int n = 1 + rng_below(&m->rng, 4);
	struct swp_grave g = {0};
	const struct swp_flow *f;

	for (unsigned int i = 0; i < n; i++) {
		struct twin *t = &m->twins[rng_below(&m->rng, N_FLOWS)];

		if (!t->live)
			continue;
		assert_int_equal(swp_table_unlink(m->table, &t->ufid, &g), 0);
		assert_int_equal(swp_table_unlink(m->table, &t->ufid, &g), -ENOENT);
		t->live = false;
		m->n_live--;
	}
	if (!g.flows)
		return;
	swp_table_quiesce(m->table);
	for (f = g.flows; f; f = f->next_dead) {
		struct flow_stats s;
		uint64_t expected = UINT64_MAX;

		swp_flow_stats(f, &s);
		for (unsigned int i = 0; i < N_FLOWS; i++) {
			if (!m->twins[i].live && flow_ufid_equal(&m->twins[i].ufid, &f->ufid)) {
				expected = m->twins[i].packets;
				m->twins[i].ufid = (struct flow_ufid){0};
			}
		}
		assert_int_equal(s.packets, expected);
	}
	swp_grave_free(&g);
}

/* A mask that matches the port exactly counts for that port only. */
static bool
same_subtable(const struct flow_match *a, const struct flow_match *b)
{
	return flow_key_equal(&a->mask, &b->mask) &&
	       (a->mask.in_port != UINT32_MAX || a->key.in_port == b->key.in_port);
}

static unsigned int
n_distinct_masks(const struct model *m)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < N_FLOWS; i++) {
		bool first = m->twins[i].live;

		for (unsigned int j = 0; j < i && first; j++)
			first = !m->twins[j].live ||
				!same_subtable(&m->twins[i].match, &m->twins[j].match);
		n += first;
	}
	return n;
}

static void
check_walk(struct model *m)
{
	bool seen[N_FLOWS] = {false};
	struct dp_flow_stat stats[7];
	unsigned int n, total = 0;
	struct swp_walk walk;

	swp_walk_begin(&walk, m->table);
	while ((n = swp_walk_next(&walk, m->table, stats, 7))) {
		for (unsigned int i = 0; i < n; i++) {
			struct twin *t = twin_of(m, &stats[i].ufid);

			assert_non_null(t);
			assert_false(seen[t - m->twins]);
			seen[t - m->twins] = true;
			assert_int_equal(stats[i].stats.packets, t->packets);
		}
		total += n;
	}
	assert_int_equal(total, m->n_live);
	assert_int_equal(swp_table_n_flows(m->table), m->n_live);
	assert_int_equal(swp_table_n_masks(m->table), n_distinct_masks(m));
}

static void
run(uint64_t seed, uint32_t unique_parts)
{
	struct model *m = calloc(1, sizeof *m);

	print_message("seed %llu\n", (unsigned long long)seed);
	m->rng.state = seed;
	m->unique_parts = unique_parts;
	assert_int_equal(swp_table_create(seed, 1, &m->table), 0);
	assert_int_equal(swp_cache_init(&m->cache, CACHE_ENTRIES), 0);
	for (unsigned int i = 0; i < N_STEPS; i++) {
		uint32_t dice = rng_below(&m->rng, 100);

		if (dice < 85)
			step_look_up(m);
		else if (dice < 95)
			step_put(m);
		else
			step_del(m);
		if (i % 1000 == 0)
			check_walk(m);
		rcu_quiesce();
	}
	check_walk(m);
	swp_cache_free(&m->cache);
	swp_table_destroy(m->table);
	free(m);
}

static void
test_overlapping(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run(seed, 0);
}

static void
test_disjoint(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 14; seed++)
		run(seed, 1 | 2 | 16 | 64);
}

/* The entry of 2^32 epochs ago has the low bits of the current epoch. */
static void
test_epoch_wraps(void **state)
{
	struct rng rng = {3};
	struct swp_cache cache;
	struct swp_view *views = calloc(SWP_TABLE_SCOPES, sizeof *views);
	struct swp_table *table;
	struct flow_match match;
	struct flow_ufid ufid;
	uint64_t n_searched = 0, hash;
	struct swp_rule *r;

	(void)state;
	random_match(&rng, 255, &match);
	ufid = flow_ufid_make(&match);
	hash = swp_cache_hash(&match.key, 0);
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	assert_int_equal(swp_cache_init(&cache, CACHE_ENTRIES), 0);
	assert_int_equal(swp_table_put(table, &ufid, &match, &no_actions), 0);
	swp_cache_epoch_set(&cache, 5);
	r = swp_table_lookup(table, views, &match.key, &n_searched);
	assert_non_null(r);
	swp_cache_insert(&cache, hash, r);
	assert_ptr_equal(swp_cache_lookup(&cache, hash, &match.key), r);
	swp_cache_epoch_set(&cache, 6);
	assert_null(swp_cache_lookup(&cache, hash, &match.key));
	swp_cache_epoch_set(&cache, 5 + (UINT64_C(1) << 32));
	assert_null(swp_cache_lookup(&cache, hash, &match.key));
	swp_cache_free(&cache);
	swp_table_destroy(table);
	free(views);
}

/* Two keys with the same hash: an entry of one is no hit for the other. */
static void
test_collisions_are_no_hits(void **state)
{
	struct swp_view *views = calloc(SWP_TABLE_SCOPES, sizeof *views);
	struct rng rng = {3};
	struct swp_cache cache;
	struct swp_table *table;
	struct flow_match match;
	struct flow_key other;
	struct flow_ufid ufid;
	uint64_t n_searched = 0;
	struct swp_rule *r;

	(void)state;
	random_match(&rng, 255, &match);
	ufid = flow_ufid_make(&match);
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	assert_int_equal(swp_cache_init(&cache, CACHE_ENTRIES), 0);
	assert_int_equal(swp_table_put(table, &ufid, &match, &no_actions), 0);
	r = swp_table_lookup(table, views, &match.key, &n_searched);
	swp_cache_insert(&cache, 1234, r);
	other = match.key;
	other.tp_dst ^= 1;
	assert_ptr_equal(swp_cache_lookup(&cache, 1234, &match.key), r);
	assert_null(swp_cache_lookup(&cache, 1234, &other));
	swp_cache_free(&cache);
	swp_table_destroy(table);
	free(views);
}

/* Twice as many flows as entries, used in turn. If each insertion displaced the oldest or a
 * random entry, hardly any flow would be cached at its next use. */
static void
test_cache_keeps_what_fits(void **state)
{
	struct swp_view *views = calloc(SWP_TABLE_SCOPES, sizeof *views);
	struct flow_match match = {.mask.in_port = UINT32_MAX, .key.in_port = 7};
	struct flow_ufid ufid = flow_ufid_make(&match);
	unsigned int n_hits = 0, n_rounds = 40, n_keys = 2 * CACHE_ENTRIES;
	uint64_t n_searched = 0;
	struct swp_cache cache;
	struct swp_table *table;
	struct swp_rule *r;

	(void)state;
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	assert_int_equal(swp_cache_init(&cache, CACHE_ENTRIES), 0);
	assert_int_equal(swp_table_put(table, &ufid, &match, &no_actions), 0);
	r = swp_table_lookup(table, views, &match.key, &n_searched);
	for (unsigned int i = 0; i < n_rounds * n_keys; i++) {
		struct flow_key key = match.key;
		uint64_t hash;

		key.nw_src = i % n_keys;
		hash = swp_cache_hash(&key, 3);
		if (swp_cache_lookup(&cache, hash, &key) == r)
			n_hits++;
		else
			swp_cache_insert(&cache, hash, r);
	}
	assert_in_range(n_hits, n_rounds * n_keys / 3, n_rounds * n_keys / 2);
	swp_cache_free(&cache);
	swp_table_destroy(table);
	free(views);
}

/* Masks with hits move to the front: a flow of the last mask is finally found at the first
 * position. */
static void
test_order_follows_hits(void **state)
{
	struct swp_view *views = calloc(SWP_TABLE_SCOPES, sizeof *views);
	struct rng rng = {5};
	struct flow_match match;
	struct swp_table *table;
	uint64_t n_searched = 0;

	(void)state;
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	for (uint32_t parts = 1; parts <= 32; parts++) {
		struct flow_ufid ufid;

		random_match(&rng, parts | 128, &match);
		match.key.skb_mark = match.mask.skb_mark = parts;
		ufid = flow_ufid_make(&match);
		assert_int_equal(swp_table_put(table, &ufid, &match, &no_actions), 0);
	}
	assert_int_equal(swp_table_n_masks(table), 32);
	for (unsigned int i = 0; i < 64; i++) {
		n_searched = 0;
		assert_non_null(swp_table_lookup(table, views, &match.key, &n_searched));
	}
	assert_int_equal(n_searched, 1);
	swp_table_destroy(table);
	free(views);
}

static int
put_mask(struct swp_table *t, uint32_t port, uint32_t skb_mark_mask, struct flow_match *m)
{
	struct flow_ufid ufid;

	*m = (struct flow_match){
		.key = {.in_port = port, .skb_mark = skb_mark_mask},
		.mask = {.in_port = UINT32_MAX, .skb_mark = skb_mark_mask},
	};
	ufid = flow_ufid_make(m);
	return swp_table_put(t, &ufid, m, &no_actions);
}

/* A port that has reached its limit of masks is refused more, can use the masks it has, and
 * costs other ports nothing. */
static void
test_masks_of_a_port_are_bounded(void **state)
{
	struct swp_view *views = calloc(SWP_TABLE_SCOPES, sizeof *views);
	struct swp_grave grave = {0};
	struct flow_match match, first;
	uint64_t n_searched = 0;
	struct swp_table *table;
	struct flow_ufid ufid;

	(void)state;
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	assert_int_equal(put_mask(table, 1, 1, &first), 0);
	for (uint32_t i = 2; i <= SWP_PORT_MASKS_MAX; i++)
		assert_int_equal(put_mask(table, 1, i, &match), 0);
	assert_int_equal(put_mask(table, 1, SWP_PORT_MASKS_MAX + 1, &match), -ENOSPC);
	assert_int_equal(swp_table_n_masks(table), SWP_PORT_MASKS_MAX);
	assert_int_equal(swp_table_n_flows(table), SWP_PORT_MASKS_MAX);

	match = first;
	match.key.skb_mark = 0;
	ufid = flow_ufid_make(&match);
	assert_int_equal(swp_table_put(table, &ufid, &match, &no_actions), 0);
	assert_int_equal(put_mask(table, 2, SWP_PORT_MASKS_MAX + 1, &match), 0);
	assert_non_null(swp_table_lookup(table, views, &match.key, &n_searched));
	assert_int_equal(n_searched, 1);

	for (uint32_t i = 2; i <= 3; i++) {
		match = (struct flow_match){.key = {.in_port = 1, .skb_mark = i},
					    .mask = {.in_port = UINT32_MAX, .skb_mark = i}};
		ufid = flow_ufid_make(&match);
		assert_int_equal(swp_table_unlink(table, &ufid, &grave), 0);
	}
	swp_table_quiesce(table);
	swp_grave_free(&grave);
	assert_int_equal(put_mask(table, 1, SWP_PORT_MASKS_MAX + 1, &match), 0);
	swp_table_destroy(table);
	free(views);
}

static int
start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	rcu_thread_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_disjoint),
		cmocka_unit_test(test_epoch_wraps),
		cmocka_unit_test(test_collisions_are_no_hits),
		cmocka_unit_test(test_cache_keeps_what_fits),
		cmocka_unit_test(test_order_follows_hits),
		cmocka_unit_test(test_masks_of_a_port_are_bounded),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
