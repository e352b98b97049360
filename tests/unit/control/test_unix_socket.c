/* SPDX-License-Identifier: Apache-2.0 */
/* Names of Unix sockets: which are taken over, and which remain. */
#include <loop/unix_socket.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct lab {
	char dir[32];
	char path[64];
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	strcpy(lab->dir, "/tmp/tandem-unix-XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	snprintf(lab->path, sizeof lab->path, "%s/x", lab->dir);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	unlink(lab->path);
	assert_int_equal(rmdir(lab->dir), 0);
	free(lab);
	return 0;
}

static bool
socket_exists(const struct lab *lab)
{
	struct stat st;

	return !lstat(lab->path, &st);
}

static void
test_mode_whatever_the_umask(void **state)
{
	struct lab *lab = *state;
	struct loop_unix_name name;
	static const mode_t masks[] = {0, 022, 0777};
	struct stat st;
	int fd;

	for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
		mode_t old = umask(masks[i]);

		assert_int_equal(loop_unix_bind(lab->path, &name, &fd), 0);
		umask(old);
		assert_int_equal(lstat(lab->path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0660);
		loop_unix_unlink(&name);
		assert_false(socket_exists(lab));
		close(fd);
	}
}

static void
test_only_dead_sockets_are_replaced(void **state)
{
	struct lab *lab = *state;
	struct loop_unix_name name, other;
	int fd, second, file = open(lab->path, O_CREAT | O_WRONLY, 0600);

	assert_true(file >= 0);
	assert_int_equal(loop_unix_bind(lab->path, &name, &fd), -EEXIST);
	assert_true(socket_exists(lab));
	close(file);
	unlink(lab->path);
	assert_int_equal(symlink("/etc/hostname", lab->path), 0);
	assert_int_equal(loop_unix_bind(lab->path, &name, &fd), -EEXIST);
	unlink(lab->path);
	assert_int_equal(loop_unix_bind(lab->path, &name, &fd), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(loop_unix_bind(lab->path, &other, &second), -EADDRINUSE);
	/* The state after a crash. */
	close(fd);
	assert_true(socket_exists(lab));
	assert_int_equal(loop_unix_bind(lab->path, &name, &fd), 0);
	loop_unix_unlink(&name);
	close(fd);
}

/* A name that another socket has taken meanwhile is not removed. */
static void
test_what_is_not_ours_stays(void **state)
{
	struct lab *lab = *state;
	struct loop_unix_name name, other;
	int fd, second;

	assert_int_equal(loop_unix_bind(lab->path, &name, &fd), 0);
	unlink(lab->path);
	assert_int_equal(loop_unix_bind(lab->path, &other, &second), 0);
	loop_unix_unlink(&name);
	assert_true(socket_exists(lab));
	loop_unix_unlink(&other);
	assert_false(socket_exists(lab));
	close(fd);
	close(second);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_mode_whatever_the_umask),
		T(test_only_dead_sockets_are_replaced),
		T(test_what_is_not_ours_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
