/* SPDX-License-Identifier: Apache-2.0 */
/* Errors list all accepted words, however long the list and the input. */
#include "lab.h"

#include <stdio.h>
#include <string.h>

#define N_LONG 3000

static struct lab lab;
static char given[N_LONG + 64];

/* Returns the error, empty if the text is accepted. */
static const char *
refused(const char *text)
{
	struct xlate_flow_mod fm;

	lab.err[0] = 0;
	if (!xlate_flow_mod_parse(lab.br, text, XLATE_ADD, &fm, lab.err, sizeof lab.err)) {
		xlate_flow_mod_free(&fm);
		return "";
	}
	assert_int_not_equal(strlen(lab.err), 0);
	return lab.err;
}

static bool
ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

/* Each word of the list is an action, so none was cut. */
static void
lists_all_actions(void **state)
{
	static const char after[] = "expected a port or one of ";
	char list[FLOW_ERR_BYTES], text[128];
	const char *begin;
	unsigned int n = 0;

	(void)state;
	snprintf(list, sizeof list, "%s", refused("actions=frobnicate"));
	assert_true(ends_with(list, " mod_tp_src mod_tp_dst"));
	begin = strstr(list, after);
	assert_non_null(begin);
	for (char *word = strtok(list + (begin - list) + strlen(after), " "); word;
	     word = strtok(NULL, " "), n++) {
		snprintf(text, sizeof text, "actions=%s:?", word);
		if (strstr(refused(text), "unknown or unsupported action"))
			fail_msg("\"%s\" is not an action", word);
	}
	assert_true(n > 50);
}

/* With the longest inputs, the end of the error, which lists the accepted words, is not cut. */
static void
long_input_keeps_the_end(void **state)
{
	static const struct {
		const char *before, *end;
	} inputs[] = {
		{"actions=note:", "separated by dots"},
		{"actions=load:1->", "NXM_OF_IP_SRC"},
		{"actions=set_field:1->", "reg0"},
		{"actions=group:", "expected 0..4294967040"},
		{"actions=mod_vlan_vid:", "expected 0..4095"},
		{"actions=dec_ttl,resubmit(,", "not closed"},
		{"in_port=1,dl_dst=", ""},
		{"table=", "expected name or name=value"},
		{"priority=", "expected name or name=value"},
		{"actions=learn(table=", "not closed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
		size_t n = strlen(inputs[i].before);
		const char *err;

		snprintf(given, sizeof given, "%s", inputs[i].before);
		memset(given + n, 'x', N_LONG);
		given[n + N_LONG] = 0;
		err = refused(given);
		if (!*err)
			fail_msg("%s: accepted", inputs[i].before);
		if (!ends_with(err, inputs[i].end) && !ends_with(err, "..."))
			fail_msg("%s: ends in the middle: %s", inputs[i].before, err);
	}
}

static int
open_lab(void **state)
{
	(void)state;
	lab_open(&lab, 2, 0);
	return 0;
}

static int
close_lab(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_all_actions),
		cmocka_unit_test(long_input_keeps_the_end),
	};

	return cmocka_run_group_tests(tests, open_lab, close_lab);
}
