/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct cli_client {
	int fd;
	json_int_t next_id;
};

int
cli_client_adopt(int fd, struct cli_client **out)
{
	struct cli_client *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->fd = fd;
	*out = c;
	return 0;
}

static void
connect_explain(const char *rundir, const char *path, int errnum, char *err, size_t n_err)
{
	if (errnum == ENOENT || errnum == ECONNREFUSED)
		snprintf(err, n_err,
			 "tandemd does not run at %s (%s); start it with: tandemd --rundir %s",
			 path, strerror(errnum), rundir);
	else
		snprintf(err, n_err, "cannot connect to %s: %s", path, strerror(errnum));
}

int
cli_client_open(const char *rundir, struct cli_client **out, char *err, size_t n_err)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char path[512];
	int fd, errnum, rc;

	snprintf(path, sizeof path, "%s/tandemd.ctl", rundir);
	if (strlen(path) >= sizeof sa.sun_path) {
		connect_explain(rundir, path, ENAMETOOLONG, err, n_err);
		return -ENAMETOOLONG;
	}
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, sizeof sa)) {
		errnum = errno;
		connect_explain(rundir, path, errnum, err, n_err);
		if (fd >= 0)
			close(fd);
		return -errnum;
	}
	rc = cli_client_adopt(fd, out);
	if (rc)
		close(fd);
	return rc;
}

void
cli_client_close(struct cli_client *c)
{
	if (!c)
		return;
	close(c->fd);
	free(c);
}

static int
fd_send(const char *data, size_t n, void *aux)
{
	const struct cli_client *c = aux;

	while (n > 0) {
		ssize_t sent = send(c->fd, data, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		data += sent;
		n -= (size_t)sent;
	}
	return 0;
}

static size_t
fd_receive(void *buf, size_t n, void *aux)
{
	const struct cli_client *c = aux;
	ssize_t got;

	do
		got = recv(c->fd, buf, n, 0);
	while (got < 0 && errno == EINTR);
	return got < 0 ? (size_t)-1 : (size_t)got;
}

static json_t *
request_make(struct cli_client *c, const char *method, unsigned int argc, const char *const *argv)
{
	json_t *params = json_array();

	for (unsigned int i = 0; i < argc; i++)
		if (json_array_append_new(params, json_string(argv[i]))) {
			json_decref(params);
			return NULL;
		}
	return json_pack("{ss so sI}", "method", method, "params", params, "id", c->next_id++);
}

static int
fail(int rc, const char *sentence, char **text)
{
	*text = strdup(sentence);
	return rc;
}

/* Reads the reply. Also called after a failed send: the daemon closes the connection of a request
 * that is too large before it has read all of it, and its error can still be received. */
static int
reply_read(struct cli_client *c, char **text)
{
	json_error_t why;
	json_t *reply = json_load_callback(fd_receive, c, JSON_DISABLE_EOF_CHECK, &why);
	const char *error = json_string_value(json_object_get(reply, "error"));
	const char *result = json_string_value(json_object_get(reply, "result"));
	int rc = 0;

	if (error)
		rc = fail(-EREMOTEIO, error, text);
	else if (result)
		*text = strdup(result);
	else
		rc = fail(-EPROTO, "the daemon hung up without an answer", text);
	json_decref(reply);
	return rc;
}

int
cli_client_call(struct cli_client *c, const char *method, unsigned int argc,
		const char *const *argv, char **text)
{
	json_t *request = request_make(c, method, argc, argv);

	if (!request)
		return fail(-EINVAL, "the arguments are not valid UTF-8", text);
	json_dump_callback(request, fd_send, c, JSON_COMPACT);
	json_decref(request);
	return reply_read(c, text);
}

void
cli_client_wait_end(struct cli_client *c)
{
	char buf[256];
	size_t n;

	do
		n = fd_receive(buf, sizeof buf, c);
	while (n > 0 && n != (size_t)-1);
}
