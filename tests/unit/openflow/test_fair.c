/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the queue of packets for controllers against a twin made of arrays. */
#include <packets/fair.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLACES 16
#define KEYS 24
#define STEPS 200000

/* Keys in the order of their turns. Items are numbers from 1, oldest first. */
struct twin {
	struct {
		uint32_t key;
		uintptr_t items[PLACES];
		unsigned int n;
		uint64_t n_lost;
	} lanes[PLACES];
	unsigned int n_lanes, n;
};

static unsigned int
twin_find(const struct twin *t, uint32_t key)
{
	unsigned int i = 0;

	while (i < t->n_lanes && t->lanes[i].key != key)
		i++;
	return i;
}

static bool
twin_admit(struct twin *t, uint32_t key, unsigned int limit)
{
	unsigned int i = twin_find(t, key);

	if (t->n < limit)
		return true;
	if (i == t->n_lanes)
		return t->n_lanes < limit;
	if (t->lanes[i].n < limit / t->n_lanes)
		return true;
	t->lanes[i].n_lost++;
	return false;
}

static uintptr_t
twin_pop(struct twin *t, unsigned int i)
{
	uintptr_t item = t->lanes[i].items[0];

	t->n--;
	t->lanes[i].n--;
	memmove(t->lanes[i].items, t->lanes[i].items + 1, t->lanes[i].n * sizeof item);
	return item;
}

static uintptr_t
twin_put(struct twin *t, uint32_t key, uintptr_t item, unsigned int limit)
{
	unsigned int i, most = 0;
	uintptr_t displaced = 0;

	if (t->n >= limit) {
		for (i = 0; i < t->n_lanes; i++)
			if (t->lanes[i].n > t->lanes[most].n)
				most = i;
		displaced = twin_pop(t, most);
		t->lanes[most].n_lost++;
		assert_true(t->lanes[most].n > 0);
	}
	i = twin_find(t, key);
	if (i == t->n_lanes) {
		memset(&t->lanes[i], 0, sizeof t->lanes[i]);
		t->lanes[i].key = key;
		t->n_lanes++;
	}
	t->lanes[i].items[t->lanes[i].n++] = item;
	t->n++;
	return displaced;
}

static uintptr_t
twin_take(struct twin *t, uint64_t *n_lost)
{
	uintptr_t item;
	struct twin was;

	if (!t->n_lanes)
		return 0;
	item = twin_pop(t, 0);
	*n_lost += t->lanes[0].n_lost;
	t->lanes[0].n_lost = 0;
	was = *t;
	t->n_lanes = was.lanes[0].n ? was.n_lanes : was.n_lanes - 1;
	memcpy(t->lanes, was.lanes + 1, (was.n_lanes - 1) * sizeof was.lanes[0]);
	if (was.lanes[0].n)
		t->lanes[t->n_lanes - 1] = was.lanes[0];
	return item;
}

static void
test_as_its_twin(void **state)
{
	struct agent_fair *f;
	struct twin t = {0};
	unsigned int n_refused = 0, n_displaced = 0;

	(void)state;
	srandom(20261129);
	assert_int_equal(agent_fair_create(PLACES, &f), 0);
	for (uintptr_t i = 1; i <= STEPS; i++) {
		/* Alternates between few and many keys, few and all places, more puts and more
		 * takes. */
		uint32_t key = (uint32_t)random() % (i / 1000 % 2 ? KEYS : 3);
		unsigned int limit = i / 2000 % 3 ? PLACES : 4;
		uint64_t lost[2] = {0};

		if (random() % 8 > (long)(i / 500 % 8)) {
			bool admitted = agent_fair_admit(f, key, limit);

			assert_int_equal(admitted, twin_admit(&t, key, limit));
			n_refused += !admitted;
			if (admitted) {
				uintptr_t out = (uintptr_t)agent_fair_put(f, key, (void *)i, limit);

				assert_int_equal(out, twin_put(&t, key, i, limit));
				n_displaced += out != 0;
			}
		} else {
			assert_int_equal((uintptr_t)agent_fair_take(f, &lost[0]),
					 twin_take(&t, &lost[1]));
			assert_int_equal(lost[0], lost[1]);
		}
		assert_int_equal(agent_fair_n(f), t.n);
	}
	assert_in_range(n_refused, 1000, STEPS);
	assert_in_range(n_displaced, 1000, STEPS);
	while (agent_fair_take(f, NULL))
		;
	agent_fair_destroy(f);
}

/* Whatever other keys do, each of n keys has 1/n of the places and waits for at most n items. */
static void
test_floods_cost_others_nothing(void **state)
{
	struct agent_fair *f;
	uint64_t n_lost = 0;
	int first = 1, second = 2;

	(void)state;
	assert_int_equal(agent_fair_create(PLACES, &f), 0);
	for (int i = 0; i < 1000; i++)
		if (agent_fair_admit(f, 1, PLACES))
			assert_null(agent_fair_put(f, 1, &first, PLACES));
	assert_int_equal(agent_fair_n(f), PLACES);
	for (int i = 0; i < PLACES / 2; i++) {
		assert_true(agent_fair_admit(f, 2, PLACES));
		assert_ptr_equal(agent_fair_put(f, 2, &second, PLACES), &first);
		assert_false(agent_fair_admit(f, 1, PLACES));
	}
	assert_false(agent_fair_admit(f, 2, PLACES));
	for (int i = 0; i < PLACES; i++)
		assert_ptr_equal(agent_fair_take(f, &n_lost), i % 2 ? &second : &first);
	assert_null(agent_fair_take(f, &n_lost));
	assert_int_equal(n_lost, 1000 - PLACES + PLACES / 2 + PLACES / 2 + 1);
	agent_fair_destroy(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_its_twin),
		cmocka_unit_test(test_floods_cost_others_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
