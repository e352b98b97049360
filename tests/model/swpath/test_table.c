/* SPDX-License-Identifier: Apache-2.0 */
/* The megaflow table, its classifier and a flow cache against a linear scan over an array. */
#include "few_values.h"
#include "rcu_group.h"

#include <lookup.h>
#include <support/effort.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#define N_FLOWS 96
#define N_STEPS EFFORT(30000)
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
	uint32_t parts;	       /* that any masks have */
	struct swp_table *table;
	struct swp_lookup lookup;
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
static uint32_t
look_up(struct swp_lookup *l, const struct flow_key *k)
{
	uint32_t slot;

	struct swp_head h;

	swp_head_of_key(k, &h);
	l->n_searched = 0;
	swp_lookup_run(l, k->in_port, &h, k, 1, &slot);
	assert_true(l->n_searched <= swp_table_n_masks(l->table));
	return slot;
}

static void
count_one(struct swp_table *t, uint32_t slot)
{
	swp_table_slab(t)->counts[0][slot].packets++;
}

/* Makes a head as of a key, or as of a plain packet if the key permits. What is not set has any
 * value. */
static void
head_of(struct rng *r, const struct flow_key *key, struct swp_head *h)
{
	bool has_ip6 = key->ipv6_src.b[0] || key->ipv6_dst.b[15];

	swp_head_of_key(key, h);
	if (key->mpls[0] || rng_below(r, 3))
		return;
	h->w[SWP_HEAD_KIND] = has_ip6 || rng_below(r, 2) ? SWP_HEAD_OF_IP6 : SWP_HEAD_OF_IP4;
	if (h->w[SWP_HEAD_KIND] == SWP_HEAD_OF_IP4)
		memset(h->ip6, rng_below(r, 2) ? 0xff : 0, sizeof h->ip6);
}

/* Looks up a burst of keys of one port. */
static void
step_look_up(struct model *m)
{
	unsigned int n = 1 + rng_below(&m->rng, SWP_KEYS_MAX);
	struct flow_key keys[SWP_KEYS_MAX];
	struct swp_head heads[SWP_KEYS_MAX];
	uint32_t slots[SWP_KEYS_MAX];

	for (unsigned int i = 0; i < n; i++) {
		few_key(&m->rng, &keys[i]);
		keys[i].in_port = keys[0].in_port;
		head_of(&m->rng, &keys[i], &heads[i]);
	}
	swp_lookup_run(&m->lookup, keys[0].in_port, heads, keys, n, slots);
	for (unsigned int i = 0; i < n; i++) {
		struct twin *t;

		if (!slots[i]) {
			assert_int_equal(n_covering(m, &keys[i]), 0);
			continue;
		}
		t = twin_of(m, &swp_table_slab(m->table)->flows[slots[i]].ufid);
		assert_non_null(t);
		assert_true(flow_match_covers(&t->match, &keys[i]));
		assert_true(!m->unique_parts || n_covering(m, &keys[i]) == 1);
		count_one(m->table, slots[i]);
		t->packets++;
	}
}

static int
put(struct swp_table *t, const struct flow_ufid *ufid, const struct flow_match *m)
{
	struct swp_grave g = {0};
	int rc = swp_table_put(t, ufid, m, &no_actions, &g);

	swp_grave_settle(&g);
	swp_grave_free(t, &g);
	return rc;
}

static void
make_match(struct model *m, struct flow_match *match)
{
	if (m->unique_parts)
		few_match(&m->rng, m->unique_parts, match);
	else
		few_match(&m->rng, rng_below(&m->rng, 2048) | m->parts, match);
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
		rc = put(m->table, &ufid, &match);
		assert_int_equal(rc, -EEXIST);
		return;
	}
	if (t->live)
		return;
	assert_int_equal(put(m->table, &ufid, &match), 0);
	*t = (struct twin){.live = true, .match = match, .ufid = ufid};
	m->n_live++;
}

static void
step_del(struct model *m)
{
	unsigned int n = 1 + rng_below(&m->rng, 4);
	struct swp_grave g = {0};
	const struct swp_slab *slab = swp_table_slab(m->table);

	for (unsigned int i = 0; i < n; i++) {
		struct twin *t = &m->twins[rng_below(&m->rng, N_FLOWS)];

		if (!t->live)
			continue;
		assert_int_equal(swp_table_unlink(m->table, &t->ufid, &g), 0);
		assert_int_equal(swp_table_unlink(m->table, &t->ufid, &g), -ENOENT);
		t->live = false;
		m->n_live--;
	}
	swp_grave_settle(&g);
	for (uint32_t slot = g.first; slot; slot = slab->flows[slot].next) {
		const struct flow_ufid *ufid = &slab->flows[slot].ufid;
		struct flow_stats s;
		uint64_t expected = UINT64_MAX;

		swp_slot_stats(slab, slot, &s);
		for (unsigned int i = 0; i < N_FLOWS; i++) {
			if (!m->twins[i].live && flow_ufid_equal(&m->twins[i].ufid, ufid)) {
				expected = m->twins[i].packets;
				m->twins[i].ufid = (struct flow_ufid){0};
			}
		}
		assert_int_equal(s.packets, expected);
	}
	swp_grave_free(m->table, &g);
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
	unsigned int total = 0;
	struct swp_walk walk;
	int n;

	swp_walk_begin(&walk, m->table, DP_DUMP_ALL);
	while ((n = swp_walk_next(&walk, m->table, stats, 7)) >= 0) {
		for (int i = 0; i < n; i++) {
			struct twin *t = twin_of(m, &stats[i].ufid);

			assert_non_null(t);
			assert_false(seen[t - m->twins]);
			seen[t - m->twins] = true;
			assert_int_equal(stats[i].stats.packets, t->packets);
		}
		total += (unsigned int)n;
	}
	assert_int_equal(total, m->n_live);
	assert_int_equal(swp_table_n_flows(m->table), m->n_live);
	assert_int_equal(swp_table_n_masks(m->table), n_distinct_masks(m));
}

static void
run(uint64_t seed, uint32_t unique_parts, uint32_t parts)
{
	struct model *m = calloc(1, sizeof *m);

	print_message("seed %llu\n", (unsigned long long)seed);
	m->rng.state = seed;
	m->unique_parts = unique_parts;
	m->parts = parts;
	assert_int_equal(swp_table_create(seed, 1, &m->table), 0);
	assert_int_equal(swp_lookup_init(&m->lookup, m->table, 0, CACHE_ENTRIES, seed), 0);
	if (seed % 2)
		m->lookup.run = swp_lookup_run_any;
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
	swp_lookup_free(&m->lookup);
	swp_table_destroy(m->table);
	free(m);
}

static void
test_overlapping(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run(seed, 0, 0);
}

/* Every megaflow matches a port exactly, so packets that agree in what masks look at are looked up
 * once. */
static void
test_overlapping_of_ports(void **state)
{
	(void)state;
	for (uint64_t seed = 21; seed <= 22; seed++)
		run(seed, 0, 1);
}

static void
test_disjoint(void **state)
{
	(void)state;
	for (uint64_t seed = 11; seed <= 14; seed++)
		run(seed, 1 | 2 | 16 | 64, 0);
}

/* Makes a table with one megaflow that matches every bit of a random key. */
static void
one_flow(struct flow_match *m, struct swp_table **table, struct swp_lookup *l)
{
	struct rng rng = {3};
	struct flow_ufid ufid;

	few_match(&rng, 255, m);
	ufid = flow_ufid_make(m);
	assert_int_equal(swp_table_create(1, 1, table), 0);
	assert_int_equal(swp_lookup_init(l, *table, 0, CACHE_ENTRIES, 5), 0);
	assert_int_equal(put(*table, &ufid, m), 0);
}

/* An entry of a removed megaflow is no hit, nor is it one of the megaflow that has its slot next;
 * the entries of others stay. */
static void
test_removal_voids_one_entry(void **state)
{
	struct swp_grave g = {0};
	struct flow_match m, other;
	struct swp_table *table;
	struct flow_ufid ufid;
	struct swp_lookup l;
	uint32_t slot;

	(void)state;
	one_flow(&m, &table, &l);
	other = m;
	other.key.tp_dst ^= 1;
	ufid = flow_ufid_make(&other);
	assert_int_equal(put(table, &ufid, &other), 0);
	slot = look_up(&l, &m.key);
	assert_int_not_equal(look_up(&l, &other.key), 0);
	assert_int_equal(l.n_cached, 0);
	ufid = flow_ufid_make(&m);
	assert_int_equal(swp_table_unlink(table, &ufid, &g), 0);
	swp_grave_settle(&g);
	swp_grave_free(table, &g);
	assert_int_equal(look_up(&l, &m.key), 0);
	assert_int_not_equal(look_up(&l, &other.key), 0);
	assert_int_equal(l.n_cached, 1);
	m.key.tp_dst ^= 2;
	ufid = flow_ufid_make(&m);
	assert_int_equal(put(table, &ufid, &m), 0);
	assert_int_equal(look_up(&l, &m.key), slot);
	m.key.tp_dst ^= 2;
	assert_int_equal(look_up(&l, &m.key), 0);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

/* Two keys with the same hash: an entry of one is no hit for the other. */
static void
test_collisions_are_no_hits(void **state)
{
	struct flow_match m;
	struct flow_key other;
	struct swp_table *table;
	struct swp_lookup l;
	struct swp_head h;
	uint32_t slot;

	(void)state;
	one_flow(&m, &table, &l);
	slot = look_up(&l, &m.key);
	swp_cache_insert(&l.cache, l.slab, 1234, slot);
	other = m.key;
	other.tp_dst ^= 1;
	swp_head_of_key(&m.key, &h);
	assert_int_equal(swp_cache_find(&l.cache, l.slab, 1234, &h, &m.key), slot);
	swp_head_of_key(&other, &h);
	assert_int_equal(swp_cache_find(&l.cache, l.slab, 1234, &h, &other), 0);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

/* Bits that no mask of the port looks at do not take entries of their own. */
static void
test_unread_bits_share_an_entry(void **state)
{
	struct flow_match m;
	struct swp_table *table;
	struct swp_lookup l;

	(void)state;
	one_flow(&m, &table, &l);
	for (unsigned int i = 0; i < 256; i++) {
		m.key.nw_ttl = (uint8_t)i;
		assert_int_not_equal(look_up(&l, &m.key), 0);
	}
	assert_int_equal(l.n_cached, 255);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

/* Twice as many flows as entries, used in turn. If each insertion displaced the oldest or a
 * random entry, hardly any flow would be cached at its next use. */
static void
test_cache_keeps_what_fits(void **state)
{
	unsigned int n_hits = 0, n_rounds = 40, n_keys = 2 * CACHE_ENTRIES;
	struct flow_match m;
	struct swp_table *table;
	struct swp_lookup l;
	struct swp_head h;
	uint32_t slot;

	(void)state;
	one_flow(&m, &table, &l);
	slot = look_up(&l, &m.key);
	swp_head_of_key(&m.key, &h);
	for (unsigned int i = 0; i < n_rounds * n_keys; i++) {
		uint64_t hash = (i % n_keys + 1) * UINT64_C(0x9e3779b97f4a7c15);

		if (swp_cache_find(&l.cache, l.slab, hash, &h, &m.key) == slot)
			n_hits++;
		else
			swp_cache_insert(&l.cache, l.slab, hash, slot);
	}
	assert_in_range(n_hits, n_rounds * n_keys / 4, n_rounds * n_keys / 2);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

/* A cache whose size was not given grows to two entries for each megaflow, and never shrinks. */
static void
test_cache_grows(void **state)
{
	struct swp_cache c;

	(void)state;
	assert_int_equal(swp_cache_init(&c, 0), 0);
	assert_int_equal((c.n_mask + 1) * SWP_BUCKET_WAYS, SWP_CACHE_ENTRIES);
	assert_int_equal(swp_cache_fit(&c, SWP_CACHE_ENTRIES / 2), 0);
	assert_int_equal(c.n_entries, SWP_CACHE_ENTRIES);
	assert_int_equal(swp_cache_fit(&c, SWP_CACHE_ENTRIES / 2 + 1), 0);
	assert_int_equal(c.n_entries, 2 * SWP_CACHE_ENTRIES);
	assert_int_equal((c.n_mask + 1) * SWP_BUCKET_WAYS, SWP_CACHE_ENTRIES);
	swp_cache_follow(&c);
	assert_int_equal((c.n_mask + 1) * SWP_BUCKET_WAYS, 2 * SWP_CACHE_ENTRIES);
	assert_int_equal(swp_bucket_way(&c.buckets[c.n_mask], SWP_BUCKET_WAYS - 1), 0);
	assert_int_equal(swp_cache_fit(&c, 1), 0);
	assert_int_equal(c.n_entries, 2 * SWP_CACHE_ENTRIES);
	assert_int_equal(swp_cache_fit(&c, UINT32_MAX), 0);
	assert_int_equal(c.n_entries, SWP_CACHE_ENTRIES_MAX);
	swp_cache_free(&c);
	assert_int_equal(swp_cache_init(&c, 1024), 0);
	assert_int_equal(swp_cache_fit(&c, 1000000), 0);
	assert_int_equal(c.n_entries, 1024);
	swp_cache_free(&c);
}

/* A cache without memory to grow keeps its size and its entries. */
static void
test_cache_cannot_grow(void **state)
{
	struct rlimit before, none;
	struct flow_match m;
	struct swp_table *table;
	struct swp_lookup l;
	struct swp_head h;
	struct swp_cache c;
	uint32_t slot;
	int rc;

	(void)state;
	one_flow(&m, &table, &l);
	slot = look_up(&l, &m.key);
	swp_head_of_key(&m.key, &h);
	assert_int_equal(swp_cache_init(&c, 0), 0);
	swp_cache_insert(&c, l.slab, 1234, slot);
	assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
	none = (struct rlimit){1, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_DATA, &none), 0);
	rc = swp_cache_fit(&c, SWP_CACHE_ENTRIES_MAX);
	assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
	assert_int_equal(rc, -ENOMEM);
	assert_int_equal(c.n_entries, SWP_CACHE_ENTRIES);
	assert_int_equal(swp_cache_find(&c, l.slab, 1234, &h, &m.key), slot);
	swp_cache_free(&c);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

/* Masks with hits move to the front: a flow of the last mask is finally found at the first
 * position. */
static void
test_order_follows_hits(void **state)
{
	struct rng rng = {5};
	struct flow_match match;
	struct swp_table *table;
	struct swp_lookup l;

	(void)state;
	assert_int_equal(swp_table_create(1, 1, &table), 0);
	for (uint32_t parts = 1; parts <= 32; parts++) {
		struct flow_ufid ufid;

		few_match(&rng, parts | 128, &match);
		match.key.skb_mark = match.mask.skb_mark = parts;
		ufid = flow_ufid_make(&match);
		assert_int_equal(put(table, &ufid, &match), 0);
	}
	assert_int_equal(swp_table_n_masks(table), 32);
	assert_int_equal(swp_lookup_init(&l, table, 0, CACHE_ENTRIES, 0), 0);
	for (unsigned int i = 0; i < 64; i++) {
		memset(l.cache.buckets, 0, CACHE_ENTRIES * sizeof(uint32_t));
		assert_int_not_equal(look_up(&l, &match.key), 0);
	}
	assert_int_equal(l.n_searched, 1);
	swp_lookup_free(&l);
	swp_table_destroy(table);
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
	return put(t, &ufid, m);
}

/* A port that has reached its limit of masks is refused more, can use the masks it has, and
 * costs other ports nothing. */
static void
test_masks_of_a_port_are_bounded(void **state)
{
	struct swp_grave grave = {0};
	struct flow_match match, first;
	struct swp_table *table;
	struct swp_lookup l;
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
	assert_int_equal(put(table, &ufid, &match), 0);
	assert_int_equal(put_mask(table, 2, SWP_PORT_MASKS_MAX + 1, &match), 0);
	assert_int_equal(swp_lookup_init(&l, table, 0, CACHE_ENTRIES, 0), 0);
	assert_int_not_equal(look_up(&l, &match.key), 0);
	assert_int_equal(l.n_searched, 1);

	for (uint32_t i = 2; i <= 3; i++) {
		match = (struct flow_match){.key = {.in_port = 1, .skb_mark = i},
					    .mask = {.in_port = UINT32_MAX, .skb_mark = i}};
		ufid = flow_ufid_make(&match);
		assert_int_equal(swp_table_unlink(table, &ufid, &grave), 0);
	}
	swp_grave_settle(&grave);
	swp_grave_free(table, &grave);
	assert_int_equal(put_mask(table, 1, SWP_PORT_MASKS_MAX + 1, &match), 0);
	swp_lookup_free(&l);
	swp_table_destroy(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlapping),
		cmocka_unit_test(test_overlapping_of_ports),
		cmocka_unit_test(test_disjoint),
		cmocka_unit_test(test_removal_voids_one_entry),
		cmocka_unit_test(test_collisions_are_no_hits),
		cmocka_unit_test(test_unread_bits_share_an_entry),
		cmocka_unit_test(test_cache_keeps_what_fits),
		cmocka_unit_test(test_cache_grows),
		cmocka_unit_test(test_cache_cannot_grow),
		cmocka_unit_test(test_order_follows_hits),
		cmocka_unit_test(test_masks_of_a_port_are_bounded),
	};

	return cmocka_run_group_tests(tests, rcu_group_start, rcu_group_stop);
}
