/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the heap against a linear search, with random changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap.h"

#include <stdlib.h>

#define NODES 300

static uint64_t
least_of(const struct heap_node *nodes)
{
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < NODES; i++) {
		if (nodes[i].at && nodes[i].key < least)
			least = nodes[i].key;
	}
	return least;
}

static void
test_first_is_least(void **state)
{
	struct heap_node nodes[NODES] = {{.key = 0}};
	struct heap h = {.n = 0};
	unsigned int seed = 3;

	(void)state;
	assert_null(ofl_heap_first(&h));
	assert_int_equal(ofl_heap_reserve(&h, 10), 0);
	assert_int_equal(ofl_heap_reserve(&h, NODES), 0);
	for (int i = 0; i < 20000; i++) {
		struct heap_node *n = &nodes[rand_r(&seed) % NODES];
		const struct heap_node *first;

		if (rand_r(&seed) % 3 == 0)
			ofl_heap_remove(&h, n);
		else
			ofl_heap_set(&h, n, (uint64_t)rand_r(&seed) % 100);
		first = ofl_heap_first(&h);
		assert_int_equal(first ? first->key : UINT64_MAX, least_of(nodes));
	}
	for (unsigned int left = h.n; left; left--) {
		assert_int_equal(ofl_heap_first(&h)->key, least_of(nodes));
		ofl_heap_remove(&h, ofl_heap_first(&h));
	}
	assert_null(ofl_heap_first(&h));
	ofl_heap_free(&h);
}

/* Asserts after each change that every node is at its index and no child is less than its
 * parent, which keeps operations cheap. */
static void
test_order_at_each_change(void **state)
{
	struct heap_node nodes[NODES] = {{.key = 0}};
	struct heap h = {.n = 0};
	unsigned int seed = 4;

	(void)state;
	assert_int_equal(ofl_heap_reserve(&h, NODES), 0);
	for (int i = 0; i < 2000; i++) {
		ofl_heap_set(&h, &nodes[rand_r(&seed) % NODES], (uint64_t)rand_r(&seed) % 1000);
		for (unsigned int at = 1; at <= h.n; at++) {
			assert_int_equal(h.nodes[at - 1]->at, at);
			assert_true(at == 1 || h.nodes[at / 2 - 1]->key <= h.nodes[at - 1]->key);
		}
	}
	ofl_heap_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_is_least),
		cmocka_unit_test(test_order_at_each_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
