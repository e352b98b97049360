/* SPDX-License-Identifier: Apache-2.0 */
/* The pid file exists while its process runs, and is removed after it. */
#include <daemon/pidfile.h>

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char folder[32];
	char path[64];
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strcpy(p->folder, "/tmp/pidfile-XXXXXX");
	assert_non_null(mkdtemp(p->folder));
	snprintf(p->path, sizeof p->path, "%s/pid", p->folder);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	assert_int_equal(rmdir(p->folder), 0);
	free(p);
	return 0;
}

static void
test_one_at_a_time(void **state)
{
	const struct place *p = *state;
	struct ctl_pidfile *first, *second;
	char err[256] = "", pid[16];

	snprintf(pid, sizeof pid, "process %d)", (int)getpid());
	assert_int_equal(ctl_pidfile_create(p->path, &first, err, sizeof err), 0);
	assert_int_equal(ctl_pidfile_create(p->path, &second, err, sizeof err), -EBUSY);
	assert_non_null(strstr(err, pid));
	assert_int_equal(access(p->path, F_OK), 0);
	ctl_pidfile_destroy(first);
	assert_int_equal(access(p->path, F_OK), -1);
	assert_int_equal(ctl_pidfile_create(p->path, &second, err, sizeof err), 0);
	ctl_pidfile_destroy(second);
}

static void
test_failure_leaves_none(void **state)
{
	const struct rlimit none = {0, RLIM_INFINITY};
	const struct place *p = *state;
	struct ctl_pidfile *pidfile;
	struct rlimit before;
	char err[256] = "";
	int error;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	error = ctl_pidfile_create(p->path, &pidfile, err, sizeof err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(error < 0);
	assert_non_null(strstr(err, p->path));
	assert_int_equal(access(p->path, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failure_leaves_none, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
