/* SPDX-License-Identifier: Apache-2.0 */
/* The map that finds matchers and edits: a search visits few nodes, however many there are and however little their
 * words differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "map.h"

#include <stdlib.h>

#define VISITS_MAX 12

struct member {
	struct mlxdr_node node;
	uint64_t word;
};

/* Words that differ in the last bytes of commands, as network byte order has them on this machine. */
static uint64_t
word_of(unsigned int i)
{
	return UINT64_C(0x1234) | (uint64_t)i << 44;
}

/* Returns the visits until a word is found; 0 if it is not. */
static unsigned int
visits(const struct mlxdr_map *m, uint64_t word)
{
	const struct mlxdr_node *node = mlxdr_map_first(m, mlxdr_hash_add(0, word));
	unsigned int n = 1;

	for (; node; node = node->next, n++) {
		if (((const struct member *)node)->word == word)
			return n;
	}
	return 0;
}

static void
of_size(unsigned int n)
{
	struct member *members = calloc(n, sizeof *members);
	unsigned int most = 0;
	struct mlxdr_map m;

	assert_non_null(members);
	mlxdr_map_init(&m);
	for (unsigned int i = 0; i < n; i++) {
		members[i].word = word_of(i);
		mlxdr_map_insert(&m, &members[i].node, mlxdr_hash_add(0, members[i].word));
	}
	for (unsigned int i = 0; i < n; i++) {
		unsigned int v = visits(&m, word_of(i));

		assert_true(v > 0);
		most = v > most ? v : most;
	}
	assert_true(most <= VISITS_MAX);
	for (unsigned int i = 0; i < n; i += 2)
		mlxdr_map_remove(&m, &members[i].node);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(visits(&m, word_of(i)) > 0, i % 2);
	mlxdr_map_free(&m);
	free(members);
}

static void
few_and_many(void **state)
{
	(void)state;
	of_size(1000);
	of_size(100000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(few_and_many)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
