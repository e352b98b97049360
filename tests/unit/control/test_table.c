/* SPDX-License-Identifier: Apache-2.0 */
#include <util/text_table.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
aligns(void **state)
{
	const struct ctl_column columns[] = {{"name", "NAME"}, {"n", "N"}, {"why", "WHY"}};
	json_t *rows = json_pack("[{ss si ss}, {ss si s n}]", "name", "a", "n", 5, "why", "x",
				 "name", "longer", "n", 1234, "why");
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	assert_non_null(rows);
	ctl_table_print(rows, columns, 3, f);
	fclose(f);
	assert_string_equal(text, "NAME       N  WHY\n"
				  "a          5  x\n"
				  "longer  1234  -\n");
	free(text);
	json_decref(rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(aligns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
