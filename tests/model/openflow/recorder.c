/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder.h"

#include <messages/codec.h>
#include <replies/reply.h>
#include <wire/wire.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 16
#define WAIT_MS 20000
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

struct peer {
	int fd;
	uint8_t version;
	enum ofp_type type;
	struct ofp_context ctx;
	struct ofp_buffer in;
	struct ofp_buffer *out;
};

static void
send_message(const struct peer *p, const struct ofp_message *m)
{
	struct ofp_buffer b = OFP_BUFFER_INIT;

	CHECK(!ofp_encode(m, p->version, &b));
	CHECK(write(p->fd, b.data, b.n) == (ssize_t)b.n);
	ofp_buffer_free(&b);
}

/* Sends an empty reply, which most kinds allow; a kind that requires a body gets an error. */
static void
answer_multipart(const struct peer *p, const struct ofp_message *m, const uint8_t *bytes, size_t n)
{
	struct ofp_error e = {.code = OFP_E_BR_BAD_STAT};
	struct ofp_buffer b = OFP_BUFFER_INIT;
	struct ofp_reply r;

	if (m->multipart.kind == OFP_STATS_AGGREGATE) {
		ofp_encode_error(&e, p->version, bytes, n, &b);
	} else {
		ofp_reply_start(&r, &m->multipart, p->version, m->xid, &b);
		CHECK(!ofp_reply_end(&r));
	}
	CHECK(write(p->fd, b.data, b.n) == (ssize_t)b.n);
	ofp_buffer_free(&b);
}

static void
answer(struct peer *p, const struct ofp_message *m)
{
	struct ofp_message reply = {.xid = m->xid};

	if (m->type == OFP_BARRIER_REQUEST) {
		reply.type = OFP_BARRIER_REPLY;
		send_message(p, &reply);
	} else if (m->type == OFP_BUNDLE_CONTROL) {
		reply.type = OFP_BUNDLE_CONTROL;
		reply.bundle = m->bundle;
		reply.bundle.control = (enum ofp_bundle_control)(m->bundle.control + 1);
		send_message(p, &reply);
	} else if (m->type == OFP_SET_FLOW_MOD_TABLE_ID) {
		p->ctx.flow_mod_table_id = m->flow_mod_table_id;
	}
}

static void
take(struct peer *p, const uint8_t *bytes, size_t n)
{
	struct ofp_message m;
	struct ofp_error err = {0};

	if (ofp_decode(&p->ctx, bytes, n, &m, &err)) {
		fprintf(stderr, "%s: %s\n", ofp_error_name(err.code), err.text);
		for (size_t i = 0; i < n; i++)
			fprintf(stderr, "%02x", bytes[i]);
		fputc('\n', stderr);
		abort();
	}
	if (m.type == p->type)
		ofp_put(p->out, bytes, n);
	if (m.type == OFP_MULTIPART_REQUEST)
		answer_multipart(p, &m, bytes, n);
	else
		answer(p, &m);
	ofp_message_free(&m);
}

static bool
receive(struct peer *p)
{
	uint8_t bytes[65536];
	ssize_t n = read(p->fd, bytes, sizeof bytes);
	size_t at = 0, length;

	if (n <= 0)
		return false;
	ofp_put(&p->in, bytes, (size_t)n);
	while (p->in.n - at >= OFP_HEADER_BYTES &&
	       (length = ofp_get_u16(p->in.data + at + 2)) <= p->in.n - at) {
		CHECK(length >= OFP_HEADER_BYTES);
		take(p, p->in.data + at, length);
		at += length;
	}
	memmove(p->in.data, p->in.data + at, p->in.n - at);
	p->in.n -= at;
	return true;
}

static void
serve(struct peer *p, int listener)
{
	struct ofp_message hello = {.type = OFP_HELLO, .hello.versions = 1u << p->version};
	struct pollfd poll_fd = {.fd = listener, .events = POLLIN};

	CHECK(poll(&poll_fd, 1, WAIT_MS) == 1);
	p->fd = accept(listener, NULL, NULL);
	CHECK(p->fd >= 0);
	send_message(p, &hello);
	while (receive(p))
		;
	close(p->fd);
	ofp_buffer_free(&p->in);
}

static int
listen_at(struct sockaddr_un *at, char *dir)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(mkdtemp(dir));
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path, sizeof at->sun_path, "%s/mgmt", dir);
	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)at, sizeof *at) && !listen(fd, 1));
	return fd;
}

void
recorder_run(const char *const argv[], uint8_t version, enum ofp_type type, struct ofp_buffer *out)
{
	struct peer p = {.version = version, .type = type, .ctx.version = version, .out = out};
	struct sockaddr_un at = {0};
	char dir[] = "/tmp/openflow-XXXXXX", target[128];
	const char *args[ARGS_MAX] = {"ovs-ofctl", "--timeout=20", "--no-names"};
	int listener = listen_at(&at, dir), status;
	size_t n = 3;
	pid_t pid;

	snprintf(target, sizeof target, "unix:%s", at.sun_path);
	for (; *argv && n < ARGS_MAX - 1; argv++)
		args[n++] = strcmp(*argv, "SOCK") ? *argv : target;
	args[n] = NULL;
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		execvp(args[0], (char *const *)(uintptr_t)args);
		_exit(127);
	}
	serve(&p, listener);
	close(listener);
	CHECK(waitpid(pid, &status, 0) == pid);
	unlink(at.sun_path);
	rmdir(dir);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

char *
recorder_print(const struct ofp_buffer *messages)
{
	char path[] = "/tmp/openflow-XXXXXX", command[128], line[4096], *text;
	int fd = mkstemp(path);
	FILE *pipe, *mem;
	size_t n;

	CHECK(fd >= 0 && write(fd, messages->data, messages->n) == (ssize_t)messages->n);
	close(fd);
	snprintf(command, sizeof command, "ovs-ofctl --no-names ofp-parse %s 2>/dev/null", path);
	pipe = popen(command, "r");
	mem = open_memstream(&text, &n);
	CHECK(pipe && mem);
	while (fgets(line, sizeof line, pipe))
		fputs(line, mem);
	pclose(pipe);
	fclose(mem);
	unlink(path);
	return text;
}

bool
recorder_has_ovs(void)
{
	return !system("ovs-ofctl --version >/dev/null 2>&1");
}
