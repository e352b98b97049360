/* SPDX-License-Identifier: Apache-2.0 */
#include <base/clock.h>
#include <base/log.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static void write_at(struct log *log, uint64_t now_ns, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
write_at(struct log *log, uint64_t now_ns, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_write_at(log, now_ns, LOG_UPCALL, LOG_LEVEL_INFO, fmt, args);
	va_end(args);
}

static unsigned int
count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

#define N_WRITTEN (LOG_LINES_AT_ONCE + 60 * LOG_LINES_A_MINUTE - 1)

/* Writes one hour of a flood, 100 lines a second, with another message every ten seconds. */
static void
write_flood(struct log *log)
{
	for (uint64_t i = 1; i <= 360000; i++) {
		write_at(log, i * NS_PER_S / 100, "flood %d", (int)i % 10);
		if (i % 1000 == 0)
			write_at(log, i * NS_PER_S / 100, "calm %d", (int)(i / 1000));
	}
	assert_int_equal(log_n_suppressed(log), 360000 - N_WRITTEN);
}

static void
test_floods_are_cut(void **state)
{
	unsigned long long n_reported = 0;
	char *text;

	(void)state;
	lines_written(write_flood, &text);
	assert_int_equal(count(text, "|flood "), N_WRITTEN);
	assert_int_equal(count(text, "|calm "), 360);
	/* Every line is either written or counted as suppressed. */
	for (const char *p = text; (p = strstr(p, "|WARN|")); p++)
		n_reported += strtoull(p + 6, NULL, 10);
	assert_int_equal(n_reported + N_WRITTEN, 360000);
	free(text);
}

static void
write_once_and_others(struct log *log)
{
	for (int i = 0; i < 1000; i++)
		write_at(log, NS_PER_S, "burst %d", i);
	write_at(log, 30 * NS_PER_S, "other");
	write_at(log, 90 * NS_PER_S, "another");
}

/* A message that does not recur: its suppressed lines are reported with the next other message. */
static void
test_suppressed_are_reported_by_others(void **state)
{
	char *text;

	(void)state;
	lines_written(write_once_and_others, &text);
	assert_non_null(strstr(text, "950 lines like \"burst %d\" suppressed"));
	assert_true(strstr(text, "suppressed") > strstr(text, "another"));
	free(text);
}

static void
write_some(struct log *log)
{
	for (int i = 0; i < 1000; i++)
		write_at(log, NS_PER_S, "flood %d", i);
	for (int i = 0; i < 20; i++) {
		write_at(log, NS_PER_S, "calm %d", i);
		write_at(log, NS_PER_S, "quiet %d", i);
	}
}

/* A flooding message uses up its own limit alone. */
static void
test_messages_are_limited_singly(void **state)
{
	char *text;

	(void)state;
	lines_written(write_some, &text);
	assert_int_equal(count(text, "|flood "), LOG_LINES_AT_ONCE);
	assert_int_equal(count(text, "|calm "), 20);
	assert_int_equal(count(text, "|quiet "), 20);
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

/* Lines are counted while the disk is full, until the log is reopened on another file. */
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
	assert_non_null(strstr(text, "|upcall|INFO|first\n...|log|WARN|3 log lines lost"));
	assert_ptr_equal(strstr(strstr(text, "lines lost") + 1, "lines lost"), NULL);
	log_destroy(log);
	fclose(file);
	fclose(full);
	free(text);
}

/* Fills a pipe. */
static void
pipe_fill(int fd)
{
	static const char bytes[4096];

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (write(fd, bytes, sizeof bytes) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

/* A stopped reader of the log does not block the writers. */
static void
test_a_pipe_that_nobody_reads(void **state)
{
	static char text[1 << 20];
	struct log *log;
	FILE *file;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pipe_fill(fds[1]);
	file = fdopen(fds[1], "w");
	assert_int_equal(log_create(file, &log), 0);
	alarm(20); /* otherwise a failure would block the test for ever */
	for (int i = 0; i < 10; i++)
		LOG_INFO(log, XLATE, "nobody reads this");
	alarm(0);
	assert_int_equal(log_n_lost(log), 10);
	assert_true(read(fds[0], text, sizeof text) > 0);
	LOG_INFO(log, XLATE, "this is read");
	memset(text, 0, sizeof text);
	assert_true(read(fds[0], text, sizeof text - 1) > 0);
	assert_non_null(strstr(text, "this is read"));
	assert_non_null(strstr(text, "10 log lines lost"));
	assert_null(strstr(text, "nobody"));
	log_destroy(log);
	fclose(file);
	close(fds[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_filter),
		cmocka_unit_test(test_floods_are_cut),
		cmocka_unit_test(test_suppressed_are_reported_by_others),
		cmocka_unit_test(test_messages_are_limited_singly),
		cmocka_unit_test(test_lines_that_are_lost_are_counted),
		cmocka_unit_test(test_a_pipe_that_nobody_reads),
		cmocka_unit_test(test_bad_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
