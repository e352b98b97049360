/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket's server with clients that are well-behaved, slow, broken or many. */
#include <socket/rpc.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BIG (1u << 20)
#define PIECE_BYTES 50000

struct lab {
	struct event_base *base;
	struct ctl_rpc *rpc;
	unsigned int n_calls;
	struct ctl_rpc_request *request; /* the last request that is to be answered later */
	unsigned int n_closed, n_pieces, n_lines; /* pieces made, and lines in each */
	int last;				  /* return value of the last piece */
};

static void
on_closed(void *aux)
{
	struct lab *lab = aux;

	lab->n_closed++;
	lab->request = NULL;
}

/* Writes a piece; every third is empty. */
static int
piece(void *aux, FILE *out)
{
	struct lab *lab = aux;

	if (++lab->n_pieces % 3)
		fprintf(out, "line %u\t\"%0*d\"\n", lab->n_pieces, PIECE_BYTES, 0);
	return lab->n_pieces < lab->n_lines ? 1 : lab->last;
}

static const struct ctl_rpc_ops ops = {.closed = on_closed, .piece = piece};

/* "echo" returns its parameters, "big" 1 MiB, "huge" 16 MiB, "fail" an error. The test answers
 * "later", and piece() "pieces". */
static void
answer(void *aux, const char *method, json_t *params, struct ctl_rpc_request *r)
{
	struct lab *lab = aux;
	char *result;

	lab->n_calls++;
	if (!strcmp(method, "fail")) {
		ctl_rpc_answer(r, NULL, strdup("no"));
	} else if (!strcmp(method, "big") || !strcmp(method, "huge")) {
		size_t n = method[0] == 'h' ? 16 * BIG : BIG;

		result = malloc(n + 1);
		memset(result, 'x', n);
		result[n] = '\0';
		ctl_rpc_answer(r, result, NULL);
	} else if (!strcmp(method, "later") || !strcmp(method, "pieces")) {
		lab->request = r;
		ctl_rpc_answer_later(r, &ops, lab);
		if (method[0] == 'p')
			ctl_rpc_answer_pieces(r);
	} else {
		ctl_rpc_answer(r, json_dumps(params, JSON_COMPACT), NULL);
	}
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	signal(SIGPIPE, SIG_IGN);
	rcu_thread_start();
	rcu_sleep();
	lab->base = event_base_new();
	assert_int_equal(ctl_rpc_create(lab->base, answer, lab, NULL, &lab->rpc), 0);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	ctl_rpc_destroy(lab->rpc);
	event_base_free(lab->base);
	free(lab);
	rcu_wake();
	rcu_thread_stop();
	return 0;
}

static int
client(struct lab *lab)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(ctl_rpc_client_add(lab->rpc, fds[1]), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return fds[0];
}

static void
turn(struct lab *lab)
{
	for (int i = 0; i < 8; i++)
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
}

static void
put(struct lab *lab, int fd, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		if (sent > 0) {
			text += sent;
			n -= (size_t)sent;
		} else if (errno != EAGAIN) {
			return;
		}
		turn(lab);
	}
}

/* Returns the text the client can read now; sets '*closed' if the server hung up. */
static char *
get(struct lab *lab, int fd, bool *closed)
{
	char *text = NULL;
	size_t n_text = 0;
	FILE *f = open_memstream(&text, &n_text);
	char buf[65536];
	ssize_t n;
	unsigned int n_idle = 0;

	*closed = false;
	while (n_idle < 3) {
		turn(lab);
		n = recv(fd, buf, sizeof buf, 0);
		if (n > 0) {
			fwrite(buf, 1, (size_t)n, f);
			n_idle = 0;
		} else if (n == 0) {
			*closed = true;
			break;
		} else {
			n_idle++;
		}
	}
	fclose(f);
	return text;
}

static void
expect(struct lab *lab, int fd, const char *want, bool want_closed)
{
	bool closed;
	char *got = get(lab, fd, &closed);

	assert_string_equal(got, want);
	assert_int_equal(closed, want_closed);
	free(got);
}

static void
answers_like_unixctl(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab);

	put(lab, fd, "{\"method\":\"echo\",\"params\":[\"a\",\"b\"],\"id\":0}");
	expect(lab, fd, "{\"id\":0,\"result\":\"[\\\"a\\\",\\\"b\\\"]\\n\",\"error\":null}", false);
	put(lab, fd, "{\"id\":\"x\",\"method\":\"fail\",\"params\":[]}");
	expect(lab, fd, "{\"id\":\"x\",\"result\":null,\"error\":\"no\\n\"}", false);
	close(fd);
	turn(lab);
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
}

static void
takes_a_request_byte_by_byte_and_many_at_once(void **state)
{
	struct lab *lab = *state;
	const char *one = " {\"method\":\"echo\",\"params\":[\"}{\\\"\"],\"id\":1}\n";
	int fd = client(lab);
	bool closed;
	char *got;

	for (const char *at = one; *at; at++)
		put(lab, fd, (char[]){*at, '\0'});
	assert_int_equal(lab->n_calls, 1);
	for (int i = 0; i < 100; i++)
		put(lab, fd, one);
	got = get(lab, fd, &closed);
	assert_int_equal(lab->n_calls, 101);
	assert_false(closed);
	free(got);
	close(fd);
}

static void
reports_what_is_no_request(void **state)
{
	static const char *const wrong[] = {
		"{}",
		"{\"method\":\"echo\",\"params\":[]}",
		"{\"method\":\"echo\",\"params\":[],\"id\":null}",
		"{\"method\":1,\"params\":[],\"id\":1}",
		"{\"method\":\"echo\",\"params\":[1],\"id\":1}",
		"{\"method\":\"echo\",\"params\":\"a\",\"id\":1}",
	};
	struct lab *lab = *state;
	int fd = client(lab);

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		bool closed;
		char *got;

		put(lab, fd, wrong[i]);
		got = get(lab, fd, &closed);
		assert_non_null(strstr(got, "not a request"));
		assert_false(closed);
		free(got);
	}
	assert_int_equal(lab->n_calls, 0);
	close(fd);
}

static void
hangs_up_on_garbage(void **state)
{
	static const char *const garbage[] = {"GET / HTTP/1.0\r\n\r\n", "{\"a\":}", "{]", "[1]",
					      "{\"a\":1,\"a\":2}",	"\x80\xff"};
	struct lab *lab = *state;

	for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
		int fd = client(lab);
		bool closed;
		char *got;

		put(lab, fd, garbage[i]);
		got = get(lab, fd, &closed);
		assert_non_null(strstr(got, "\"error\":\""));
		assert_true(closed);
		assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
		free(got);
		close(fd);
	}
	assert_int_equal(lab->n_calls, 0);
}

static size_t n_skipped; /* bytes scanned from the start of a buffer to find a position, summed over
		    * the chunks */
int __real_evbuffer_ptr_set(struct evbuffer *b, struct evbuffer_ptr *p, size_t at,
			    enum evbuffer_ptr_how how);
int __wrap_evbuffer_ptr_set(struct evbuffer *b, struct evbuffer_ptr *p, size_t at,
			    enum evbuffer_ptr_how how);

int
__wrap_evbuffer_ptr_set(struct evbuffer *b, struct evbuffer_ptr *p, size_t at,
			enum evbuffer_ptr_how how)
{
	n_skipped += at;
	return __real_evbuffer_ptr_set(b, p, at, how);
}

/* Requests of 1 MiB and of 15 MiB: each byte is scanned the same number of times. */
static void
a_long_request_costs_its_bytes(void **state)
{
	struct lab *lab = *state;
	char *chunk = malloc(BIG + 1);
	int fd = client(lab);

	memset(chunk, 'a', BIG);
	chunk[BIG] = '\0';
	for (unsigned int n = 1; n <= 15; n += 14) {
		bool closed;
		char *got;

		n_skipped = 0;
		put(lab, fd, "{\"method\":\"fail\",\"id\":1,\"params\":[\"");
		for (unsigned int i = 0; i < n; i++)
			put(lab, fd, chunk);
		put(lab, fd, "\"]}");
		got = get(lab, fd, &closed);
		assert_string_equal(got, "{\"id\":1,\"result\":null,\"error\":\"no\\n\"}");
		free(got);
		print_message("%u MiB: %zu bytes passed in search of the next\n", n, n_skipped);
		assert_true(n_skipped <= n * BIG);
	}
	free(chunk);
	close(fd);
}

static void
refuses_an_oversized_request(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab);
	char *chunk = malloc(BIG + 1);
	bool closed;
	char *got;

	memset(chunk, 'a', BIG);
	chunk[BIG] = '\0';
	put(lab, fd, "{\"method\":\"");
	for (int i = 0; i < 17 && ctl_rpc_n_clients(lab->rpc); i++)
		put(lab, fd, chunk);
	got = get(lab, fd, &closed);
	assert_non_null(strstr(got, "over 16 MiB"));
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
	free(got);
	free(chunk);
	close(fd);
}

static void
a_slow_reader_holds_one_reply(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab);
	bool closed;
	char *got;

	for (int i = 0; i < 10; i++)
		put(lab, fd, "{\"method\":\"big\",\"params\":[],\"id\":1}");
	turn(lab);
	assert_int_equal(lab->n_calls, 1);
	got = get(lab, fd, &closed);
	assert_int_equal(lab->n_calls, 10);
	assert_true(strlen(got) > 10 * BIG);
	free(got);
	close(fd);
}

/* Requests after one that is answered later wait; other clients are served. */
static void
answers_later(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab), other = client(lab);

	put(lab, fd, "{\"method\":\"later\",\"params\":[],\"id\":[5]}");
	put(lab, fd, "{\"method\":\"fail\",\"params\":[],\"id\":6}");
	put(lab, other, "{\"method\":\"fail\",\"params\":[],\"id\":7}");
	expect(lab, fd, "", false);
	expect(lab, other, "{\"id\":7,\"result\":null,\"error\":\"no\\n\"}", false);
	shutdown(fd, SHUT_WR);
	turn(lab);
	ctl_rpc_answer(lab->request, strdup("yes"), NULL);
	expect(lab, fd,
	       "{\"id\":[5],\"result\":\"yes\\n\",\"error\":null}"
	       "{\"id\":6,\"result\":null,\"error\":\"no\\n\"}",
	       true);
	assert_int_equal(lab->n_closed, 0);
	close(fd);
	close(other);
	turn(lab);
}

static void
reports_when_a_client_closes(void **state)
{
	struct lab *lab = *state;

	for (int i = 0; i < 2; i++) {
		int fd = client(lab);

		lab->n_pieces = 0;
		lab->n_lines = 1000;
		put(lab, fd,
		    i ? "{\"method\":\"later\",\"params\":[],\"id\":1}"
		      : "{\"method\":\"pieces\",\"params\":[],\"id\":1}");
		close(fd);
		turn(lab);
		if (lab->request)
			ctl_rpc_answer(lab->request, strdup("too late"), NULL);
		turn(lab);
		assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
		assert_int_equal(lab->n_closed, 1);
	}
	assert_true(lab->n_pieces < 100);
}

/* Texts of 10 and of 1,000 pieces: while the client reads nothing, the server makes and holds
 * the same amount. */
static void
pieces_follow_the_reader(void **state)
{
	struct lab *lab = *state;
	struct ctl_rpc_stats stats;
	unsigned int held[2];

	for (int i = 0; i < 2; i++) {
		int fd = client(lab);
		unsigned int n_full;
		json_t *reply;
		bool closed;
		char *got;

		lab->n_pieces = 0;
		lab->n_lines = i ? 1000 : 30;
		put(lab, fd, "{\"method\":\"pieces\",\"params\":[],\"id\":{\"a\":1}}");
		for (int k = 0; k < 200; k++) {
			turn(lab);
			ctl_rpc_stats(lab->rpc, &stats);
			assert_true(stats.n_bytes < 2 * PIECE_BYTES);
		}
		held[i] = lab->n_pieces;
		got = get(lab, fd, &closed);
		assert_false(closed);
		reply = json_loads(got, 0, NULL);
		assert_non_null(reply);
		assert_true(json_is_null(json_object_get(reply, "error")));
		assert_true(json_is_object(json_object_get(reply, "id")));
		assert_int_equal(lab->n_pieces, lab->n_lines);
		n_full = lab->n_lines - lab->n_lines / 3;
		assert_in_range(json_string_length(json_object_get(reply, "result")),
				n_full * PIECE_BYTES, n_full * (PIECE_BYTES + 30));
		put(lab, fd, "{\"method\":\"fail\",\"params\":[],\"id\":6}");
		expect(lab, fd, "{\"id\":6,\"result\":null,\"error\":\"no\\n\"}", false);
		json_decref(reply);
		free(got);
		close(fd);
		turn(lab);
	}
	print_message("pieces made for a client that does not read: %u of 30, %u of 1000\n",
		      held[0], held[1]);
	assert_int_equal(held[0], held[1]);
	assert_int_equal(lab->n_closed, 0);
}

static void
a_piece_that_fails_hangs_up(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab);
	bool closed;

	lab->n_lines = 5;
	lab->last = -ENOMEM;
	put(lab, fd, "{\"method\":\"pieces\",\"params\":[],\"id\":1}");
	free(get(lab, fd, &closed));
	assert_true(closed);
	put(lab, fd = client(lab), "{\"method\":\"later\",\"params\":[],\"id\":1}");
	ctl_rpc_abort(lab->request);
	expect(lab, fd, "", true);
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
	assert_int_equal(lab->n_closed, 0);
	close(fd);
}

/* Requests 16 MiB and reads 'n_bytes' of them each second. Returns the seconds until the client
 * is dropped, or 0 if it reads all. */
static unsigned int
seconds_lived(struct lab *lab, size_t n_bytes)
{
	static char buf[BIG];
	uint64_t now_ns = clock_now_ns();
	int fd = client(lab);
	unsigned int s = 0;
	bool done = false;

	put(lab, fd, "{\"method\":\"huge\",\"params\":[],\"id\":1}");
	turn(lab);
	while (ctl_rpc_n_clients(lab->rpc) && !done && s++ < 1000) {
		now_ns += NS_PER_S;
		for (size_t rest = n_bytes; rest;) {
			ssize_t got = recv(fd, buf, rest, 0);

			done |= got > 0 && buf[got - 1] == '}';
			turn(lab);
			if (got <= 0)
				break;
			rest -= (size_t)got;
		}
		ctl_rpc_tick(lab->rpc, now_ns);
	}
	close(fd);
	turn(lab);
	return done ? 0 : s;
}

static void
a_client_keeps_a_pace(void **state)
{
	struct lab *lab = *state;
	struct ctl_rpc_stats stats;

	assert_in_range(seconds_lived(lab, 0), CTL_RPC_STALL_S, 2 * CTL_RPC_STALL_S + 2);
	assert_in_range(seconds_lived(lab, 1000), CTL_RPC_STALL_S, 2 * CTL_RPC_STALL_S + 2);
	assert_int_equal(seconds_lived(lab, CTL_RPC_PACE + 1000), 0);
	ctl_rpc_stats(lab->rpc, &stats);
	assert_int_equal(stats.n_slow, 2);
}

/* Incomplete requests and unread replies have a common bound: the largest client is dropped, the
 * rest are served. */
static void
all_clients_have_a_bound(void **state)
{
	struct lab *lab = *state;
	struct ctl_rpc_stats stats;
	int fds[10], good = client(lab);

	ctl_rpc_total_set(lab->rpc, 8u * BIG);
	for (int i = 0; i < 10; i++) {
		fds[i] = client(lab);
		put(lab, fds[i], "{\"method\":\"big\",\"params\":[],\"id\":1}");
		turn(lab);
		ctl_rpc_stats(lab->rpc, &stats);
		assert_true(stats.n_bytes <= 8u * BIG);
	}
	assert_true(stats.n_largest > 0 && stats.n_clients > 6);
	put(lab, good, "{\"method\":\"echo\",\"params\":[],\"id\":2}");
	expect(lab, good, "{\"id\":2,\"result\":\"[]\\n\",\"error\":null}", false);
	for (int i = 0; i < 10; i++)
		close(fds[i]);
	close(good);
	turn(lab);
}

static void
answers_a_client_that_shut_down_after_asking(void **state)
{
	struct lab *lab = *state;
	int fd = client(lab);
	bool closed;
	char *got;

	for (int i = 0; i < 3; i++)
		put(lab, fd, "{\"method\":\"big\",\"params\":[],\"id\":1}");
	shutdown(fd, SHUT_WR);
	got = get(lab, fd, &closed);
	assert_true(strlen(got) > 3 * BIG);
	assert_true(closed);
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
	free(got);
	close(fd);
}

static void
makes_room_by_the_longest_silent(void **state)
{
	struct lab *lab = *state;
	int fds[CTL_RPC_CLIENTS_MAX + 1];
	bool closed;

	for (int i = 0; i < CTL_RPC_CLIENTS_MAX; i++)
		fds[i] = client(lab);
	put(lab, fds[0], "{\"method\":\"fail\",\"params\":[],\"id\":1}");
	turn(lab);
	fds[CTL_RPC_CLIENTS_MAX] = client(lab);
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), CTL_RPC_CLIENTS_MAX);
	free(get(lab, fds[0], &closed));
	assert_false(closed);
	free(get(lab, fds[1], &closed));
	assert_true(closed);
	for (int i = 0; i <= CTL_RPC_CLIENTS_MAX; i++)
		close(fds[i]);
	turn(lab);
	assert_int_equal(ctl_rpc_n_clients(lab->rpc), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_like_unixctl),
		T(takes_a_request_byte_by_byte_and_many_at_once),
		T(reports_what_is_no_request),
		T(hangs_up_on_garbage),
		T(a_long_request_costs_its_bytes),
		T(refuses_an_oversized_request),
		T(answers_later),
		T(reports_when_a_client_closes),
		T(pieces_follow_the_reader),
		T(a_piece_that_fails_hangs_up),
		T(a_slow_reader_holds_one_reply),
		T(a_client_keeps_a_pace),
		T(all_clients_have_a_bound),
		T(answers_a_client_that_shut_down_after_asking),
		T(makes_room_by_the_longest_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
