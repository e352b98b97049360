/* SPDX-License-Identifier: Apache-2.0 */
#include "conn.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The kernel makes no larger parts of a dump (32 KiB), and no longer answers. */
#define RECEIVE_BYTES (128 * 1024)
/* Answers of a batch are read several at a time. They are short: counts, without keys and actions. */
#define ANSWER_BYTES 4096
#define ANSWERS (RECEIVE_BYTES / ANSWER_BYTES)

struct kdp_conn {
	struct nl_sock *sk;
	uint32_t dump_seq;
	bool is_dumping;
	uint8_t buf[RECEIVE_BYTES] __attribute__((aligned(8)));
};

/* Returns libnl's error as -errno. */
static int
errno_of(int nl_error)
{
	switch (-nl_error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	case NLE_MSGSIZE:
		return -EMSGSIZE;
	case NLE_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

/* Acknowledgements do not repeat the request. Buffers are larger than the system's default where
 * the process may have them. */
static int
socket_prepare(struct kdp_conn *c, int protocol)
{
	int fd, one = 1, n = 2 * KDP_SEND_BYTES, rc;

	rc = nl_connect(c->sk, protocol);
	if (rc)
		return errno_of(rc);
	fd = nl_socket_get_fd(c->sk);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one))
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &n, sizeof n) &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &n, sizeof n))
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof n) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n))
		return -errno;
	return 0;
}

int
kdp_conn_create(int protocol, struct kdp_conn **out)
{
	struct kdp_conn *c = calloc(1, sizeof *c);
	int rc = -ENOMEM;

	if (!c)
		return -ENOMEM;
	c->sk = nl_socket_alloc();
	if (c->sk)
		rc = socket_prepare(c, protocol);
	if (rc) {
		kdp_conn_destroy(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
kdp_conn_destroy(struct kdp_conn *c)
{
	if (!c)
		return;
	nl_socket_free(c->sk);
	free(c);
}

struct nl_sock *
kdp_conn_socket(struct kdp_conn *c)
{
	return c->sk;
}

/* Reads what waits in the socket. Returns its number of bytes, or -errno: -EAGAIN if there is
 * nothing. */
static ssize_t
receive(struct kdp_conn *c)
{
	ssize_t n;

	do {
		n = recv(nl_socket_get_fd(c->sk), c->buf, sizeof c->buf, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n > sizeof c->buf ? -EMSGSIZE : n;
}

/* Reads up to 'n' messages, one into each ANSWER_BYTES of the buffer. Returns how many, or -errno. What is left of
 * a longer one has a length that nlmsg_ok() refuses, so its request stays unanswered. */
static int
receive_some(struct kdp_conn *c, unsigned int n, unsigned int lengths[ANSWERS])
{
	struct mmsghdr m[ANSWERS] = {0};
	struct iovec iov[ANSWERS];
	int n_read;

	if (n > ANSWERS)
		n = ANSWERS;
	for (unsigned int i = 0; i < n; i++) {
		iov[i] = (struct iovec){c->buf + (size_t)i * ANSWER_BYTES, ANSWER_BYTES};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	do {
		n_read = recvmmsg(nl_socket_get_fd(c->sk), m, n, MSG_DONTWAIT, NULL);
	} while (n_read < 0 && errno == EINTR);
	for (int i = 0; i < n_read; i++)
		lengths[i] = m[i].msg_len;
	return n_read < 0 ? -errno : n_read;
}

/* Reads what answers to 'n' requests need: one alone may be long. */
static int
receive_answers(struct kdp_conn *c, unsigned int n, unsigned int lengths[ANSWERS])
{
	ssize_t n_bytes;

	if (n > 1)
		return receive_some(c, n, lengths);
	n_bytes = receive(c);
	lengths[0] = (unsigned int)n_bytes;
	return n_bytes < 0 ? (int)n_bytes : 1;
}

static int
error_of(const struct nlmsghdr *h)
{
	int error;

	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof error)
		return -EBADMSG;
	memcpy(&error, nlmsg_data(h), sizeof error);
	return error > 0 ? -EBADMSG : error;
}

static void
answer_take(struct kdp_request *r, struct nlmsghdr *h, bool is_last)
{
	if (h->nlmsg_type == NLMSG_ERROR) {
		int error = error_of(h);

		if (error)
			r->error = error;
		r->is_answered = true;
	} else if (r->answer && !r->error) {
		r->error = r->answer(r->aux, h);
		r->is_answered = !is_last;
	}
}

static bool
has_answer(const struct kdp_request *reqs, unsigned int i, unsigned int n)
{
	return reqs[i].answer || i + 1 == n;
}

/* Any other request has succeeded if a later one was answered, unless its failure was lost. */
static void
silence_take(struct kdp_request *reqs, unsigned int n, bool any_lost)
{
	bool is_served = false;

	for (unsigned int i = n; i--;) {
		if (has_answer(reqs, i, n))
			is_served |= reqs[i].is_answered;
		else if (is_served && !any_lost)
			reqs[i].is_answered = true;
		if (!reqs[i].is_answered)
			reqs[i].error = -ENOBUFS;
	}
}

/* Takes the answers in a message to the requests from 'first' on. Returns how many requests they end. */
static unsigned int
message_take(struct kdp_request *reqs, unsigned int n, uint32_t first, struct nlmsghdr *h,
	     int n_bytes)
{
	unsigned int n_ended = 0;

	for (; nlmsg_ok(h, n_bytes); h = nlmsg_next(h, &n_bytes)) {
		uint32_t i = h->nlmsg_seq - first;

		if (i >= n || reqs[i].is_answered)
			continue;
		answer_take(&reqs[i], h, i + 1 == n);
		n_ended += reqs[i].is_answered && has_answer(reqs, i, n);
	}
	return n_ended;
}

static void
answers_read(struct kdp_conn *c, struct kdp_request *reqs, unsigned int n, uint32_t first)
{
	unsigned int lengths[ANSWERS], n_left = 0;
	bool any_lost = false;

	for (unsigned int i = 0; i < n; i++)
		n_left += has_answer(reqs, i, n);
	while (n_left) {
		int n_read = receive_answers(c, n_left, lengths);

		if (n_read == -ENOBUFS) {
			any_lost = true;
			continue;
		}
		if (n_read < 0)
			break;
		for (int i = 0; i < n_read; i++)
			n_left -= message_take(
				reqs, n, first,
				(struct nlmsghdr *)(void *)(c->buf + (size_t)i * ANSWER_BYTES),
				(int)lengths[i]);
	}
	silence_take(reqs, n, any_lost);
}

static int
send_all(struct kdp_conn *c, struct iovec *iov, unsigned int n)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct msghdr m = {
		.msg_name = &kernel, .msg_namelen = sizeof kernel, .msg_iov = iov, .msg_iovlen = n};
	ssize_t sent;

	do {
		sent = sendmsg(nl_socket_get_fd(c->sk), &m, 0);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void
prepare(struct kdp_conn *c, struct nl_msg *msg, int flags, struct iovec *iov)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);

	h->nlmsg_pid = nl_socket_get_local_port(c->sk);
	h->nlmsg_seq = nl_socket_use_seq(c->sk);
	h->nlmsg_flags |= (uint16_t)(NLM_F_REQUEST | flags);
	*iov = (struct iovec){h, NLMSG_ALIGN(h->nlmsg_len)};
}

void
kdp_conn_ask(struct kdp_conn *c, struct kdp_request *reqs, unsigned int n)
{
	struct iovec iov[KDP_BATCH_MAX];
	size_t n_bytes = 0;
	int rc;

	for (unsigned int i = 0; i < n; i++) {
		reqs[i].error = 0;
		reqs[i].is_answered = false;
		prepare(c, reqs[i].msg, i + 1 == n ? NLM_F_ACK : 0, &iov[i]);
		n_bytes += iov[i].iov_len;
	}
	rc = n_bytes > KDP_SEND_BYTES ? -EMSGSIZE : send_all(c, iov, n);
	if (!rc) {
		answers_read(c, reqs, n, nlmsg_hdr(reqs[0].msg)->nlmsg_seq);
		return;
	}
	for (unsigned int i = 0; i < n; i++) {
		reqs[i].error = rc;
		reqs[i].is_answered = true; /* the kernel has not seen it */
	}
}

int
kdp_conn_ask_one(struct kdp_conn *c, struct nl_msg *msg, bool is_full,
		 int (*answer)(void *aux, struct nlmsghdr *h), void *aux)
{
	struct kdp_request r = {.msg = msg, .answer = answer, .aux = aux, .error = -EMSGSIZE};

	if (!is_full)
		kdp_conn_ask(c, &r, 1);
	nlmsg_free(msg);
	return r.error;
}

int
kdp_conn_dump_begin(struct kdp_conn *c, struct nl_msg *msg)
{
	struct iovec iov;
	int rc;

	prepare(c, msg, NLM_F_DUMP, &iov);
	c->dump_seq = nlmsg_hdr(msg)->nlmsg_seq;
	rc = send_all(c, &iov, 1);
	c->is_dumping = !rc;
	return rc;
}

int
kdp_conn_dump_next(struct kdp_conn *c, int (*answer)(void *aux, struct nlmsghdr *h), void *aux)
{
	ssize_t n_bytes;
	int left, rc = 0;

	if (!c->is_dumping)
		return 0;
	n_bytes = receive(c);
	left = (int)n_bytes;
	if (n_bytes < 0) {
		c->is_dumping = n_bytes != -EAGAIN;
		return n_bytes == -EAGAIN ? -ENOBUFS : (int)n_bytes;
	}
	for (struct nlmsghdr *h = (struct nlmsghdr *)c->buf; nlmsg_ok(h, left);
	     h = nlmsg_next(h, &left)) {
		if (h->nlmsg_seq != c->dump_seq)
			continue;
		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			rc = rc ? rc : -EINTR;
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
			int error = error_of(h);

			c->is_dumping = false;
			return rc ? rc : error;
		}
		if (!rc)
			rc = answer(aux, h);
	}
	return rc ? rc : 1;
}

bool
kdp_conn_is_dumping(const struct kdp_conn *c)
{
	return c->is_dumping;
}
