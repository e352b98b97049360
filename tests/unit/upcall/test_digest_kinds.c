/* SPDX-License-Identifier: Apache-2.0 */
#include "digest_kinds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KINDS 300
#define USES 2000

static struct xlate_digest_kind
kind_of(unsigned int i)
{
	struct xlate_digest_kind k = {.tables = i % 3, .bridges = 1, .known = {UINT32_MAX, 0, i}};

	return k;
}

/* Random uses begin and end. A kind has one number as long as it is used, and as many are kept as
 * were in use at once. */
static void
test_each_kind_once(void **state)
{
	struct digest_kinds k = {0};
	unsigned int n_uses[KINDS] = {0}, kind[USES], n = 0, n_live = 0, n_most = 0;
	uint32_t at[USES], number[KINDS];

	(void)state;
	for (unsigned int round = 0; round < 100000; round++) {
		bool more = n < USES && (!n || random() % 100 < (round / 10000 % 2 ? 45 : 55));

		if (more) {
			unsigned int i = (unsigned int)random() % KINDS;
			struct xlate_digest_kind want = kind_of(i);

			assert_int_equal(digest_kinds_get(&k, &want, &at[n]), 0);
			if (n_uses[i]++)
				assert_int_equal(at[n], number[i]);
			else
				n_live++;
			number[i] = at[n];
			kind[n++] = i;
			n_most = n_live > n_most ? n_live : n_most;
		} else {
			unsigned int u = (unsigned int)random() % n;
			struct xlate_digest_kind want = kind_of(kind[u]);

			assert_memory_equal(digest_kinds_at(&k, at[u]), &want, sizeof want);
			digest_kinds_put(&k, at[u]);
			n_live -= !--n_uses[kind[u]];
			kind[u] = kind[--n];
			at[u] = at[n];
		}
		assert_int_equal(k.n, n_most);
	}
	digest_kinds_free(&k);
}

/* The longest list of a bucket, at two numbers of kinds a hundredfold apart. */
static unsigned int
longest(unsigned int n)
{
	struct digest_kinds k = {0};
	unsigned int most = 0;
	uint32_t at;

	for (unsigned int i = 0; i < n; i++) {
		struct xlate_digest_kind kind = kind_of(i);

		assert_int_equal(digest_kinds_get(&k, &kind, &at), 0);
	}
	for (uint32_t b = 0; b < k.n_room; b++) {
		unsigned int n_here = 0;

		for (uint32_t i = k.buckets[b]; i; i = k.kinds[i - 1].next)
			n_here++;
		most = n_here > most ? n_here : most;
	}
	digest_kinds_free(&k);
	return most;
}

static void
test_lists_stay_short(void **state)
{
	(void)state;
	assert_in_range(longest(300), 1, 10);
	assert_in_range(longest(30000), 1, 14);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_once),
		cmocka_unit_test(test_lists_stay_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
