/* SPDX-License-Identifier: Apache-2.0 */
/* The MAC table alone: bounds, ages, and which changes affect lookups. */
#include "lab.h"

#include "bridge/mac.h"
#include "bridge/port.h"

#include <pthread.h>

#define AGE_NS (300 * NS_PER_S)

static struct port ports[3] = {
	{.config.ofp_port = 0}, {.config.ofp_port = 1}, {.config.ofp_port = 2}};

static struct mac_key
key_of(unsigned int i)
{
	return (struct mac_key){
		.mac = {{2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}},
		.vlan = 7,
	};
}

static bool
learn(struct mac_table *t, unsigned int i, unsigned int port, uint64_t seen_ns)
{
	struct mac_key k = key_of(i);

	return mac_learn(t, &k, &ports[port], seen_ns);
}

static unsigned int
find(struct mac_table *t, unsigned int i)
{
	struct mac_key k = key_of(i);
	struct mac_seen seen;

	return mac_find(t, &k, &seen);
}

static int
setup(void **state)
{
	struct mac_table *t;

	rcu_thread_start();
	assert_int_equal(mac_table_create(42, 8, AGE_NS, &t), 0);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	mac_table_destroy(*state);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

static void
test_least_recently_used_is_removed(void **state)
{
	struct mac_table *t = *state;

	for (unsigned int i = 0; i < 8; i++)
		assert_true(learn(t, i, 1, 100 + i));
	assert_false(learn(t, 0, 1, 200));
	assert_false(learn(t, 1, 1, 201));
	assert_true(learn(t, 8, 1, 202));
	assert_int_equal(find(t, 2), 0);
	for (unsigned int i = 0; i <= 8; i++)
		if (i != 2)
			assert_int_equal(find(t, i), 1);
}

/* A flooding port evicts its own entries, however recently used. */
static void
test_flood_of_a_port_evicts_its_own(void **state)
{
	struct mac_table *t = *state;

	for (unsigned int i = 0; i < 3; i++)
		assert_true(learn(t, i, 1, 100 + i));
	for (unsigned int i = 0; i < 1000; i++)
		assert_true(learn(t, 100 + i, 2, 200 + i));
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(find(t, i), 1);
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(find(t, 100 + i), i < 995 ? 0 : 2);
}

/* Half each is fair: neither port takes more, and each evicts its least recently used entry. An
 * address that moved counts for its new port. */
static void
test_full_table_is_shared_evenly(void **state)
{
	struct mac_table *t = *state;

	for (unsigned int i = 0; i < 8; i++)
		assert_true(learn(t, i, 1, 100 + i));
	for (unsigned int i = 0; i < 100; i++)
		assert_true(learn(t, 200 + i, 2, 200 + i));
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(find(t, i), i < 4 ? 0 : 1);
	assert_true(learn(t, 7, 2, 400));
	for (unsigned int i = 0; i < 2; i++)
		assert_true(learn(t, 8 + i, 1, 401 + i));
	for (unsigned int i = 4; i < 10; i++)
		assert_int_equal(find(t, i), i == 4 ? 0 : i == 7 ? 2 : 1);
	assert_int_equal(mac_flush(t, 1), 4);
	assert_int_equal(mac_flush(t, 2), 4);
}

static void
test_versions(void **state)
{
	struct mac_table *t = *state;
	struct mac_key k = key_of(1);
	struct mac_seen seen;

	assert_int_equal(mac_find(t, &k, &seen), 0);
	assert_true(learn(t, 1, 1, 100));
	assert_false(mac_seen_current(t, &seen));
	mac_find(t, &k, &seen);
	assert_false(learn(t, 1, 1, 150));
	assert_true(mac_seen_current(t, &seen));
	assert_false(learn(t, 1, 2, 149)); /* old news */
	assert_int_equal(find(t, 1), 1);
	assert_true(mac_seen_current(t, &seen));
	assert_true(learn(t, 1, 2, 151));
	assert_int_equal(find(t, 1), 2);
	assert_false(mac_seen_current(t, &seen));
}

static void
test_one_change_touches_one_bucket(void **state)
{
	struct mac_table *t = *state;
	struct mac_seen seen[64];
	unsigned int n_stale = 0;

	for (unsigned int i = 0; i < 64; i++) {
		struct mac_key k = key_of(100 + i);

		mac_find(t, &k, &seen[i]);
	}
	learn(t, 1, 1, 100);
	for (unsigned int i = 0; i < 64; i++)
		n_stale += !mac_seen_current(t, &seen[i]);
	assert_in_range(n_stale, 0, 2);
}

static void
test_expiry(void **state)
{
	struct mac_table *t = *state;

	learn(t, 1, 1, NS_PER_S);
	learn(t, 2, 1, NS_PER_S);
	learn(t, 2, 1, 2 * NS_PER_S);
	assert_int_equal(mac_expire(t, AGE_NS + NS_PER_S - 1), 0);
	assert_int_equal(mac_expire(t, AGE_NS + NS_PER_S), 1);
	assert_int_equal(find(t, 1), 0);
	assert_int_equal(find(t, 2), 1);
}

static void
test_flush_of_a_port(void **state)
{
	struct mac_table *t = *state;

	learn(t, 1, 1, 100);
	learn(t, 2, 2, 100);
	assert_int_equal(mac_flush(t, 1), 1);
	assert_int_equal(find(t, 1), 0);
	assert_int_equal(find(t, 2), 2);
	atomic_store(&ports[1].deleted, true);
	assert_false(learn(t, 1, 1, 200));
	atomic_store(&ports[1].deleted, false);
	assert_int_equal(find(t, 1), 0);
}

static void
test_multicast_is_never_learnt(void **state)
{
	struct mac_key k = {.mac = {{0x01, 0, 0x5e, 0, 0, 1}}};
	struct mac_seen seen;

	assert_false(mac_learn(*state, &k, &ports[1], 100));
	assert_int_equal(mac_find(*state, &k, &seen), 0);
}

/* Learns and looks up concurrently, for TSan and for a bound that must always hold. */
static void *
churn(void *aux)
{
	struct mac_table *t = aux;

	rcu_thread_start();
	for (unsigned int i = 0; i < 20000; i++) {
		learn(t, i * 7 % 32, 1 + i % 2, 100 + i);
		find(t, i % 32);
		if (i % 1000 == 0)
			mac_flush(t, 1);
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static int
count(const struct xlate_mac *m, void *aux)
{
	(void)m;
	++*(unsigned int *)aux;
	return 0;
}

static void
test_concurrent_churn(void **state)
{
	pthread_t threads[3];
	unsigned int n = 0;

	rcu_sleep();
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, *state), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	rcu_wake();
	mac_each(*state, 0, count, &n);
	assert_in_range(n, 1, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_least_recently_used_is_removed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_flood_of_a_port_evicts_its_own, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_full_table_is_shared_evenly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_change_touches_one_bucket, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_expiry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_flush_of_a_port, setup, teardown),
		cmocka_unit_test_setup_teardown(test_multicast_is_never_learnt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_concurrent_churn, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
