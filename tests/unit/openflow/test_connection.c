/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow connections to peers that are well-behaved, fragmented, silent, slow or hostile. */
#include <connection/backoff.h>
#include <connection/connection.h>
#include <connection/hello.h>
#include <openflow/target.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define V13 4
#define PART_BYTES 50000

struct lab {
	struct event_base *base;
	struct ofp_conn *conn;
	int fd;
	struct ofp_conn_pool own_pool, *pool;
	unsigned int n_ready, n_messages, n_batches, n_closed;
	size_t last_n;
	uint8_t last[65536];
	size_t answer_n; /* bytes to answer each message with */
	bool pause;
	unsigned int n_parts, parts; /* parts sent and parts of each answer */
	enum ofp_conn_end end;
	const char *why;
};

static void
on_ready(void *aux)
{
	struct lab *lab = aux;

	lab->n_ready++;
}

static void
on_message(void *aux, const uint8_t *msg, size_t n)
{
	static uint8_t answer[1u << 20];
	struct lab *lab = aux;

	lab->n_messages++;
	lab->last_n = n;
	memcpy(lab->last, msg, n);
	if (lab->answer_n)
		ofp_conn_send(lab->conn, answer, lab->answer_n);
	if (lab->pause)
		ofp_conn_pause(lab->conn);
	if (lab->parts) {
		lab->n_parts = lab->parts;
		ofp_conn_answer(lab->conn);
	}
}

static bool
on_continue_answer(void *aux)
{
	static const uint8_t part[PART_BYTES];
	struct lab *lab = aux;

	ofp_conn_send(lab->conn, part, sizeof part);
	return --lab->n_parts > 0;
}

static void
on_batch_end(void *aux)
{
	struct lab *lab = aux;

	lab->n_batches++;
}

static void
on_closed(void *aux, enum ofp_conn_end end, const char *why)
{
	struct lab *lab = aux;

	lab->n_closed++;
	lab->why = why;
	lab->end = end;
	lab->conn = NULL;
}

static const struct ofp_conn_ops ops = {.ready = on_ready,
					.message = on_message,
					.batch_end = on_batch_end,
					.continue_answer = on_continue_answer,
					.closed = on_closed};

static void
start(struct lab *lab, unsigned int probe_s)
{
	struct ofp_conn_config config = {.base = lab->base,
					 .ops = &ops,
					 .aux = lab,
					 .versions = OFP_CONN_VERSIONS,
					 .probe_s = probe_s,
					 .hello_s = 1,
					 .plain = true,
					 .pool = lab->pool};
	struct bufferevent *bev;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	lab->fd = fds[0];
	bev = bufferevent_socket_new(lab->base, fds[1],
				     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	assert_int_equal(ofp_conn_create(&config, bev, true, &lab->conn), 0);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof *lab);

	rcu_thread_start();
	rcu_sleep();
	lab->base = event_base_new();
	lab->pool = &lab->own_pool;
	ofp_conn_pool_init(lab->pool);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	ofp_conn_destroy(lab->conn);
	assert_int_equal(lab->pool->n_bytes, 0);
	close(lab->fd);
	event_base_free(lab->base);
	free(lab);
	rcu_wake();
	rcu_thread_stop();
	return 0;
}

static void
turn(struct lab *lab)
{
	for (int i = 0; i < 8; i++)
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
}

static void
put(struct lab *lab, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n) {
		ssize_t sent = send(lab->fd, at, n, MSG_NOSIGNAL);

		if (sent > 0) {
			at += sent;
			n -= (size_t)sent;
		} else if (errno != EAGAIN) {
			return;
		}
		turn(lab);
	}
	turn(lab);
}

static size_t
get(struct lab *lab, uint8_t *to, size_t max)
{
	size_t n = 0;

	for (int idle = 0; idle < 4 && n < max;) {
		ssize_t got = recv(lab->fd, to + n, max - n, 0);

		turn(lab);
		if (got > 0)
			n += (size_t)got;
		else
			idle++;
	}
	return n;
}

static void
message(struct lab *lab, uint8_t version, uint8_t type, uint16_t n, uint32_t xid)
{
	uint8_t *msg = calloc(1, n < 8 ? 8 : n);

	msg[0] = version;
	msg[1] = type;
	msg[2] = (uint8_t)(n >> 8);
	msg[3] = (uint8_t)n;
	msg[7] = (uint8_t)xid;
	put(lab, msg, n < 8 ? 8 : n);
	free(msg);
}

static void
greet(struct lab *lab, uint8_t version)
{
	uint8_t hello[64];

	turn(lab);
	assert_int_equal(get(lab, hello, sizeof hello), OFP_HELLO_BYTES);
	assert_int_equal(hello[0], 6);
	assert_int_equal(hello[1], OFP_MSG_HELLO);
	message(lab, version, OFP_MSG_HELLO, 8, 1);
	assert_int_equal(lab->n_ready, 1);
	assert_int_equal(ofp_conn_version(lab->conn), version);
}

static void
test_messages_arrive_whole(void **state)
{
	struct lab *lab = *state;
	uint8_t msg[40] = {V13, 14, 0, 24, 0, 0, 0, 7};
	uint8_t echo[8] = {V13, OFP_MSG_ECHO_REQUEST, 0, 8, 0, 0, 0, 9}, answer[8];

	start(lab, 0);
	greet(lab, V13);
	for (size_t i = 0; i < 24; i++) {
		assert_int_equal(lab->n_messages, 0);
		put(lab, msg + i, 1);
	}
	assert_int_equal(lab->n_messages, 1);
	assert_int_equal(lab->last_n, 24);
	assert_int_equal(lab->n_batches, 2);
	message(lab, V13, 13, 65535, 1);
	assert_int_equal(lab->last_n, 65535);
	put(lab, echo, sizeof echo);
	assert_int_equal(get(lab, answer, sizeof answer), 8);
	assert_int_equal(answer[1], OFP_MSG_ECHO_REPLY);
	assert_int_equal(answer[7], 9);
	assert_int_equal(lab->n_messages, 2);
}

static void
test_bad_length_and_version(void **state)
{
	struct lab *lab = *state;
	uint8_t answer[128];

	start(lab, 0);
	greet(lab, V13);
	message(lab, 1, 14, 24, 3);
	assert_int_equal(lab->n_messages, 0);
	assert_int_equal(get(lab, answer, sizeof answer), 12 + 24);
	assert_int_equal(answer[1], OFP_MSG_ERROR);
	assert_int_equal(answer[9], 1);
	message(lab, V13, 14, 7, 3);
	assert_int_equal(lab->n_closed, 1);
}

static void
test_no_common_version(void **state)
{
	struct lab *lab = *state;
	uint8_t hello[16] = {5, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 8, 0, 0, 0, 1 << 2};
	uint8_t answer[256];
	size_t n;

	start(lab, 0);
	turn(lab);
	get(lab, answer, sizeof answer);
	put(lab, hello, sizeof hello);
	n = get(lab, answer, sizeof answer);
	assert_true(n > 12);
	assert_int_equal(answer[1], OFP_MSG_ERROR);
	assert_int_equal(answer[8] | answer[9], 0);
	turn(lab);
	assert_int_equal(lab->n_closed, 1);
	assert_int_equal(lab->n_ready, 0);
}

static void
test_first_message_is_hello(void **state)
{
	struct lab *lab = *state;

	start(lab, 0);
	message(lab, V13, 5, 8, 1);
	assert_int_equal(lab->n_closed, 1);
	assert_int_equal(lab->end, OFP_CONN_END_PROTOCOL);
	assert_int_equal(lab->n_messages, 0);
}

/* A peer that sends a byte now and then is still dropped when the time for its HELLO is over. */
static void
test_hello_is_in_time(void **state)
{
	struct lab *lab = *state;
	const struct timespec pause = {.tv_nsec = 100000000};
	uint8_t hello[8] = {V13, OFP_MSG_HELLO, 0, 8};

	start(lab, 0);
	for (int i = 0; i < 100 && !lab->n_closed; i++) {
		put(lab, hello + (i < 7 ? i : 6), i < 7);
		nanosleep(&pause, NULL);
		turn(lab);
	}
	assert_int_equal(lab->n_ready, 0);
	assert_int_equal(lab->n_closed, 1);
	assert_int_equal(lab->end, OFP_CONN_END_HELLO);
}

/* An answer in parts: one part a turn while the peer reads; the next message is handled after
 * the last. */
static void
test_answer_in_parts(void **state)
{
	struct lab *lab = *state;
	uint8_t *answer = malloc(100 * PART_BYTES);
	uint8_t msgs[2][8] = {{V13, 18, 0, 8}, {V13, 14, 0, 8}};

	start(lab, 0);
	greet(lab, V13);
	lab->parts = 20;
	assert_int_equal(send(lab->fd, msgs, sizeof msgs, MSG_NOSIGNAL), sizeof msgs);
	for (unsigned int i = 0, before = 20; i < 50; i++, before = lab->n_parts) {
		event_base_loop(lab->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		assert_true(!lab->n_messages || before - lab->n_parts <= 1);
	}
	assert_in_range(lab->n_parts, 10, 19);
	assert_in_range(lab->pool->n_bytes, 1, OFP_CONN_ANSWER + PART_BYTES);
	assert_int_equal(lab->n_messages, 1);
	lab->parts = 0;
	assert_int_equal(get(lab, answer, 20 * PART_BYTES), 20 * PART_BYTES);
	turn(lab);
	assert_int_equal(lab->n_messages, 2);
	free(answer);
}

/* While a peer floods and does not read, the event loop sleeps instead of polling its socket. */
static void
test_no_spin(void **state)
{
	struct lab *lab = *state;
	uint8_t flood[8000];
	uint64_t held;

	start(lab, 0);
	greet(lab, V13);
	lab->parts = 1000;
	for (size_t i = 0; i < sizeof flood; i += 8)
		memcpy(flood + i, (uint8_t[8]){V13, 18, 0, 8}, 8);
	for (int i = 0; i < 1000; i++) {
		send(lab->fd, flood, sizeof flood, MSG_NOSIGNAL);
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
	}
	held = ofp_conn_held(lab->conn);
	for (int i = 0; i < 1000; i++)
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
	assert_true(ofp_conn_held(lab->conn) - held < 4);
	assert_true(lab->pool->n_bytes < OFP_CONN_ANSWER + 2 * PART_BYTES);
}

/* One turn handles a bounded number of messages; the rest are handled in the next turns. */
static void
test_turns(void **state)
{
	struct lab *lab = *state;
	uint8_t msgs[1000][8];

	start(lab, 0);
	greet(lab, V13);
	for (int i = 0; i < 1000; i++)
		memcpy(msgs[i], (uint8_t[8]){V13, 14, 0, 8}, 8);
	assert_int_equal(send(lab->fd, msgs, sizeof msgs, MSG_NOSIGNAL), sizeof msgs);
	for (unsigned int before = 0; lab->n_messages < 1000; before = lab->n_messages) {
		event_base_loop(lab->base, EVLOOP_ONCE);
		assert_true(lab->n_messages - before <= 2 * OFP_CONN_MESSAGES);
	}
}

/* Requests of a peer that does not read are not handled, however many it sends. */
static void
test_slow_reader(void **state)
{
	struct lab *lab = *state;
	uint8_t msg[8] = {V13, 18, 0, 8};

	start(lab, 0);
	greet(lab, V13);
	lab->answer_n = 100000;
	for (int i = 0; i < 20000; i++) {
		if (send(lab->fd, msg, sizeof msg, MSG_NOSIGNAL) < 0)
			break;
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
	}
	assert_true(lab->n_messages < 40);
	assert_true(lab->pool->n_bytes < OFP_CONN_BACKLOG + 2 * lab->answer_n);
	assert_int_equal(lab->n_closed, 0);
	ofp_conn_send_unasked(lab->conn, lab->last, 8);
	assert_int_equal(lab->n_closed, 0);
	for (int i = 0; i < 200 && !lab->n_closed; i++) {
		if (lab->conn)
			ofp_conn_send_unasked(lab->conn, lab->last, sizeof lab->last);
		event_base_loop(lab->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(lab->n_closed, 1);
}

/* Turns the event loop, then reads up to 'n' bytes. Returns the number read. */
static size_t
read_some(struct lab *lab, size_t n)
{
	static uint8_t buf[1u << 20];
	ssize_t got = n ? recv(lab->fd, buf, n, 0) : 0;

	turn(lab);
	return got > 0 ? (size_t)got : 0;
}

/* Gives a peer 7 MiB to read; it reads 'n_bytes' every 'every_s' seconds. Returns the
 * seconds until it is dropped, or 0 if it never is. */
static unsigned int
seconds_lived(struct lab *lab, size_t n_bytes, unsigned int every_s)
{
	uint64_t now_ns = NS_PER_S;
	unsigned int s = 0;

	start(lab, 0);
	greet(lab, V13);
	for (int i = 0; i < 7 * 16; i++)
		ofp_conn_send_unasked(lab->conn, lab->last, sizeof lab->last);
	turn(lab);
	while (!lab->n_closed && lab->pool->n_bytes && ++s < 1000) {
		now_ns += NS_PER_S;
		for (size_t rest = s % every_s ? 0 : n_bytes; rest;) {
			size_t got = read_some(lab, rest);

			if (!got)
				break;
			rest -= got;
		}
		ofp_conn_pool_tick(lab->pool, now_ns);
		turn(lab);
	}
	close(lab->fd);
	turn(lab);
	return lab->end == OFP_CONN_END_SLOW ? s : 0;
}

/* A peer that makes too little progress is dropped after 10 s, even if it reads a little now and
 * then. */
static void
test_pace(void **state)
{
	static const struct {
		size_t n_bytes;
		unsigned int every_s;
		bool lives;
	} peers[] = {
		{0, 1, false},	      {1, 1, false},	    {70000, 9, false},
		{8u << 10, 1, false}, {20u << 10, 1, true}, {200u << 10, 9, true},
		{1u << 20, 10, true},
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
		unsigned int s = seconds_lived(lab, peers[i].n_bytes, peers[i].every_s);

		if (peers[i].lives)
			assert_int_equal(s, 0);
		else
			assert_in_range(s, OFP_CONN_STALL_S, 3 * OFP_CONN_STALL_S + 2);
		ofp_conn_destroy(lab->conn);
		lab->conn = NULL;
		lab->n_closed = lab->n_ready = 0;
		lab->end = 0;
	}
	lab->fd = -1;
}

#define N_PEERS 40

/* Many peers that read nothing reach the bound for all peers together: the largest is dropped,
 * the others stay connected and are served, and so is a peer that reads. */
static void
test_largest_is_closed(void **state)
{
	struct lab *lab = *state, *peers = calloc(N_PEERS, sizeof *peers);
	unsigned int n_closed = 0;
	uint8_t answer[64];

	start(lab, 0);
	greet(lab, V13);
	for (int i = 0; i < N_PEERS; i++) {
		peers[i].base = lab->base;
		peers[i].pool = lab->pool;
		start(&peers[i], 0);
		greet(&peers[i], V13);
	}
	/* The first peer holds most, but less than the bound of one peer; each other holds 2
	 * MiB. */
	for (int i = 0; i < N_PEERS; i++)
		for (int k = 0; peers[i].conn && k < (i ? 32 : 96); k++) {
			ofp_conn_send_unasked(peers[i].conn, lab->last, sizeof lab->last);
			assert_true(lab->pool->n_bytes <= OFP_CONN_TOTAL);
			if (k % 8 == 0)
				turn(lab);
		}
	for (int i = 0; i < N_PEERS; i++) {
		n_closed += peers[i].n_closed;
		if (peers[i].n_closed)
			assert_int_equal(peers[i].end, OFP_CONN_END_LARGEST);
	}
	assert_int_equal(peers[0].n_closed, 1);
	assert_in_range(n_closed, 2, N_PEERS / 2);
	message(lab, V13, OFP_MSG_ECHO_REQUEST, 16, 9);
	assert_int_equal(get(lab, answer, sizeof answer), 16);
	for (int i = 0; i < N_PEERS; i++) {
		ofp_conn_destroy(peers[i].conn);
		close(peers[i].fd);
	}
	free(peers);
}

static void
test_pause_keeps_order(void **state)
{
	struct lab *lab = *state;

	start(lab, 0);
	greet(lab, V13);
	lab->pause = true;
	message(lab, V13, 20, 8, 1);
	message(lab, V13, 20, 8, 2);
	assert_int_equal(lab->n_messages, 1);
	ofp_conn_resume(lab->conn);
	turn(lab);
	assert_int_equal(lab->n_messages, 2);
	assert_int_equal(lab->last[7], 2);
}

/* Messages sent before the peer hung up are handled. */
static void
test_hang_up(void **state)
{
	struct lab *lab = *state;
	uint8_t msgs[2000][8];

	start(lab, 0);
	greet(lab, V13);
	for (int i = 0; i < 2000; i++)
		memcpy(msgs[i], (uint8_t[8]){V13, 14, 0, 8}, 8);
	assert_int_equal(send(lab->fd, msgs, sizeof msgs, MSG_NOSIGNAL), sizeof msgs);
	shutdown(lab->fd, SHUT_WR);
	while (!lab->n_closed)
		event_base_loop(lab->base, EVLOOP_ONCE);
	assert_int_equal(lab->n_messages, 2000);
	assert_int_equal(lab->n_closed, 1);
}

static void
test_silence(void **state)
{
	struct lab *lab = *state;
	uint8_t echo[8];

	start(lab, 1);
	greet(lab, V13);
	event_base_loop(lab->base, EVLOOP_ONCE);
	assert_int_equal(get(lab, echo, sizeof echo), 8);
	assert_int_equal(echo[1], OFP_MSG_ECHO_REQUEST);
	message(lab, V13, OFP_MSG_ECHO_REPLY, 8, 0);
	event_base_loop(lab->base, EVLOOP_ONCE);
	assert_int_equal(get(lab, echo, sizeof echo), 8);
	event_base_loop(lab->base, EVLOOP_ONCE);
	turn(lab);
	assert_int_equal(lab->n_closed, 1);
	assert_string_equal(lab->why, "the peer does not answer echo requests");
}

/* HELLO negotiation for every pair of version sets. The oracle tries the common bits one by one,
 * from the highest. */
static void
test_hello_agrees(void **state)
{
	(void)state;
	for (uint32_t theirs = 2; theirs < 256; theirs += 2) {
		uint8_t msg[OFP_HELLO_BYTES];
		uint8_t want = 0;

		for (uint8_t v = 1; v < 8; v++)
			if (theirs >> v & OFP_CONN_VERSIONS >> v & 1)
				want = v;
		ofp_hello_make(theirs, msg);
		assert_int_equal(ofp_hello_agree(OFP_CONN_VERSIONS, msg, sizeof msg), want);
	}
	for (uint8_t v = 0; v < 10; v++) {
		uint8_t msg[8] = {v, 0, 0, 8};
		uint8_t want = v > 6 ? 6 : (OFP_CONN_VERSIONS >> v & 1 ? v : 0);

		assert_int_equal(ofp_hello_agree(OFP_CONN_VERSIONS, msg, sizeof msg), want);
	}
}

/* Whatever the elements of a HELLO contain, decoding does not read past its end. */
static void
test_hello_hostile(void **state)
{
	unsigned int seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t n = 8 + (unsigned int)rand_r(&seed) % 40;
		uint8_t *msg = malloc(n);
		uint8_t error[OFP_HELLO_ERROR_BYTES];

		for (size_t k = 0; k < n; k++)
			msg[k] = (uint8_t)(rand_r(&seed) % 9);
		ofp_hello_agree(OFP_CONN_VERSIONS, msg, n);
		assert_true(ofp_hello_refuse(OFP_CONN_VERSIONS, msg, error) <= sizeof error);
		assert_true(ofp_hello_bad_version(4, msg, n, error) <= sizeof error);
		free(msg);
	}
}

static void
test_backoff(void **state)
{
	static const unsigned int want[] = {1, 2, 4, 8, 8, 8};
	struct ofp_backoff b = {0};

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
			assert_int_equal(ofp_backoff_next(&b), want[i]);
		ofp_backoff_reset(&b);
	}
}

static void
test_targets(void **state)
{
	static const struct {
		const char *text;
		bool good, passive, tls;
		uint16_t port;
	} cases[] = {
		{"tcp:127.0.0.1:6633", true, false, false, 6633},
		{"tcp:127.0.0.1", true, false, false, 6653},
		{"ssl:[::1]:1", true, false, true, 1},
		{"tcp:[::1]", true, false, false, 6653},
		{"ptcp:6654:127.0.0.1", true, true, false, 6654},
		{"ptcp:", true, true, false, 6653},
		{"pssl:6654:[::1]", true, true, true, 6654},
		{"unix:/run/x", true, false, false, 0},
		{"punix:/run/x", true, true, false, 0},
		{"punix:", false, false, false, 0},
		{"tcp:localhost", false, false, false, 0},
		{"tcp:127.0.0.1:0", false, false, false, 0},
		{"tcp:127.0.0.1:65536", false, false, false, 0},
		{"tcp:127.0.0.1x", false, false, false, 0},
		{"ptcp:x", false, false, false, 0},
		{"udp:127.0.0.1", false, false, false, 0},
		{"", false, false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ofp_target t;
		char err[512] = "";
		int rc = ofp_target_parse(cases[i].text, &t, err, sizeof err);

		assert_int_equal(rc, cases[i].good ? 0 : -EINVAL);
		assert_int_equal(!err[0], cases[i].good);
		if (rc)
			continue;
		assert_int_equal(t.passive, cases[i].passive);
		assert_int_equal(t.tls, cases[i].tls);
		if (t.addr.ss_family == AF_INET)
			assert_int_equal(((struct sockaddr_in *)&t.addr)->sin_port,
					 htons(cases[i].port));
		else if (t.addr.ss_family == AF_INET6)
			assert_int_equal(((struct sockaddr_in6 *)&t.addr)->sin6_port,
					 htons(cases[i].port));
		else
			assert_string_equal(ofp_target_path(&t), "/run/x");
	}
}

#define LAB_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LAB_TEST(test_messages_arrive_whole),
		LAB_TEST(test_bad_length_and_version),
		LAB_TEST(test_no_common_version),
		LAB_TEST(test_first_message_is_hello),
		LAB_TEST(test_hello_is_in_time),
		LAB_TEST(test_answer_in_parts),
		LAB_TEST(test_no_spin),
		LAB_TEST(test_turns),
		LAB_TEST(test_slow_reader),
		LAB_TEST(test_pace),
		LAB_TEST(test_largest_is_closed),
		LAB_TEST(test_pause_keeps_order),
		LAB_TEST(test_hang_up),
		LAB_TEST(test_silence),
		cmocka_unit_test(test_hello_agrees),
		cmocka_unit_test(test_hello_hostile),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
