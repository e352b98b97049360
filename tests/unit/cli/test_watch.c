/* SPDX-License-Identifier: Apache-2.0 */
#include <watch.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
number_is(double value, const char *want)
{
	char got[16];

	cli_watch_number(value, got);
	assert_string_equal(got, want);
}

static void
numbers_fit_five_characters(void **state)
{
	(void)state;
	number_is(0, "0");
	number_is(999, "999");
	number_is(999.6, "1.0k");
	number_is(12345, "12.3k");
	number_is(99960, "100k");
	number_is(999499, "999k");
	number_is(1e6, "1.0M");
	number_is(2.5e10, "25.0G");
	for (double v = 0.1; v < 1e15; v *= 1.07) {
		char text[16];

		cli_watch_number(v, text);
		assert_true(strlen(text) <= 5);
	}
}

static json_t *
sample(json_int_t s, json_int_t n)
{
	return json_pack("{sI s{sI sI} s{sI sI} sI sI s{sI sI sI sI sI} s{sI sI sI} s{sI} s{sI}}",
			 "time_ns", s * 1000000000, "hw", "packets", 10 * n, "bytes", 1000 * n,
			 "sw", "packets", 2 * n, "bytes", 200 * n, "misses", n, "rx_dropped", n,
			 "megaflows", "software", n, "hardware", 3 * n, "pending", n, "leaving", n,
			 "partial", (json_int_t)0, "reasons", "table-full", n, "match-unsupported",
			 5 * n, "a-reason-that-is-long-indeed", (json_int_t)1, "rx_drops",
			 "upcall-queue-full", n, "drops", "explicit", n);
}

static char *
line(json_t *before, json_t *now, bool colour)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	cli_watch_line_print(before, now, 7, colour, f);
	fclose(f);
	return text;
}

static void
shows_rates_between_samples(void **state)
{
	json_t *a = sample(10, 100), *b = sample(12, 300);
	char *text = line(a, b, false);

	(void)state;
	assert_string_equal(text, "    7 |  1.0k   200    100   200 |  800k  160k |"
				  "  900  300  600    0| match-unsupported 1500\n");
	free(text);
	text = line(a, a, false);
	assert_non_null(strstr(text, "     0     0      0     0 |"));
	free(text);
	json_decref(a);
	json_decref(b);
}

static void
keeps_to_a_hundred_columns(void **state)
{
	(void)state;
	for (json_int_t n = 1; n < 1000000000; n *= 7) {
		json_t *a = sample(1, 0), *b = sample(2, n);
		char *text = line(a, b, false), *colourful = line(a, b, true);

		assert_true(strlen(text) <= 101);
		assert_non_null(strstr(colourful, "\033["));
		assert_null(strstr(text, "\033["));
		free(text);
		free(colourful);
		json_decref(a);
		json_decref(b);
	}
}

static void
sums_up(void **state)
{
	json_t *a = sample(10, 100), *b = sample(12, 300);
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	cli_watch_summary_print(a, b, f);
	fclose(f);
	assert_non_null(strstr(text, "2.0 s: 2600 packets: hardware 2000 (76.9%), software 400, "
				     "upcalls 200\n"));
	assert_non_null(strstr(text, "upcall-queue-full 200"));
	free(text);
	json_decref(a);
	json_decref(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_fit_five_characters),
		cmocka_unit_test(shows_rates_between_samples),
		cmocka_unit_test(keeps_to_a_hundred_columns),
		cmocka_unit_test(sums_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
