/* SPDX-License-Identifier: Apache-2.0 */
#include <base/log.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned int
lines_written(void (*write)(struct log *log), char **text)
{
	size_t n_bytes;
	FILE *file = open_memstream(text, &n_bytes);
	struct log *log;
	unsigned int n = 0;

	assert_int_equal(log_create(file, &log), 0);
	write(log);
	fflush(file);
	for (const char *p = *text; (p = strchr(p, '\n')); p++)
		n++;
	log_destroy(log);
	fclose(file);
	return n;
}

static void
write_by_level(struct log *log)
{
	assert_int_equal(log_level_set(log, "xlate", "dbg"), 0);
	assert_int_equal(log_level_set(log, "offload", "err"), 0);
	LOG_DBG(log, XLATE, "shown");
	LOG_WARN(log, OFFLOAD, "hidden");
	LOG_ERR(log, OFFLOAD, "shown");
	LOG_DBG(log, SWPATH, "hidden");
}

static void
test_levels_filter(void **state)
{
	char *text;

	(void)state;
	assert_int_equal(lines_written(write_by_level, &text), 2);
	assert_non_null(strstr(text, "|xlate|DBG|shown"));
	assert_null(strstr(text, "hidden"));
	free(text);
}

static void
write_many(struct log *log)
{
	for (int i = 0; i < 5000; i++)
		LOG_INFO(log, UPCALL, "line %d", i);
}

static void
test_floods_are_cut(void **state)
{
	char *text;

	(void)state;
	/* 50 per second; the loop may straddle a few seconds on a slow machine. */
	assert_in_range(lines_written(write_many, &text), 50, 500);
	free(text);
}

static void
test_bad_names_are_refused(void **state)
{
	struct log *log;

	(void)state;
	assert_int_equal(log_create(stderr, &log), 0);
	assert_int_equal(log_level_set(log, "nosuch", "dbg"), -EINVAL);
	assert_int_equal(log_level_set(log, "xlate", "loud"), -EINVAL);
	assert_int_equal(log_level_set(log, "ANY", "off"), 0);
	assert_false(log_enabled(log, LOG_XLATE, LOG_LEVEL_ERR));
	log_destroy(log);
}

/* A full disk, until the file is another. */
static void
test_lines_that_are_lost_are_counted(void **state)
{
	FILE *full = fopen("/dev/full", "w"), *file;
	struct log *log;
	size_t n_bytes;
	char *text;

	(void)state;
	assert_non_null(full);
	assert_int_equal(log_create(full, &log), 0);
	for (int i = 0; i < 3; i++)
		LOG_INFO(log, UPCALL, "lost %d", i);
	assert_int_equal(log_n_lost(log), 3);
	file = open_memstream(&text, &n_bytes);
	log_file_set(log, file);
	LOG_INFO(log, UPCALL, "first");
	LOG_INFO(log, UPCALL, "second");
	assert_int_equal(log_n_lost(log), 3);
	assert_null(strstr(text, "lost 2"));
	assert_non_null(strstr(text, "|upcall|INFO|first\n...|log|WARN|3 lines lost"));
	assert_ptr_equal(strstr(strstr(text, "lines lost") + 1, "lines lost"), NULL);
	log_destroy(log);
	fclose(file);
	fclose(full);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_filter),
		cmocka_unit_test(test_floods_are_cut),
		cmocka_unit_test(test_lines_that_are_lost_are_counted),
		cmocka_unit_test(test_bad_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
