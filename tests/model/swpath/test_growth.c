/* SPDX-License-Identifier: Apache-2.0 */
/* What a lookup reads and a megaflow costs, counted at 1,000, 100,000 and 1,000,000 megaflows. */
#include "rcu_group.h"

#include <lookup.h>
#include <support/effort.h>

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_MASKS 8

/* The i-th megaflow: mask i % N_MASKS of a five-tuple. */
static void
match_of(uint32_t i, struct flow_match *m)
{
	unsigned int mask = i % N_MASKS;

	*m = (struct flow_match){.key = {.in_port = 1,
					 .eth_type = 0x0008,
					 .nw_proto = 17,
					 .nw_src = i,
					 .nw_dst = ~i,
					 .tp_src = (be16)i,
					 .tp_dst = (be16)(i >> 16)},
				 .mask = {.in_port = UINT32_MAX,
					  .recirc_id = UINT32_MAX,
					  .eth_type = UINT16_MAX,
					  .nw_proto = UINT8_MAX,
					  .nw_src = UINT32_MAX,
					  .nw_ttl = (uint8_t)mask}};
	if (mask & 1)
		m->mask.nw_dst = UINT32_MAX;
	if (mask & 2)
		m->mask.tp_src = UINT16_MAX;
	if (mask & 4)
		m->mask.tp_dst = UINT16_MAX;
	flow_match_canonicalize(m);
}

static struct swp_table *
table_fill(uint32_t n)
{
	struct flow_action output = {.type = FLOW_ACTION_OUTPUT, .port = 2};
	const struct flow_actions actions = {.a = &output, .n = 1};
	struct swp_grave g = {0};
	struct swp_table *t;

	assert_int_equal(swp_table_create(7, 1, &t), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct flow_ufid ufid;
		struct flow_match m;

		match_of(i, &m);
		ufid = flow_ufid_make(&m);
		assert_int_equal(swp_table_put(t, &ufid, &m, &actions, &g), 0);
		rcu_quiesce();
	}
	assert_int_equal(swp_table_n_flows(t), n);
	return t;
}

/* Counts by reading the tables. */
struct shape {
	uint64_t n_buckets, n_first, n_second;
};

static void
bucket_shape(const struct swp_bucket *b, struct shape *s)
{
	s->n_buckets++;
	s->n_second += swp_bucket_way(b, SWP_SUBTABLE_WAYS);
	for (unsigned int w = 0; w < SWP_SUBTABLE_WAYS; w++)
		s->n_first += swp_bucket_way(b, w) != 0;
}

/* 'first' has all megaflows until those in second buckets are subtracted. */
static struct shape
shape_of(struct swp_table *t)
{
	const struct swp_masks *m = swp_table_masks(t, 1);
	struct shape s = {0};

	for (unsigned int i = 0; i < m->n_places; i++) {
		const struct swp_buckets *b = m->places[i]->buckets;

		for (uint64_t k = 0; k <= b->n_mask; k++)
			bucket_shape(&b->buckets[k], &s);
	}
	s.n_first -= s.n_second;
	return s;
}

/* Looks each megaflow up once. */
static void
look_all_up(struct swp_lookup *l, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct flow_match m;
		struct swp_head h;
		uint32_t slot;

		match_of(i, &m);
		swp_head_of_key(&m.key, &h);
		swp_lookup_run(l, 1, &h, &m.key, 1, &slot);
		assert_int_not_equal(slot, 0);
	}
}

/* The cache grows to the number of megaflows, so all but a few are found in it the second time. */
static void
check_lookups(struct swp_table *t, uint32_t n)
{
	struct swp_lookup l;

	assert_int_equal(swp_lookup_init(&l, t, 0, 0, 0), 0);
	look_all_up(&l, n / 4);
	assert_int_equal(swp_cache_fit(&l.cache, n), 0);
	look_all_up(&l, n);
	l.n_cached = l.n_searched = 0;
	look_all_up(&l, n);
	assert_in_range(l.n_cached, n - n / 50, n);
	assert_true(l.n_searched <= (uint64_t)N_MASKS * (n - l.n_cached));
	swp_lookup_free(&l);
}

/* Buckets are 4 to 14 of 15 full; of 100 lookups at most 3 read a second line. */
static void
check_size(uint32_t n)
{
	struct swp_table *t = table_fill(n);
	struct shape s = shape_of(t);

	print_message("%u megaflows: %.1f in a bucket, %.2f%% in second buckets\n", n,
		      (double)n / (double)s.n_buckets, 100.0 * (double)s.n_second / n);
	assert_int_equal(s.n_first + s.n_second, n);
	assert_true(n > 3 * s.n_buckets);
	assert_true(s.n_second * 100 <= 3 * (uint64_t)n);
	check_lookups(t, n);
	swp_table_destroy(t);
}

static void
test_lookups_read_one_line(void **state)
{
	(void)state;
	check_size(1000);
	check_size(100000);
	check_size(EFFORT(1000000));
}

/* Counts what malloc holds, without the tables of other tests: 16 bytes of the table by UFID
 * for each of up to 2 buckets, and the subtables' buckets. */
static void
test_memory_of_a_megaflow(void **state)
{
	struct mallinfo2 before, after;
	struct swp_table *t;

	(void)state;
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	before = mallinfo2();
	t = table_fill(100000);
	rcu_sleep();
	rcu_drain();
	rcu_wake();
	after = mallinfo2();
	assert_in_range((after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / 100000,
			0, 64);
	swp_table_destroy(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups_read_one_line),
		cmocka_unit_test(test_memory_of_a_megaflow),
	};

	return cmocka_run_group_tests(tests, rcu_group_start, rcu_group_stop);
}
