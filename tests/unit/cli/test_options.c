/* SPDX-License-Identifier: Apache-2.0 */
#include <options.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct cli_options o;
static char *out_text, *err_text;

static enum cli_options_outcome
parse(const char *line)
{
	static char copy[512];
	char *argv[CLI_ARGS_MAX + 8] = {NULL}, *save;
	size_t n;
	int argc = 0;
	FILE *out, *err;
	enum cli_options_outcome outcome;

	free(out_text);
	free(err_text);
	out = open_memstream(&out_text, &n);
	err = open_memstream(&err_text, &n);
	snprintf(copy, sizeof copy, "tandem %s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	outcome = cli_options_parse(argc, argv, &o, out, err);
	fclose(out);
	fclose(err);
	return outcome;
}

static void
maps_words_to_methods(void **state)
{
	(void)state;
	assert_int_equal(parse("-d /x flow add br0 actions=drop"), CLI_OPTIONS_RUN);
	assert_string_equal(o.rundir, "/x");
	assert_string_equal(o.command->method->name, "flow/add");
	assert_int_equal(o.argc, 2);
	assert_string_equal(o.argv[1], "actions=drop");
	assert_int_equal(parse("--rundir=/y megaflow dump --json -m type=hw"), CLI_OPTIONS_RUN);
	assert_string_equal(o.rundir, "/y");
	assert_true(o.json);
	assert_int_equal(o.argc, 2);
	assert_string_equal(o.argv[0], "-m");
	assert_int_equal(parse("trace br0 in_port=1"), CLI_OPTIONS_RUN);
	assert_string_equal(o.command->method->name, "ofproto/trace");
	assert_string_equal(o.rundir, "/run/tandem");
	assert_int_equal(parse("watch --count 3 --interval 0.5"), CLI_OPTIONS_RUN);
	assert_int_equal(o.n_times, 3);
	assert_true(o.interval_s > 0.4 && o.interval_s < 0.6);
	assert_int_equal(parse("top --once --interval 0.5"), CLI_OPTIONS_RUN);
	assert_int_equal(o.n_times, 1);
	assert_true(o.interval_s > 0.4 && o.interval_s < 0.6);
}

static void
wrong_usage_shows_what_is_accepted(void **state)
{
	static const char *const lines[][2] = {
		{"", "usage:"},
		{"-d", "no directory"},
		{"--color", "unknown option --color"},
		{"fly", "unknown command 'fly'"},
		{"flow", "flow load"},
		{"flow fly", "flow load"},
		{"flow add br0", "arguments are missing"},
		{"bridge add a b", "too many arguments"},
		{"watch --count", "no number"},
		{"watch --count x", "not a number"},
		{"watch --interval 0", "not a number"},
		{"watch 5 5", "unknown option 5"},
		{"watch --once", "watch: unknown option --once"},
		{"top --count", "top: no number after --count"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(parse(lines[i][0]), CLI_OPTIONS_WRONG);
		if (!strstr(err_text, lines[i][1]))
			fail_msg("'%s': '%s' lacks '%s'", lines[i][0], err_text, lines[i][1]);
		assert_string_equal(out_text, "");
	}
}

static void
every_command_has_help(void **state)
{
	(void)state;
	assert_int_equal(parse("--help"), CLI_OPTIONS_DONE);
	for (unsigned int i = 0; i < cli_n_commands; i++) {
		char line[64];

		assert_int_equal(parse("--help"), CLI_OPTIONS_DONE);
		if (!strstr(out_text, cli_commands[i].words))
			fail_msg("--help lacks %s", cli_commands[i].words);
		snprintf(line, sizeof line, "%s --help", cli_commands[i].words);
		assert_int_equal(parse(line), CLI_OPTIONS_DONE);
		assert_non_null(strstr(out_text, cli_commands[i].method->help));
	}
	assert_int_equal(parse("flow --help"), CLI_OPTIONS_DONE);
	assert_non_null(strstr(out_text, "flow load"));
	assert_null(strstr(out_text, "port add"));
	assert_int_equal(parse("--version"), CLI_OPTIONS_DONE);
}

static int
teardown(void **state)
{
	(void)state;
	free(out_text);
	free(err_text);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_words_to_methods),
		cmocka_unit_test(wrong_usage_shows_what_is_accepted),
		cmocka_unit_test(every_command_has_help),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
