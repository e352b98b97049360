/* SPDX-License-Identifier: Apache-2.0 */
/* Places in the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger.h"

#define LIMIT 40

static struct entry *
add(struct ledger *l, struct account *a, uint64_t id)
{
	struct flow_match m = {.key = {.in_port = a->port}};
	struct flow_ufid ufid = {.lo = id, .hi = id};
	struct plan plan;
	struct entry *e;

	plan_init(&plan);
	assert_int_equal(entry_new(&m, &ufid, &plan, a, 1, &e), 0);
	assert_ptr_equal(ledger_add(l, e), e);
	return e;
}

/* Flows that hardware does not let go of take memory, so they count towards the limit. */
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
		a = accounts_get(ledger_accounts(l), port);
		while (n < LIMIT && ledger_reserve(l, a, LIMIT)) {
			e[n] = add(l, a, n);
			n++;
		}
	}
	assert_int_equal(ledger_n_flows(l), LIMIT);
	assert_int_equal(ledger_n_flows_max(l), LIMIT);
	a = accounts_get(ledger_accounts(l), 99);
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
	a = accounts_get(ledger_accounts(l), 1);
	assert_true(ledger_reserve(l, a, LIMIT));
	e = add(l, a, 7);
	plan_init(&plan);
	assert_int_equal(entry_new(&m, &e->ufid, &plan, a, 1, &twin), 0);
	assert_ptr_equal(ledger_add(l, twin), e);
	assert_int_equal(ledger_shard_flows(l, 7 % LEDGER_SHARDS), 1);
	entry_free(twin);
	ledger_remove(l, e);
	ledger_forget(l);
	rcu_sync();
	entry_free(e);
	ledger_destroy(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(removed_flows_keep_their_place),
		cmocka_unit_test(one_entry_per_ufid),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_drain();
	rcu_thread_stop();
	return rc;
}
