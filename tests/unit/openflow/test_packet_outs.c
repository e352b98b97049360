/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-outs of several peers to a datapath that executes when the test decides. However many
 * are sent, few wait in the datapath, none is refused or lost, and other peers are served. If
 * the translation of a packet fails, the peer gets an error. */
#include "agent_lab.h"

#include "packets/throttle.h"

#include <upcall/upc.h>

#include <unistd.h>

#define N_PEERS 3
#define N_PACKETS 4000 /* of each */
#define TURNS_MAX 4000
#define ECHO_REPLY 3
#define ERROR 1

static struct {
	unsigned int n_sent, n_waiting, most, n_dropped;
	enum flow_drop given_up;
} dp;

int __wrap_upc_packet_prepare(struct upc *u, const struct upc_packet *p, struct upc_prepared **out);
enum flow_drop __wrap_upc_packet_given_up(const struct upc_prepared *pp);
void __wrap_upc_packet_send(struct upc *u, struct upc_prepared *pp);
void __wrap_upc_packet_drop(struct upc *u, struct upc_prepared *pp);
unsigned int __wrap_upc_packets_waiting(struct upc *u);

int
__wrap_upc_packet_prepare(struct upc *u, const struct upc_packet *p, struct upc_prepared **out)
{
	(void)u;
	assert_int_equal(p->n_bytes, 60);
	*out = (struct upc_prepared *)&dp;
	return 0;
}

enum flow_drop
__wrap_upc_packet_given_up(const struct upc_prepared *pp)
{
	(void)pp;
	return dp.given_up;
}

void
__wrap_upc_packet_send(struct upc *u, struct upc_prepared *pp)
{
	(void)u;
	(void)pp;
	dp.n_sent++;
	if (++dp.n_waiting > dp.most)
		dp.most = dp.n_waiting;
}

void
__wrap_upc_packet_drop(struct upc *u, struct upc_prepared *pp)
{
	(void)u;
	(void)pp;
	dp.n_dropped++;
}

unsigned int
__wrap_upc_packets_waiting(struct upc *u)
{
	(void)u;
	return dp.n_waiting;
}

static int
setup(void **state)
{
	static struct agent_lab lab;

	memset(&dp, 0, sizeof dp);
	dp.given_up = FLOW_NOT_DROPPED;
	agent_lab_open(&lab);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	agent_lab_close(*state);
	return 0;
}

/* Makes a packet-out (OpenFlow 1.3, 7.3.7): from OFPP_CONTROLLER, without buffer and actions. */
static void
packet_out_make(uint8_t message[84])
{
	static const uint8_t head[24] = {4,    13,   0,	   84,	 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0xff, 0xfd, 0, 0, 0, 0, 0,	   0,	 0,    0};

	memset(message, 0, 84);
	memcpy(message, head, sizeof head);
	message[36] = 0x08;
}

/* Sends packet-outs of 'left' until the socket is full, and returns how many remain. A message
 * that was written in part is completed first. */
struct flood {
	struct agent_client client;
	size_t left;
};

static void
flood_write(struct flood *f)
{
	uint8_t message[84];
	ssize_t n;

	packet_out_make(message);
	while (f->left) {
		size_t at = (sizeof message - f->left % sizeof message) % sizeof message;

		n = write(f->client.fd, message + at, sizeof message - at);
		if (n <= 0)
			return;
		f->left -= (size_t)n;
	}
}

static void
echo(struct agent_client *c)
{
	static const uint8_t message[8] = {4, 2, 0, 8, 0, 0, 0, 1};

	assert_int_equal(write(c->fd, message, sizeof message), sizeof message);
}

static bool
written(const struct flood *floods)
{
	for (int i = 0; i < N_PEERS; i++)
		if (floods[i].left)
			return false;
	return true;
}

static void
test_floods_are_slowed_down(void **state)
{
	static struct flood floods[N_PEERS];
	struct agent_lab *lab = *state;
	struct agent_client other;
	size_t n;

	agent_client_open(lab, 4, &other);
	for (int i = 0; i < N_PEERS; i++) {
		agent_client_open(lab, 4, &floods[i].client);
		floods[i].left = (size_t)N_PACKETS * 84;
	}
	for (int turn = 0; turn < TURNS_MAX && dp.n_sent < N_PEERS * N_PACKETS; turn++) {
		for (int i = 0; i < N_PEERS; i++)
			flood_write(&floods[i]);
		agent_lab_turn(lab);
		if (turn % 100 == 50) {
			echo(&other);
			assert_non_null(agent_client_wait(lab, &other, ECHO_REPLY, 10, &n));
		}
		/* The datapath is far behind, then becomes idle. */
		if (turn % 10 == 9) {
			dp.n_waiting = 0;
			usleep(1100);
		}
	}
	assert_true(written(floods));
	assert_int_equal(dp.n_sent, N_PEERS * N_PACKETS);
	assert_in_range(dp.most, AGENT_THROTTLE_PACKETS, AGENT_THROTTLE_PACKETS + N_PEERS);
	for (int i = 0; i < N_PEERS; i++) {
		assert_int_equal(agent_client_read(&floods[i].client), 0);
		agent_client_close(&floods[i].client);
	}
	agent_client_close(&other);
}

/* A peer that is held back disconnects; nothing waits for it any more. */
static void
test_held_back_peer_leaves(void **state)
{
	static struct flood f;
	struct agent_lab *lab = *state;

	agent_client_open(lab, 4, &f.client);
	dp.n_waiting = AGENT_THROTTLE_PACKETS;
	f.left = (size_t)10 * 84;
	flood_write(&f);
	for (int i = 0; i < 10; i++)
		agent_lab_turn(lab);
	assert_int_equal(dp.n_sent, 1);
	agent_client_close(&f.client);
	for (int i = 0; i < 10; i++)
		agent_lab_turn(lab);
	dp.n_waiting = 0;
	usleep(1100);
	for (int i = 0; i < 10; i++)
		agent_lab_turn(lab);
	assert_in_range(dp.n_sent, 1, 10);
}

static void
test_given_up_is_answered(void **state)
{
	struct agent_lab *lab = *state;
	static struct flood f;
	const uint8_t *m;
	size_t n;

	agent_client_open(lab, 4, &f.client);
	dp.given_up = FLOW_DROP_STEPS;
	f.left = 84;
	flood_write(&f);
	m = agent_client_wait(lab, &f.client, ERROR, 10, &n);
	assert_non_null(m);
	/* OFPET_FLOW_MOD_FAILED, OFPFMFC_UNKNOWN, as in Open vSwitch. */
	assert_memory_equal(m + 8, ((uint8_t[]){0, 5, 0, 0}), 4);
	assert_int_equal(dp.n_sent, 0);
	assert_int_equal(dp.n_dropped, 1);
	agent_client_close(&f.client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_floods_are_slowed_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held_back_peer_leaves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_up_is_answered, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
