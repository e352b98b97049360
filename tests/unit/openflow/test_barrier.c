/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers of several peers, while the test decides when and how each call of upcall/ ends. Each
 * peer gets its answers in order. A barrier is answered only after success of a call that began
 * after the barrier arrived. Other peers are served meanwhile. */
#include "agent_lab.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define N_PEERS 8
#define N_CHANGES 400
#define ECHO_REPLY 3
#define BARRIER_REPLY_10 19
#define BARRIER_REPLY 21
#define TURNS 8

/* The call in progress. */
static struct {
	void (*done)(void *aux, int rc);
	void *aux;
	unsigned int n_begun;
} call;

int __wrap_upc_call_start(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc),
			  void *aux);

int
__wrap_upc_call_start(struct upc *u, enum upc_call kind, void (*done)(void *aux, int rc), void *aux)
{
	(void)u;
	assert_int_equal(kind, UPC_CALL_BARRIER);
	assert_null(call.done);
	call.done = done;
	call.aux = aux;
	call.n_begun++;
	return 0;
}

static void
call_end(int rc)
{
	void (*done)(void *aux, int rc) = call.done;

	if (!done)
		return;
	call.done = NULL;
	done(call.aux, rc);
}

static void
turns(struct agent_lab *lab)
{
	for (int i = 0; i < TURNS; i++)
		agent_lab_turn(lab);
}

static void
change(struct agent_lab *lab, unsigned int i)
{
	agent_lab_rules(lab, i, 1);
}

static void
echo(struct agent_client *c, uint32_t xid)
{
	uint8_t message[8] = {c->version, 2, 0, 8};

	message[6] = (uint8_t)(xid >> 8);
	message[7] = (uint8_t)xid;
	assert_int_equal(write(c->fd, message, sizeof message), sizeof message);
}

static void
barrier(struct agent_client *c, uint32_t xid)
{
	agent_client_send(c, &(struct ofp_message){.type = OFP_BARRIER_REQUEST, .xid = xid});
}

/* Takes the next message; asserts its type and transaction ID. */
static void
expect(struct agent_client *c, uint8_t type, uint32_t xid)
{
	const uint8_t *m;
	size_t n;

	agent_client_read(c);
	m = agent_client_take(c, &n);
	assert_non_null(m);
	assert_int_equal(m[1], type);
	assert_int_equal(m[6] << 8 | m[7], xid);
}

static void
expect_nothing(struct agent_client *c)
{
	size_t n;

	agent_client_read(c);
	assert_null(agent_client_take(c, &n));
}

static void
test_others_are_served(void **state)
{
	struct agent_client a, b;
	struct agent_lab lab;

	(void)state;
	call.done = NULL;
	agent_lab_open(&lab);
	agent_client_open(&lab, OFP_VERSION_13, &a);
	agent_client_open(&lab, OFP_VERSION_10, &b);
	change(&lab, 1);
	barrier(&a, 1);
	echo(&a, 2);
	turns(&lab);
	echo(&b, 3);
	turns(&lab);
	expect_nothing(&a);
	expect(&b, ECHO_REPLY, 3);
	change(&lab, 2);
	barrier(&b, 4);
	echo(&b, 5);
	turns(&lab);
	call_end(0);
	turns(&lab);
	expect(&a, BARRIER_REPLY, 1);
	expect(&a, ECHO_REPLY, 2);
	expect_nothing(&b);
	call_end(0);
	turns(&lab);
	expect(&b, BARRIER_REPLY_10, 4);
	expect(&b, ECHO_REPLY, 5);
	/* No change since the last barrier. */
	barrier(&a, 6);
	turns(&lab);
	expect(&a, BARRIER_REPLY, 6);
	agent_client_close(&a);
	agent_client_close(&b);
	agent_lab_close(&lab);
}

/* Peers may disconnect while they wait, and the agent may be freed during a call. */
static void
test_ends_early(void **state)
{
	struct agent_client a, b;
	struct agent_lab lab;

	(void)state;
	call.done = NULL;
	agent_lab_open(&lab);
	agent_client_open(&lab, OFP_VERSION_13, &a);
	agent_client_open(&lab, OFP_VERSION_13, &b);
	change(&lab, 1);
	barrier(&a, 1);
	turns(&lab);
	barrier(&b, 2);
	turns(&lab);
	agent_client_close(&a);
	turns(&lab);
	call_end(0);
	turns(&lab);
	expect(&b, BARRIER_REPLY, 2);
	change(&lab, 2);
	barrier(&b, 3);
	turns(&lab);
	assert_non_null(call.done);
	agent_close(lab.agent);
	call_end(-ECANCELED);
	agent_client_close(&b);
	agent_lab_close(&lab);
}

/* A peer of the random test. It sends barriers and echoes with increasing transaction IDs.
 * needs[xid]: the number of the call that must succeed before this barrier is answered; 0 for an
 * echo. */
struct member {
	struct agent_client c;
	uint32_t sent, taken;
	unsigned int needs[N_CHANGES + 1];
};

/* Takes the messages that have arrived; asserts their order, and that no barrier is answered
 * before its call. */
static void
member_take(struct member *m, unsigned int n_succeeded)
{
	const uint8_t *message;
	size_t n;

	agent_client_read(&m->c);
	while ((message = agent_client_take(&m->c, &n)) != NULL) {
		uint32_t xid = (uint32_t)message[6] << 8 | message[7];

		assert_int_equal(xid, ++m->taken);
		assert_int_equal(message[1], m->needs[xid] ? BARRIER_REPLY : ECHO_REPLY);
		assert_true(m->needs[xid] <= n_succeeded);
	}
}

static void
member_send(struct member *m, bool is_barrier)
{
	uint32_t xid = ++m->sent;

	/* A call in progress began before this barrier. */
	m->needs[xid] = is_barrier ? call.n_begun + 1 : 0;
	if (is_barrier)
		barrier(&m->c, xid);
	else
		echo(&m->c, xid);
}

static void
test_random(void **state)
{
	static struct member members[N_PEERS];
	unsigned int seed = 7, n_succeeded = 0;
	struct agent_lab lab;

	(void)state;
	memset(members, 0, sizeof members);
	memset(&call, 0, sizeof call);
	agent_lab_open(&lab);
	for (int i = 0; i < N_PEERS; i++)
		agent_client_open(&lab, OFP_VERSION_13, &members[i].c);
	for (unsigned int i = 0; i < N_CHANGES; i++) {
		struct member *m = &members[(unsigned int)rand_r(&seed) % N_PEERS];

		change(&lab, i);
		member_send(m, rand_r(&seed) % 3);
		turns(&lab);
		if (rand_r(&seed) % 4 == 0) {
			n_succeeded = call.done ? call.n_begun : n_succeeded;
			call_end(0);
		}
		turns(&lab);
		for (int k = 0; k < N_PEERS; k++)
			member_take(&members[k], n_succeeded);
	}
	for (int i = 0; i < 2 * N_CHANGES; i++) {
		n_succeeded = call.done ? call.n_begun : n_succeeded;
		call_end(0);
		turns(&lab);
	}
	for (int k = 0; k < N_PEERS; k++) {
		member_take(&members[k], n_succeeded);
		assert_int_equal(members[k].taken, members[k].sent);
		agent_client_close(&members[k].c);
	}
	print_message("%u barriers and echoes, %u calls\n", N_CHANGES, call.n_begun);
	agent_lab_close(&lab);
}

/* No barrier is answered by a failed call; another call follows. */
static void
test_failure(void **state)
{
	struct agent_client a;
	struct agent_lab lab;
	unsigned int n;

	(void)state;
	call.done = NULL;
	agent_lab_open(&lab);
	agent_client_open(&lab, OFP_VERSION_13, &a);
	change(&lab, 1);
	barrier(&a, 1);
	turns(&lab);
	n = call.n_begun;
	call_end(-ETIMEDOUT);
	turns(&lab);
	expect_nothing(&a);
	rcu_sleep();
	while (call.n_begun == n)
		event_base_loop(lab.base, EVLOOP_ONCE);
	rcu_wake();
	expect_nothing(&a);
	call_end(0);
	turns(&lab);
	expect(&a, BARRIER_REPLY, 1);
	agent_client_close(&a);
	agent_lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_are_served),
		cmocka_unit_test(test_ends_early),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
