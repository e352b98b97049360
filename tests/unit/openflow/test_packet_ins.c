/* SPDX-License-Identifier: Apache-2.0 */
/* Too many packets for controllers: they are shared between ports and between controllers, and
 * each is sent or counted. What controllers see of a packet's connection. */
#include "agent_lab.h"

#include <fields/match.h>
#include <net/ethernet.h>
#include <openflow/operator.h>
#include <unistd.h>

#define PACKET_IN 10
#define MATCH_AT 24
#define ECHO_REPLY 3
#define QUEUE_PLACES 4096
#define PORTS 3
#define ROLE_REPLY 25
#define RATE 200 /* low enough that even a slow machine can exceed it */
#define DEFAULT_RATE 0
#define N_SLOW 40
#define UNKNOWN_COOKIE 12345 /* of no megaflow; packets are identified by port */

struct counts {
	unsigned int of[PORTS + 1]; /* by in_port */
	unsigned int n;
};

static void
open_with_ports(struct agent_lab *lab, unsigned int packet_rate)
{
	static const char *const names[] = {"p1", "p2", "p3"};

	agent_lab_open_rate(lab, packet_rate);
	for (unsigned int i = 0; i < PORTS; i++) {
		struct xlate_port port = {
			.name = names[i], .ofp_port = (uint16_t)(i + 1), .dp_port = i + 10};

		assert_int_equal(xlate_port_add(lab->modules.xlate, lab->br, &port, NULL, lab->err,
						sizeof lab->err),
				 0);
	}
}

static void
client_listen(struct agent_lab *lab, struct agent_client *c)
{
	const uint8_t echo[] = {OFP_VERSION_13, 2, 0, 8, 0, 0, 0, 9};
	struct ofp_message m = {.type = OFP_SET_CONFIG, .config = {.miss_send_len = 128}};
	size_t n;

	agent_client_open(lab, OFP_VERSION_13, c);
	agent_client_send(c, &m);
	assert_int_equal(write(c->fd, echo, sizeof echo), sizeof echo);
	assert_non_null(agent_client_wait(lab, c, ECHO_REPLY, 20, &n));
}

/* Queues a packet of 'n_bytes' that arrived at port 'ofp_port'. */
static void
packet_put(struct agent_lab *lab, unsigned int ofp_port, uint32_t n_bytes)
{
	static const uint8_t bytes[32768];
	struct dp_upcall u = {.kind = DP_UPCALL_ACTION,
			      .reason = FLOW_UPCALL_CONTROLLER,
			      .cookie = UNKNOWN_COOKIE,
			      .data = bytes,
			      .n_bytes = n_bytes};

	u.key.in_port = ofp_port + 9;
	agent_packet_in(lab->agent, &u);
}

static void
client_count(struct agent_client *c, struct counts *to)
{
	const uint8_t *msg;
	size_t n;

	agent_client_read(c);
	while ((msg = agent_client_take(c, &n)) != NULL) {
		if (msg[1] != PACKET_IN)
			continue;
		assert_in_range(msg[35], 1, PORTS); /* in_port is the first field of the match */
		to->of[msg[35]]++;
		to->n++;
	}
}

/* Returns the sum of the bridge's counters whose names begin with 'name'. */
static uint64_t
counter(struct agent_lab *lab, const char *name)
{
	json_t *rows = agent_counters(lab->agent, "br0"), *row;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach (rows, i, row)
		if (!strncmp(json_string_value(json_object_get(row, "counter")), name,
			     strlen(name)))
			sum += (uint64_t)json_integer_value(json_object_get(row, "count"));
	json_decref(rows);
	return sum;
}

static uint64_t
waiting(struct agent_lab *lab)
{
	json_t *rows = agent_show(lab->agent, "br0"), *row;
	uint64_t sum = 0;
	size_t i;

	json_array_foreach (rows, i, row)
		sum += (uint64_t)json_integer_value(json_object_get(row, "packet_ins_waiting"));
	json_decref(rows);
	return sum;
}

/* Runs until 'c' has received all of 'n' packets that are not counted as dropped. */
static void
receive_all(struct agent_lab *lab, struct agent_client *c, struct counts *got, unsigned int n)
{
	for (int i = 0; i < 5000 && got->n + counter(lab, "packet-ins-dropped") < n; i++) {
		agent_lab_turn(lab);
		client_count(c, got);
		usleep(1000);
	}
	assert_int_equal(got->n + counter(lab, "packet-ins-dropped"), n);
}

/* Port 1 exceeds the controller's rate by far; no packet of ports 2 and 3 is lost. */
static void
test_rate_is_shared_between_ports(void **state)
{
	struct agent_client c;
	struct agent_lab lab;
	struct counts got = {{0}};
	unsigned int n = 0;

	(void)state;
	open_with_ports(&lab, RATE);
	client_listen(&lab, &c);
	for (int i = 0; i < 5000; i++, n++) {
		packet_put(&lab, 1, 60);
		if (i % 250 == 249) {
			packet_put(&lab, 2, 60);
			packet_put(&lab, 3, 60);
			n += 2;
		}
		if (i % 20 == 0)
			agent_lab_turn(&lab);
		client_count(&c, &got);
	}
	receive_all(&lab, &c, &got, n);
	assert_int_equal(got.of[2], 20);
	assert_int_equal(got.of[3], 20);
	assert_in_range(got.of[1], RATE, 4999);
	assert_int_equal(counter(&lab, "packet-ins-dropped-rate"), n - got.n);
	assert_int_equal(waiting(&lab), 0);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* Handlers queue more than the control thread takes: a port below its share loses no packet, and
 * each turn serves a part of the queue. */
static void
test_queue_is_shared_between_ports(void **state)
{
	struct agent_client c;
	struct agent_lab lab;
	struct counts got = {{0}};
	unsigned int n_first;

	(void)state;
	open_with_ports(&lab, RATE);
	client_listen(&lab, &c);
	for (int i = 0; i < 10000; i++)
		packet_put(&lab, 1, 60);
	for (int i = 0; i < 30; i++)
		packet_put(&lab, 2, 60);
	agent_lab_turn(&lab);
	agent_lab_turn(&lab);
	client_count(&c, &got);
	n_first = got.n;
	assert_in_range(n_first, 60, 128);
	assert_in_range(got.of[2], 30, 30);
	receive_all(&lab, &c, &got, 10030);
	assert_int_equal(counter(&lab, "packet-ins-dropped-queue"), 10030 - QUEUE_PLACES);
	assert_true(counter(&lab, "packet-ins-dropped-rate") > 0);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* A controller that does not read costs another one no packet. */
static void
test_slow_controllers_stop_nobody(void **state)
{
	struct agent_client slow, c;
	struct agent_lab lab;
	struct counts got = {{0}};
	uint64_t n_dropped;

	(void)state;
	open_with_ports(&lab, DEFAULT_RATE);
	client_listen(&lab, &slow);
	client_listen(&lab, &c);
	for (int i = 0; i < 600; i++) {
		packet_put(&lab, 1 + (unsigned int)i % PORTS, 16384);
		agent_lab_turn(&lab);
		client_count(&c, &got);
	}
	for (int i = 0; i < 200; i++) {
		agent_lab_turn(&lab);
		client_count(&c, &got);
	}
	assert_int_equal(got.n, 600);
	n_dropped = counter(&lab, "packet-ins-dropped");
	assert_int_equal(counter(&lab, "packet-ins-dropped-backlog"), n_dropped);
	assert_in_range(n_dropped, 1, 600);
	assert_in_range(waiting(&lab), 120, 128);
	/* Waiting packets are sent once the controller reads. */
	memset(&got, 0, sizeof got);
	receive_all(&lab, &slow, &got, 600);
	assert_int_equal(waiting(&lab), 0);
	agent_client_close(&slow);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* Many such controllers, whose backlog together exceeds the limit of waiting packet-ins, cost
 * another one no packet, either. */
static void
test_many_slow_controllers_stop_nobody(void **state)
{
	struct agent_client slow[N_SLOW], c;
	struct agent_lab lab;
	struct counts got = {{0}};

	(void)state;
	open_with_ports(&lab, DEFAULT_RATE);
	for (int i = 0; i < N_SLOW; i++)
		client_listen(&lab, &slow[i]);
	client_listen(&lab, &c);
	for (int i = 0; i < 400; i++) {
		if (i < 200)
			packet_put(&lab, 1 + (unsigned int)i % PORTS, 16384);
		agent_lab_turn(&lab);
		client_count(&c, &got);
	}
	assert_int_equal(got.n, 200);
	assert_int_equal(counter(&lab, "ended-largest"), 0);
	assert_int_equal(counter(&lab, "packet-ins-dropped-backlog"),
			 counter(&lab, "packet-ins-dropped"));
	for (int i = 0; i < N_SLOW; i++)
		agent_client_close(&slow[i]);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* Packets that wait for a peer are discarded when it becomes a slave. */
static void
test_slaves_get_nothing_that_waited(void **state)
{
	struct ofp_message m = {.type = OFP_ROLE_REQUEST, .role = {.role = OFP_ROLE_SLAVE}};
	struct agent_client c;
	struct agent_lab lab;
	struct counts got = {{0}};
	size_t n;

	(void)state;
	open_with_ports(&lab, RATE);
	client_listen(&lab, &c);
	for (int i = 0; i < 3000; i++)
		packet_put(&lab, 1, 60);
	for (int i = 0; i < 100 && !waiting(&lab); i++)
		agent_lab_turn(&lab);
	assert_true(waiting(&lab) > 0);
	agent_client_send(&c, &m);
	assert_non_null(agent_client_wait(&lab, &c, ROLE_REPLY, 100, &n));
	for (int i = 0; i < 5000 && waiting(&lab); i++) {
		agent_lab_turn(&lab);
		usleep(1000);
	}
	assert_int_equal(waiting(&lab), 0);
	client_count(&c, &got);
	assert_int_equal(got.n, 0);
	agent_client_close(&c);
	agent_lab_close(&lab);
}

/* Sends a packet with this key. Returns the match of its packet-in. */
static void
match_of(struct agent_lab *lab, struct agent_client *c, const struct flow_key *key,
	 struct xlate_match *m)
{
	static const uint8_t bytes[60];
	struct dp_upcall u = {.kind = DP_UPCALL_ACTION,
			      .reason = FLOW_UPCALL_CONTROLLER,
			      .cookie = UNKNOWN_COOKIE,
			      .data = bytes,
			      .n_bytes = sizeof bytes,
			      .key = *key};
	struct ofp_error err;
	struct ofp_cursor at;
	const uint8_t *msg;
	size_t n;

	u.key.in_port = 10;
	agent_packet_in(lab->agent, &u);
	msg = agent_client_wait(lab, c, PACKET_IN, 100, &n);
	assert_non_null(msg);
	at = (struct ofp_cursor){msg + MATCH_AT, n - MATCH_AT};
	assert_int_equal(ofp_oxm_match_pull(&at, NULL, true, m, &err), 0);
}

/* A packet with a connection shows its original direction, with the prerequisites. */
static void
test_connections_are_shown(void **state)
{
	static const uint16_t types[] = {ETHERTYPE_IP, ETHERTYPE_IPV6, ETHERTYPE_ARP};
	struct agent_client c;
	struct agent_lab lab;

	(void)state;
	open_with_ports(&lab, DEFAULT_RATE);
	client_listen(&lab, &c);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		bool ip = types[i] != ETHERTYPE_ARP;
		struct flow_key key = {.eth_type = htons(types[i]), .ct_state = 0x22};
		struct xlate_match m;

		if (ip) {
			key.ct_nw_proto = 6;
			key.ct_src.b[15] = 1;
			key.ct_dst.b[15] = 9;
			key.ct_src.b[0] = key.ct_dst.b[0] = types[i] == ETHERTYPE_IP ? 0 : 0xfd;
			key.ct_tp_dst = htons(80);
		}
		match_of(&lab, &c, &key, &m);
		assert_int_equal(m.key.flow.eth_type, key.eth_type);
		assert_int_equal(m.key.flow.ct_state, 0x22);
		assert_int_equal(m.key.flow.ct_nw_proto, key.ct_nw_proto);
		assert_memory_equal(&m.key.flow.ct_src, &key.ct_src, sizeof key.ct_src);
		assert_memory_equal(&m.key.flow.ct_dst, &key.ct_dst, sizeof key.ct_dst);
		assert_int_equal(m.mask.flow.ct_tp_dst, ip ? UINT16_MAX : 0);
		assert_int_equal(m.mask.flow.ct_tp_src, 0);
		assert_int_equal(m.mask.flow.ct_src.b[0], types[i] == ETHERTYPE_IPV6 ? 255 : 0);
	}
	agent_client_close(&c);
	agent_lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate_is_shared_between_ports),
		cmocka_unit_test(test_queue_is_shared_between_ports),
		cmocka_unit_test(test_slow_controllers_stop_nobody),
		cmocka_unit_test(test_many_slow_controllers_stop_nobody),
		cmocka_unit_test(test_slaves_get_nothing_that_waited),
		cmocka_unit_test(test_connections_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
