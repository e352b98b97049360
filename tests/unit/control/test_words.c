/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a command line, and the arguments passed to EAL. */
#include <base/number.h>
#include <daemon/eal.h>
#include <util/words.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
expect_split(const char *text, const char *joined)
{
	struct ctl_words l = {0};
	char got[256] = "";

	assert_int_equal(ctl_words_split(&l, text), 0);
	for (int i = 0; i < l.n; i++) {
		strcat(got, l.w[i]);
		strcat(got, "|");
	}
	assert_string_equal(got, joined);
	ctl_words_free(&l);
}

static void
splits_as_a_shell_quotes(void **state)
{
	struct ctl_words l = {0};

	(void)state;
	expect_split("", "");
	expect_split("  \t ", "");
	expect_split("a b\tc", "a|b|c|");
	expect_split("--vdev 'net_x,a=[b c]'", "--vdev|net_x,a=[b c]|");
	expect_split("\"a b\"'c'd\\ e", "a bcd e|");
	expect_split("'$(rm)' `x` $HOME", "$(rm)|`x`|$HOME|");
	expect_split("''", "|");
	assert_int_equal(ctl_words_split(&l, "a 'b"), -EINVAL);
	assert_int_equal(ctl_words_split(&l, "\"a"), -EINVAL);
	ctl_words_free(&l);
}

static bool
eal_has(const char *extra, bool huge, const char *word)
{
	struct ctl_config *c;
	struct ctl_words l;
	char err[256];
	bool has;

	assert_int_equal(ctl_config_default(&c), 0);
	assert_int_equal(ctl_eal_words(c, extra, huge, &l, err, sizeof err), 0);
	has = ctl_words_has(&l, word);
	ctl_words_free(&l);
	ctl_config_free(c);
	return has;
}

static void
gives_way_to_the_operator(void **state)
{
	(void)state;
	assert_true(eal_has(NULL, true, "--no-telemetry"));
	assert_true(eal_has(NULL, true, "--no-pci"));
	assert_true(eal_has(NULL, true, "--in-memory"));
	assert_true(eal_has(NULL, true, "--lcores"));
	assert_false(eal_has(NULL, true, "--no-huge"));
	assert_true(eal_has(NULL, false, "--no-huge"));
	assert_false(eal_has(NULL, false, "--in-memory"));
	assert_true(eal_has(NULL, false, "--no-shconf"));
	assert_true(eal_has("--no-huge", true, "--no-shconf"));
	assert_false(eal_has("--huge-dir=/x", true, "--in-memory"));
	assert_false(eal_has("--huge-dir=/x", false, "--no-huge"));
	assert_true(eal_has(NULL, false, "-m"));
	assert_false(eal_has("-l 0,1", true, "--lcores"));
	assert_false(eal_has("-a 0000:03:00.0", true, "--no-pci"));
	assert_true(eal_has("--file-prefix=x", true, "--file-prefix=x"));
}

static void
reports_which_quote(void **state)
{
	struct ctl_config *c;
	struct ctl_words l;
	char err[256];

	(void)state;
	assert_int_equal(ctl_config_default(&c), 0);
	assert_int_equal(ctl_eal_words(c, "--vdev 'x", true, &l, err, sizeof err), -EINVAL);
	assert_non_null(strstr(err, "quote"));
	ctl_config_free(c);
}

static void
numbers_are_whole_and_in_range(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(number_parse("10", 2, 1, 10, &v), 0);
	assert_int_equal(v, 10);
	assert_int_equal(number_parse("0x1f,", 4, 0, 100, &v), 0);
	assert_int_equal(v, 31);
	assert_int_equal(number_parse("010", 3, 0, 100, &v), 0);
	assert_int_equal(v, 10);
	assert_int_equal(number_parse("11", 2, 1, 10, &v), -EINVAL);
	assert_int_equal(number_parse("", 0, 0, 10, &v), -EINVAL);
	assert_int_equal(number_parse("-1", 2, 0, 10, &v), -EINVAL);
	assert_int_equal(number_parse(" 1", 2, 0, 10, &v), -EINVAL);
	assert_int_equal(number_parse("1x", 2, 0, 10, &v), -EINVAL);
	assert_int_equal(number_parse("18446744073709551616", 20, 0, UINT64_MAX, &v), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_as_a_shell_quotes),
		cmocka_unit_test(gives_way_to_the_operator),
		cmocka_unit_test(reports_which_quote),
		cmocka_unit_test(numbers_are_whole_and_in_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
