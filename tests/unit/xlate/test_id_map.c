/* SPDX-License-Identifier: Apache-2.0 */
/* Maps that share structure, against lists: changing one does not change others, and every
 * object is freed with the last map that has it. */
#include "classifier/id_map.h"

#include <base/rcu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_MAPS 6
#define N_IDS 200
#define N_STEPS 60000

struct thing {
	struct id_entry entry;
	unsigned int number;
	unsigned int *n_live;
};

/* A map and its expected content: by place in 'ids', the number of the object; 0: none. */
struct twin {
	struct id_map map;
	unsigned int has[N_IDS];
};

struct world {
	uint64_t rng;
	uint32_t ids[N_IDS]; /* rising */
	struct twin twins[N_MAPS];
	unsigned int n_live, last_number;
};

static uint32_t
pick(struct world *w, uint32_t n)
{
	w->rng = w->rng * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->rng >> 33) % n;
}

static int
by_value(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

/* Chooses IDs near each other, far apart, and at the ends of the range. */
static void
choose_ids(struct world *w)
{
	for (uint32_t i = 0; i < N_IDS; i++)
		w->ids[i] = i < 60 ? i : i < 120 ? i << 20 : 0xfffff000u + i * 7;
	w->ids[N_IDS - 1] = UINT32_MAX;
	for (uint32_t i = 120; i < 160; i++)
		w->ids[i] = i * 0x9e3779b1u;
	qsort(w->ids, N_IDS, sizeof w->ids[0], by_value);
	for (uint32_t i = 1; i < N_IDS; i++)
		assert_true(w->ids[i] > w->ids[i - 1]);
}

static void
thing_free(struct id_entry *e)
{
	struct thing *t = caa_container_of(e, struct thing, entry);

	--*t->n_live;
	free(t);
}

static void
put(struct world *w, struct twin *t, uint32_t i)
{
	struct thing *thing = calloc(1, sizeof *thing);

	assert_non_null(thing);
	id_entry_init(&thing->entry, w->ids[i], thing_free);
	thing->number = ++w->last_number;
	thing->n_live = &w->n_live;
	w->n_live++;
	assert_int_equal(id_map_put(&t->map, &thing->entry), 0);
	id_entry_unref(&thing->entry);
	t->has[i] = thing->number;
}

static unsigned int
number_of(const struct id_entry *e)
{
	return e ? caa_container_of(e, struct thing, entry)->number : 0;
}

static void
check(const struct world *w, const struct twin *t)
{
	const struct id_entry *next = id_map_next(&t->map, 0);
	size_t n = 0;

	for (uint32_t i = 0; i < N_IDS; i++) {
		assert_int_equal(number_of(id_map_find(&t->map, w->ids[i])), t->has[i]);
		if (!t->has[i])
			continue;
		assert_int_equal(number_of(next), t->has[i]);
		next = w->ids[i] == UINT32_MAX ? NULL : id_map_next(&t->map, w->ids[i] + 1);
		n++;
	}
	assert_null(next);
	assert_int_equal(t->map.n, n);
	assert_null(id_map_find(&t->map, 1234567));
}

static void
step(struct world *w)
{
	struct twin *t = &w->twins[pick(w, N_MAPS)];
	const struct twin *from = &w->twins[pick(w, N_MAPS)];
	uint32_t what = pick(w, 100), i = pick(w, N_IDS);

	if (what < 45) {
		put(w, t, i);
	} else if (what < 95) {
		assert_int_equal(id_map_remove(&t->map, w->ids[i]), 0);
		t->has[i] = 0;
	} else if (what < 99 && t != from) {
		id_map_free(&t->map);
		id_map_copy(&t->map, &from->map);
		memcpy(t->has, from->has, sizeof t->has);
	} else if (what == 99) {
		id_map_free(&t->map);
		memset(t->has, 0, sizeof t->has);
	}
}

static void
test_random_maps(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	(void)state;
	assert_non_null(w);
	w->rng = 1;
	choose_ids(w);
	for (unsigned int i = 0; i < N_STEPS; i++) {
		step(w);
		if (i % 50 == 0)
			check(w, &w->twins[i / 50 % N_MAPS]);
	}
	for (unsigned int i = 0; i < N_MAPS; i++) {
		check(w, &w->twins[i]);
		id_map_free(&w->twins[i].map);
	}
	assert_int_equal(w->n_live, 0);
	free(w);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_maps)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
