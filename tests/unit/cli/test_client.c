/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the client with answers written to a socket pair in advance. */
#include <client.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

/* Calls method "m" with one argument, with 'reply' as the daemon's answer. Stores the request
 * that was sent in 'request'. */
static int
call(const char *reply, char **text, json_t **request)
{
	const char *const argv[] = {"a \"b\""};
	struct cli_client *c;
	int fds[2], error;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(cli_client_adopt(fds[0], &c), 0);
	assert_int_equal(write(fds[1], reply, strlen(reply)), (ssize_t)strlen(reply));
	shutdown(fds[1], SHUT_WR);
	error = cli_client_call(c, "m", 1, argv, text);
	cli_client_close(c);
	*request = json_loadfd(fds[1], 0, NULL);
	close(fds[1]);
	return error;
}

static void
expect(const char *reply, int want, const char *want_text)
{
	json_t *request;
	char *text;

	assert_int_equal(call(reply, &text, &request), want);
	assert_non_null(strstr(text, want_text));
	assert_string_equal(json_string_value(json_object_get(request, "method")), "m");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(request, "params"), 0)),
		"a \"b\"");
	assert_true(json_is_integer(json_object_get(request, "id")));
	json_decref(request);
	free(text);
}

static void
reads_answers(void **state)
{
	(void)state;
	expect("{\"id\":0,\"result\":\"yes\\n\",\"error\":null}", 0, "yes\n");
	expect("{\"id\":0,\"result\":null,\"error\":\"no\"}", -EREMOTEIO, "no");
	expect("{\"id\":0,\"result\":null,\"error\":null}", -EPROTO, "hung up");
	expect("{\"id\":0,\"resu", -EPROTO, "hung up");
	expect("", -EPROTO, "hung up");
	expect("garbage", -EPROTO, "hung up");
}

static void
names_the_socket(void **state)
{
	struct cli_client *c;
	char err[512], path[200];

	(void)state;
	assert_int_equal(cli_client_open("/nonexistent", &c, err, sizeof err), -ENOENT);
	assert_non_null(strstr(err, "/nonexistent/tandemd.ctl"));
	assert_non_null(strstr(err, "start it with: tandemd --rundir /nonexistent"));
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(cli_client_open(path, &c, err, sizeof err), -ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(names_the_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
