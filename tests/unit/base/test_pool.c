/* SPDX-License-Identifier: Apache-2.0 */
#include <base/pool.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_MANY 20000
#define N_BYTES 112

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

static void **
take_many(size_t n_bytes)
{
	void **p = calloc(N_MANY, sizeof *p);

	assert_non_null(p);
	for (unsigned int i = 0; i < N_MANY; i++) {
		p[i] = pool_take(n_bytes);
		assert_non_null(p[i]);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		memset(p[i], (int)i, n_bytes);
	}
	qsort(p, N_MANY, sizeof *p, by_address);
	return p;
}

static void
put_many(void **p, size_t n_bytes)
{
	for (unsigned int i = 0; i < N_MANY; i++)
		pool_put(p[i], n_bytes);
	free(p);
}

static void
objects_do_not_overlap(void **state)
{
	static const size_t sizes[] = {1, 16, 17, 256, 257, 296, 512, 513, 5000};

	(void)state;
	for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
		void **p = take_many(sizes[k]);

		for (unsigned int i = 1; i < N_MANY; i++)
			assert_true((uintptr_t)p[i] - (uintptr_t)p[i - 1] >= sizes[k]);
		put_many(p, sizes[k]);
	}
	pool_put(NULL, 16);
}

#define N_ROUNDS 500
#define N_FEW 40

static void *
put_few(void *aux)
{
	void **p = aux;

	for (unsigned int i = 0; i < N_FEW; i++)
		pool_put(p[i], N_BYTES);
	return NULL;
}

/* Objects that one thread takes and another frees are used again, also those that the other one kept
 * for itself when it ended. */
static void
freed_memory_is_used_again(void **state)
{
	static void *taken[N_ROUNDS][N_FEW];
	void **all = &taken[0][0];
	unsigned int n = 1;

	(void)state;
	for (unsigned int round = 0; round < N_ROUNDS; round++) {
		pthread_t thread;

		for (unsigned int i = 0; i < N_FEW; i++)
			assert_non_null(taken[round][i] = pool_take(N_BYTES));
		assert_int_equal(pthread_create(&thread, NULL, put_few, taken[round]), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
	qsort(all, N_ROUNDS * N_FEW, sizeof *all, by_address);
	for (unsigned int i = 1; i < N_ROUNDS * N_FEW; i++)
		n += all[i] != all[i - 1];
#ifndef POOL_IS_MALLOC
	assert_in_range(n, N_FEW, N_FEW + 200);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_do_not_overlap),
		cmocka_unit_test(freed_memory_is_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
