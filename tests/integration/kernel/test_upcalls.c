/* SPDX-License-Identifier: Apache-2.0 */
/* Upcalls of the kernel, by port and by processor: a miss reaches a handler with its key, is executed and
 * installed; an action passes its cookie; a port that floods loses packets alone. */
#include "net.h"

#include <base/rcu.h>
#include <flow/parse.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { HANDLERS = 2 };

/* Returns an upcall of any handler, or NULL if there is none within a second. */
static struct dp_upcall *
wait_upcall(struct kdp *k)
{
	struct dp *dp = kdp_dp(k);
	struct dp_upcall *u;

	for (int i = 0; i < 50; i++) {
		for (unsigned int h = 0; h < HANDLERS; h++) {
			if (dp->class->recv(dp, h, &u, 1))
				return u;
		}
		dp->class->recv_wait(dp, (unsigned int)i % HANDLERS, 20 * 1000 * 1000);
	}
	return NULL;
}

static void
check_packet(const struct dp_upcall *u, const uint8_t *data, size_t n, uint32_t in_port)
{
	struct flow_key key;
	uint8_t copy[1500];

	assert_non_null(u);
	memset(&key, 0, sizeof key);
	key.in_port = in_port;
	flow_parse(data, n, &key, NULL);
	assert_int_equal(u->n_bytes, n);
	dp_upcall_read(u, copy);
	assert_memory_equal(copy, data, n);
	/* The hash of the kernel is metadata that a test cannot know. */
	key.dp_hash = u->key.dp_hash;
	assert_memory_equal(&u->key, &key, sizeof key);
	assert_true(u->received_ns);
}

/* Packets of the port with the packet's Ethernet type and destination port. */
static struct flow_match
match_of(const struct flow_key *key)
{
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.key = *key;
	m.mask.in_port = UINT32_MAX;
	m.mask.eth_type = UINT16_MAX;
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	m.mask.nw_proto = UINT8_MAX;
	m.mask.nw_frag = FLOW_FRAG_LATER;
	m.mask.tp_dst = UINT16_MAX;
	flow_match_canonicalize(&m);
	return m;
}

/* A miss is executed and installed in one batch, as upcall/ does; the next packet needs no handler. */
static void
miss_is_served(struct kdp *k, uint32_t a, uint32_t b, int at_b)
{
	struct dp *dp = kdp_dp(k);
	uint8_t data[1500], received[1500];
	size_t n = net_udp(7, data);
	struct flow_actions acts;
	struct dp_op ops[2] = {{.type = DP_OP_EXECUTE}, {.type = DP_OP_PUT}};
	struct flow_match m;
	struct dp_upcall *u;

	net_send("ax", data, n);
	u = wait_upcall(k);
	check_packet(u, data, n, a);
	assert_int_equal(u->kind, DP_UPCALL_MISS);
	m = match_of(&u->key);
	flow_actions_init(&acts);
	flow_actions_add_output(&acts, b);
	ops[0].packet = u;
	ops[1].ufid = flow_ufid_make(&m);
	ops[1].match = &m;
	ops[1].key = &u->key;
	ops[0].actions = ops[1].actions = &acts;
	dp->class->operate(dp, ops, 2);
	assert_int_equal(ops[0].error, 0);
	assert_int_equal(ops[1].error, 0);
	assert_int_equal(net_receive(at_b, received, sizeof received, 1000), n);
	net_send("ax", data, n);
	assert_int_equal(net_receive(at_b, received, sizeof received, 1000), n);
	assert_memory_equal(received, data, n);
	ops[1].type = DP_OP_DEL;
	assert_int_equal(net_operate(k, &ops[1]), 0);
	assert_int_equal(ops[1].stats.packets, 1);
	flow_actions_free(&acts);
}

static void
action_passes_its_cookie(struct kdp *k, uint32_t a)
{
	struct flow_action up = {.type = FLOW_ACTION_UPCALL,
				 .upcall = {FLOW_UPCALL_CONTROLLER, 128, 0xabcdef01, 0, 0}};
	struct dp *dp = kdp_dp(k);
	struct flow_actions acts;
	struct flow_match m;
	struct flow_key key;
	struct dp_op op = {.type = DP_OP_PUT, .match = &m, .actions = &acts};
	struct dp_upcall *u;
	uint8_t data[1500];
	size_t n = net_udp(8, data);

	memset(&key, 0, sizeof key);
	flow_parse(data, n, &key, NULL);
	key.in_port = a;
	m = match_of(&key);
	op.ufid = flow_ufid_make(&m);
	flow_actions_init(&acts);
	flow_actions_add(&acts, &up);
	assert_int_equal(net_operate(k, &op), 0);
	net_send("ax", data, n);
	u = wait_upcall(k);
	check_packet(u, data, n, a);
	assert_int_equal(u->kind, DP_UPCALL_ACTION);
	assert_int_equal(u->reason, FLOW_UPCALL_CONTROLLER);
	assert_int_equal(u->max_len, 128);
	assert_int_equal(u->cookie, 0xabcdef01);
	dp->class->release(dp, u, FLOW_DROP_TTL_EXPIRED);
	op.type = DP_OP_DEL;
	assert_int_equal(net_operate(k, &op), 0);
	flow_actions_free(&acts);
}

static void
served(bool by_processor)
{
	struct kdp *k = net_datapath(by_processor);
	struct dp *dp = kdp_dp(k);
	struct kdp_port_stats stats;
	struct kdp_stats counts;
	struct dp_upcall *u;
	uint8_t data[1500];
	size_t n = net_udp(9, data);
	uint32_t a, b;
	int at_b;

	assert_int_equal(kdp_is_by_processor(k), by_processor);
	net_pair("a");
	net_pair("b");
	a = net_port(k, "a");
	assert_int_equal(dp->class->handlers_set(dp, HANDLERS), 0);
	b = net_port(k, "b"); /* also after the handlers exist */
	at_b = net_open("bx");
	miss_is_served(k, a, b, at_b);
	action_passes_its_cookie(k, a);
	net_send("bx", data, n);
	u = wait_upcall(k);
	check_packet(u, data, n, b);
	dp->class->release(dp, u, FLOW_NOT_DROPPED);
	assert_int_equal(kdp_port_stats(k, a, &stats), 0);
	assert_int_equal(stats.drops[FLOW_DROP_TTL_EXPIRED], 1);
	assert_int_equal(stats.rx_packets, 3);
	assert_int_equal(dp->class->handlers_set(dp, 0), 0);
	net_send("ax", data, n);
	assert_int_equal(kdp_stats(k, &counts), 0);
	assert_int_equal(counts.misses, 3);
	assert_int_equal(counts.lost, 1);
	for (int i = 0; i < KDP_N_MALFORMED_REASONS; i++)
		assert_int_equal(counts.malformed[i], 0);
	close(at_b);
	kdp_destroy(k, false);
	net_unpair("a");
	net_unpair("b");
}

static void
test_upcalls_by_port(void **state)
{
	(void)state;
	served(false);
}

static void
test_upcalls_by_processor(void **state)
{
	(void)state;
	served(true);
}

/* A port floods: its socket overruns, which is counted there; another port's packets all arrive, and
 * each turn has at most DP_PORT_SHARE of one port. */
static void
test_flood_of_a_port(void **state)
{
	enum { FLOOD = 4000, CALM = 10 };
	struct kdp_config config = {.name = "dp0", .buffer_bytes = 64 * 1024};
	struct kdp_port_stats flood, calm;
	struct dp_upcall *got[DP_BATCH_MAX];
	unsigned int n_got, n_flood = 0, n_calm = 0, n_first = 0;
	uint8_t data[1500];
	size_t n = net_udp(9, data);
	char err[256] = "";
	uint32_t a, b;
	struct kdp *k;
	struct dp *dp;
	int from;

	(void)state;
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), 0);
	dp = kdp_dp(k);
	net_pair("a");
	net_pair("b");
	a = net_port(k, "a");
	b = net_port(k, "b");
	assert_int_equal(dp->class->handlers_set(dp, 1), 0);
	from = net_open("ax");
	for (int i = 0; i < FLOOD; i++)
		assert_int_equal(send(from, data, n, 0), n);
	close(from);
	for (int i = 0; i < CALM; i++)
		net_send("bx", data, n);
	do {
		n_got = dp->class->recv(dp, 0, got, DP_BATCH_MAX);
		for (unsigned int i = 0; i < n_got; i++) {
			n_flood += got[i]->key.in_port == a;
			n_calm += got[i]->key.in_port == b;
			n_first += !n_calm && got[i]->key.in_port == a;
			dp->class->release(dp, got[i], FLOW_NOT_DROPPED);
		}
	} while (n_got);
	assert_int_equal(n_calm, CALM);
	assert_in_range(n_flood, DP_PORT_SHARE, FLOOD - 1);
	assert_in_range(n_first, 0, DP_PORT_SHARE);
	assert_int_equal(kdp_port_stats(k, a, &flood), 0);
	assert_int_equal(kdp_port_stats(k, b, &calm), 0);
	assert_true(flood.overruns);
	assert_int_equal(calm.overruns, 0);
	kdp_destroy(k, false);
	net_unpair("a");
	net_unpair("b");
}

/* What of a port waits at a handler when it is removed is no longer received. */
static void
test_port_removed_with_packets_waiting(void **state)
{
	struct kdp *k = net_datapath(false);
	struct dp *dp = kdp_dp(k);
	struct dp_upcall *u;
	uint8_t data[1500];
	size_t n = net_udp(9, data);
	uint32_t a;

	(void)state;
	net_pair("a");
	assert_int_equal(dp->class->handlers_set(dp, HANDLERS), 0);
	for (int i = 0; i < 3; i++) {
		a = net_port(k, "a");
		net_send("ax", data, n);
		u = wait_upcall(k);
		check_packet(u, data, n, a);
		dp->class->release(dp, u, FLOW_NOT_DROPPED);
		net_send("ax", data, n);
		assert_int_equal(kdp_port_del(k, a), 0);
		assert_null(wait_upcall(k));
	}
	kdp_destroy(k, false);
	net_unpair("a");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upcalls_by_port),
		cmocka_unit_test(test_upcalls_by_processor),
		cmocka_unit_test(test_flood_of_a_port),
		cmocka_unit_test(test_port_removed_with_packets_waiting),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
