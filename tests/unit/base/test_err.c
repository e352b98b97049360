/* SPDX-License-Identifier: Apache-2.0 */
/* An error text that fits is printed whole; a longer one is cut between words and ends with "
 * ...". */
#include <base/err.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_ERR 128
#define N_LONG 65536

static char given[N_LONG + 1];

static void
fits_as_it_is(void **state)
{
	char err[N_ERR], sentence[N_ERR];

	(void)state;
	for (size_t n = 0; n < N_ERR; n++) {
		memset(sentence, 'a', n);
		sentence[n] = 0;
		err_print(err, sizeof err, "%s", sentence);
		assert_string_equal(err, sentence);
	}
}

static void
long_words_keep_the_end(void **state)
{
	char err[N_ERR];

	(void)state;
	memset(given, 'x', N_LONG);
	err_print(err, sizeof err, "port \"%s\": 1 to 63 characters are accepted", given);
	assert_string_equal(err, "port \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\": "
				 "1 to 63 characters are accepted");
	err_print(err, sizeof err, "'%s' and '%s' are alike", given, given);
	assert_string_equal(err, "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' and "
				 "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' are alike");
}

static void
characters_stay_whole(void **state)
{
	char err[N_ERR];

	(void)state;
	for (size_t i = 0; i < N_LONG / 2; i++)
		memcpy(given + 2 * i, "\xc3\xa4", 2);
	for (size_t skip = 0; skip < 2; skip++) {
		err_print(err, sizeof err, "%.*s%s: refused", (int)skip, "x", given);
		for (const char *p = err + skip; (unsigned char)*p & 0x80; p += 2)
			assert_memory_equal(p, "\xc3\xa4", 2);
		assert_non_null(strstr(err, "...: refused"));
	}
}

/* Texts of every length around the buffer's: as many whole words as fit, then " ...". */
static void
many_words_end_whole(void **state)
{
	char err[N_ERR], sentence[4 * N_ERR] = "";

	(void)state;
	for (unsigned int i = 0; i < 40; i++) {
		size_t n = strlen(sentence);

		snprintf(sentence + n, sizeof sentence - n, "%sword%u", n ? " " : "", i);
		err_print(err, sizeof err, "%s", sentence);
		n = strlen(err);
		if (strlen(sentence) < N_ERR) {
			assert_string_equal(err, sentence);
			continue;
		}
		assert_true(n < N_ERR && n > N_ERR - 16);
		assert_string_equal(err + n - 4, " ...");
		assert_memory_equal(err, sentence, n - 4);
		assert_true(sentence[n - 4] == ' ');
	}
}

static void
small_buffers(void **state)
{
	char err[N_ERR];

	(void)state;
	memset(given, 'x', N_LONG);
	err_print(NULL, 0, "%s", given);
	for (size_t n = 1; n < 64; n++) {
		memset(err, '#', sizeof err);
		err_print(err, n, "refused: \"%s\" is not accepted", given);
		assert_true(strlen(err) < n);
		assert_true(err[n] == '#');
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_as_it_is),	 cmocka_unit_test(long_words_keep_the_end),
		cmocka_unit_test(characters_stay_whole), cmocka_unit_test(many_words_end_whole),
		cmocka_unit_test(small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
