/* SPDX-License-Identifier: Apache-2.0 */
/* YAML becomes equivalent JSON, or an error with the line number. */
#include <config/yaml_json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
expect(const char *yaml, const char *json)
{
	char err[256];
	json_t *got, *want = json_loads(json, JSON_DECODE_ANY, NULL);

	assert_non_null(want);
	if (ctl_yaml_parse(yaml, strlen(yaml), &got, err, sizeof err))
		fail_msg("%s: %s", yaml, err);
	if (!json_equal(got, want))
		fail_msg("%s is not %s", yaml, json);
	json_decref(got);
	json_decref(want);
}

static void
reads_values(void **state)
{
	(void)state;
	expect("", "{}");
	expect("# only a comment\n", "{}");
	expect("a: 1\nb: -2\nc: 0x10\n", "{\"a\": 1, \"b\": -2, \"c\": 16}");
	expect("a: '1'\nb: \"true\"\nc: 1.5\n", "{\"a\": \"1\", \"b\": \"true\", \"c\": \"1.5\"}");
	expect("[true, no, ~, null, '']", "[true, false, null, null, \"\"]");
	expect("- {a: [b, {c: d}]}\n- x y", "[{\"a\": [\"b\", {\"c\": \"d\"}]}, \"x y\"]");
	expect("t: |\n  a\n  b\n", "{\"t\": \"a\\nb\\n\"}");
}

static void
refuse(const char *yaml, const char *why)
{
	char err[256] = "";
	json_t *got;

	if (!ctl_yaml_parse(yaml, strlen(yaml), &got, err, sizeof err))
		fail_msg("%s was accepted", yaml);
	if (!strstr(err, why))
		fail_msg("%s: '%s' does not say '%s'", yaml, err, why);
}

static void
refuses_with_the_line(void **state)
{
	(void)state;
	refuse("a: 1\na: 2\n", "line 2");
	refuse("a: &x 1\nb: *x\n", "anchors");
	refuse("a: *x\n", "aliases");
	refuse("a: !!int 1\n", "tags");
	refuse("a: [1\n", "line");
	refuse("a: 1\n  b: 2\n", "line 2");
	refuse("a: 1\n---\nb: 2\n", "one document");
	refuse("{[a]: b}", "a key is");
	refuse("[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", "deeper");
	refuse("a: \"\\0\"\n", "NUL");
	refuse("a: \t\x01\n", "line");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(refuses_with_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
