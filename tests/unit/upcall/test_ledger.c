/* SPDX-License-Identifier: Apache-2.0 */
/* How flows are admitted to the ledger and counted in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger.h"

#define LIMIT 40

/* Adds 'e', and returns the entry that is in the ledger then. */
static struct entry *
enter(struct ledger *l, struct entry *e)
{
	struct entry *there;

	mutex_lock(&e->mu);
	there = ledger_add(l, e);
	mutex_unlock(&e->mu);
	return there;
}

static struct entry *
add(struct ledger *l, struct account *a, uint64_t id)
{
	struct flow_match m = {.key = {.in_port = a->port}};
	struct flow_ufid ufid = {.lo = id, .hi = id};
	struct plan plan;
	struct entry *e;

	plan_init(&plan);
	assert_int_equal(entry_new(flow_packed_new(&m), &ufid, &plan, a, 1, &e), 0);
	assert_ptr_equal(enter(l, e), e);
	return e;
}

/* Removed flows whose hardware rules remain still use memory, so they count towards the limit. */
static void
removed_flows_keep_their_place(void **state)
{
	struct entry *e[LIMIT];
	struct account *a;
	struct ledger *l;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(ledger_create(&l), 0);
	for (uint32_t port = 0; n < LIMIT; port++) {
		a = accounts_get(ledger_accounts(l), NULL, port);
		while (n < LIMIT && ledger_reserve(l, a, LIMIT)) {
			e[n] = add(l, a, n);
			n++;
		}
	}
	assert_int_equal(ledger_n_flows(l), LIMIT);
	assert_int_equal(ledger_n_flows_max(l), LIMIT);
	a = accounts_get(ledger_accounts(l), NULL, 99);
	assert_false(ledger_reserve(l, a, LIMIT));
	for (unsigned int i = 0; i < LIMIT; i++)
		ledger_remove(l, e[i]);
	assert_int_equal(ledger_n_flows(l), 0);
	assert_null(ledger_find(l, &e[0]->ufid));
	assert_false(ledger_reserve(l, a, LIMIT));
	rcu_sync();
	for (unsigned int i = 0; i < LIMIT; i++) {
		ledger_forget(l);
		entry_free(e[i]);
	}
	assert_true(ledger_reserve(l, a, LIMIT));
	ledger_unreserve(l, a);
	ledger_destroy(l);
}

static void
one_entry_per_ufid(void **state)
{
	struct ledger *l;
	struct account *a;
	struct entry *e, *twin;
	struct flow_match m = {0};
	struct plan plan;

	(void)state;
	assert_int_equal(ledger_create(&l), 0);
	a = accounts_get(ledger_accounts(l), NULL, 1);
	assert_true(ledger_reserve(l, a, LIMIT));
	e = add(l, a, 7);
	plan_init(&plan);
	assert_int_equal(entry_new(flow_packed_new(&m), &e->ufid, &plan, a, 1, &twin), 0);
	assert_ptr_equal(enter(l, twin), e);
	assert_int_equal(ledger_shard_flows(l, 7 % LEDGER_SHARDS), 1);
	entry_free(twin);
	ledger_remove(l, e);
	ledger_forget(l);
	rcu_sync();
	entry_free(e);
	ledger_destroy(l);
}

#define N_CAUGHT 300 /* of one shard */

struct catch
{
	struct ledger *l;
	struct entry *e[N_CAUGHT];
	bool seen[N_CAUGHT], removed[N_CAUGHT];
	unsigned int n_removed, next;
};

/* Removes another entry of the shard, in no order. */
static int
remove_some(struct entry *e, void *aux)
{
	struct catch *c = aux;

	c->seen[e->ufid.lo] = true;
	c->next = (c->next + 181) % N_CAUGHT;
	if (c->n_removed < N_CAUGHT / 2 && !c->removed[c->next]) {
		ledger_remove(c->l, c->e[c->next]);
		c->removed[c->next] = true;
		c->n_removed++;
	}
	return 0;
}

static void
removals_hide_none_that_is_caught(void **state)
{
	struct catch c = {0};
	struct xlate_config config = {0};
	struct xlate_sieve *all;
	struct account *a;
	struct xlate *x;

	(void)state;
	assert_int_equal(xlate_create(&config, &x), 0);
	assert_int_equal(xlate_sieve_create(x, &all), 0);
	assert_int_equal(ledger_create(&c.l), 0);
	a = accounts_get(ledger_accounts(c.l), NULL, 1);
	for (unsigned int i = 0; i < N_CAUGHT; i++) {
		struct flow_ufid ufid = {.lo = i};
		struct flow_match m = {.key.in_port = 1};
		struct plan plan;

		assert_true(ledger_reserve(c.l, a, 100 * N_CAUGHT));
		plan_init(&plan);
		assert_int_equal(entry_new(flow_packed_new(&m), &ufid, &plan, a, 1, &c.e[i]), 0);
		assert_ptr_equal(enter(c.l, c.e[i]), c.e[i]);
	}
	assert_int_equal(ledger_each_caught(c.l, 0, all, remove_some, &c), 0);
	assert_int_equal(c.n_removed, N_CAUGHT / 2);
	for (unsigned int i = 0; i < N_CAUGHT; i++) {
		assert_true(c.seen[i] || c.removed[i]);
		if (!c.removed[i])
			ledger_remove(c.l, c.e[i]);
		ledger_forget(c.l);
	}
	rcu_sync();
	for (unsigned int i = 0; i < N_CAUGHT; i++)
		entry_free(c.e[i]);
	ledger_destroy(c.l);
	xlate_sieve_destroy(all);
	xlate_destroy(x);
}

#define N_WALKED 3000
#define N_WALKS 5

/* A walk during changes. An entry is known by its number; a later entry may have the same
 * number. */
struct walk {
	struct ledger_cursor cur;
	unsigned int n_seen[N_WALKED];
	bool steady[N_WALKED]; /* in the ledger since the walk began */
	bool over;
};

struct walked {
	struct ledger *l;
	struct account *a;
	struct entry *e[N_WALKED]; /* NULL if not in the ledger */
	struct walk walks[N_WALKS];
	unsigned int seed;
};

static int
note_seen(struct entry *e, void *aux)
{
	struct walk *w = aux;

	w->n_seen[e->ufid.hi / LEDGER_SHARDS]++;
	return 0;
}

static void
change(struct walked *t)
{
	unsigned int i = (unsigned int)rand_r(&t->seed) % N_WALKED;
	struct flow_ufid ufid = {.lo = i % 7, .hi = (uint64_t)i * LEDGER_SHARDS + i % 5};
	struct flow_match m = {.key.in_port = 1};
	struct plan plan;

	if (t->e[i]) {
		ledger_remove(t->l, t->e[i]);
		ledger_forget(t->l);
		rcu_sync();
		entry_free(t->e[i]);
		t->e[i] = NULL;
		for (int k = 0; k < N_WALKS; k++)
			t->walks[k].steady[i] = false;
		return;
	}
	assert_true(ledger_reserve(t->l, t->a, 100 * N_WALKED));
	plan_init(&plan);
	assert_int_equal(entry_new(flow_packed_new(&m), &ufid, &plan, t->a, 1, &t->e[i]), 0);
	assert_ptr_equal(enter(t->l, t->e[i]), t->e[i]);
}

static void
walk_begin(struct walked *t, struct walk *w)
{
	*w = (struct walk){0};
	for (unsigned int i = 0; i < N_WALKED; i++)
		w->steady[i] = t->e[i];
}

/* Asserts that each entry that stayed in the ledger was visited once, and no other entry twice. */
static void
walk_check(const struct walk *w)
{
	for (unsigned int i = 0; i < N_WALKED; i++)
		assert_true(w->steady[i] ? w->n_seen[i] == 1 : w->n_seen[i] <= 1);
}

/* Removed entries are freed between steps; the sanitizer build checks that walks hold none.
 * Covers buckets with many entries of one hash, and growing tables. */
static void
walks_among_changes(void **state)
{
	static struct walked t;
	unsigned int n_over = 0;

	(void)state;
	t = (struct walked){.seed = 3};
	assert_int_equal(ledger_create(&t.l), 0);
	t.a = accounts_get(ledger_accounts(t.l), NULL, 1);
	for (int i = 0; i < N_WALKED; i++)
		change(&t);
	for (int k = 0; k < N_WALKS; k++)
		walk_begin(&t, &t.walks[k]);
	while (n_over < 40) {
		struct walk *w = &t.walks[(unsigned int)rand_r(&t.seed) % N_WALKS];
		unsigned int n = (unsigned int)rand_r(&t.seed) % 60;

		for (int i = 0; i < 5; i++)
			change(&t);
		if (ledger_cursor_step(t.l, &w->cur, n, note_seen, w))
			continue;
		walk_check(w);
		walk_begin(&t, w);
		n_over++;
	}
	for (unsigned int i = 0; i < N_WALKED; i++) {
		if (!t.e[i])
			continue;
		ledger_remove(t.l, t.e[i]);
		ledger_forget(t.l);
		rcu_sync();
		entry_free(t.e[i]);
	}
	ledger_destroy(t.l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_flows_keep_their_place),
		cmocka_unit_test(one_entry_per_ufid),
		cmocka_unit_test(removals_hide_none_that_is_caught),
		cmocka_unit_test(walks_among_changes),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_drain();
	rcu_thread_stop();
	return rc;
}
