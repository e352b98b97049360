/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays start where they are said to, are zero, and can be written to their last byte. */
#include <base/pages.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

static const size_t sizes[] = {
	1, 64, 4097, PAGES_HUGE - 1, PAGES_HUGE, PAGES_HUGE + 64, 5 * PAGES_HUGE + 1};

#define N_SIZES (sizeof sizes / sizeof sizes[0])

static void
test_arrays_are_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_SIZES; i++) {
		unsigned char *p = pages_new(sizes[i]);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % (sizes[i] < PAGES_HUGE ? 64 : PAGES_HUGE), 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_int_equal(p[k], 0);
		memset(p, 0xff, sizes[i]);
		pages_free(p, sizes[i]);
	}
	pages_free(NULL, 64);
	pages_free(NULL, PAGES_HUGE);
}

/* More than there are addresses. */
static void
test_too_much(void **state)
{
	(void)state;
	assert_null(pages_new(SIZE_MAX / 2));
	assert_null(pages_reserve(SIZE_MAX / 2));
}

static bool
is_present(unsigned char *p)
{
	unsigned char present;

	assert_int_equal(mincore(p, 1, &present), 0);
	return present & 1;
}

static void
test_reserved_takes_memory_when_populated(void **state)
{
	const size_t n = 8 * PAGES_HUGE;
	unsigned char *p = pages_reserve(n);

	(void)state;
	assert_non_null(p);
	assert_int_equal((uintptr_t)p % PAGES_HUGE, 0);
	assert_int_equal(pages_commit(p, 2 * PAGES_HUGE), 0);
	assert_false(is_present(p));
	p[PAGES_HUGE + 64] = 7;
	pages_populate(p, 2 * PAGES_HUGE);
	assert_true(is_present(p) && is_present(p + PAGES_HUGE));
	assert_false(is_present(p + 2 * PAGES_HUGE));
	assert_int_equal(p[PAGES_HUGE + 64], 7);
	assert_int_equal(pages_commit(p + 2 * PAGES_HUGE, n - 2 * PAGES_HUGE), 0);
	assert_int_equal(p[n - 1], 0);
	assert_int_equal(p[PAGES_HUGE + 64], 7);
	pages_release(p, n);
	pages_release(NULL, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrays_are_zero),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_reserved_takes_memory_when_populated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
