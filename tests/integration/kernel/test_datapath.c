/* SPDX-License-Identifier: Apache-2.0 */
/* Datapath, ports and flows of the kernel: created, taken, counted, removed, also by someone else. */
#include "net.h"

#include <base/rcu.h>
#include <flow/packed.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define TRIED                                                                                      \
	(1u << FLOW_ACTION_METER | 1u << FLOW_ACTION_CT | 1u << FLOW_ACTION_CT_LABEL |             \
	 1u << FLOW_ACTION_CT_NAT | 1u << FLOW_ACTION_CT_TIMEOUT | 1u << FLOW_ACTION_CT_CLEAR |    \
	 1u << FLOW_ACTION_CHECK_LEN)

static void
test_create_and_take(void **state)
{
	struct kdp_config config = {.name = "lo"};
	struct kdp *k = net_datapath(true), *again;
	struct kdp_port_stats stats;
	uint32_t ports[4], number;
	struct kdp_stats counts;
	char err[256] = "";

	(void)state;
	assert_true(kdp_is_by_processor(k));
	/* Debian's kernel has all of them. The flows that tried them are gone. */
	assert_int_equal(kdp_dp(k)->caps.actions & TRIED, TRIED);
	assert_int_equal(kdp_dp(k)->class->n_flows(kdp_dp(k)), 0);
	net_pair("a");
	number = net_port(k, "a");
	assert_int_equal(number, 1);
	kdp_destroy(k, true);
	again = net_datapath(false);
	assert_false(kdp_is_by_processor(again));
	assert_int_equal(kdp_ports(again, ports, 4), 2);
	assert_int_equal(ports[0], 0);
	assert_int_equal(ports[1], number);
	assert_int_equal(kdp_port_stats(again, 0, &stats), 0);
	assert_int_equal(stats.config.kind, KDP_PORT_INTERNAL);
	assert_string_equal(stats.config.name, "dp0");
	assert_int_equal(kdp_stats(again, &counts), 0);
	assert_int_equal(counts.n_flows, 0);
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), -EEXIST);
	assert_string_equal(err, "datapath 'lo': an interface that is no datapath has the name; "
				 "choose another");
	kdp_destroy(again, false);
	assert_int_equal(if_nametoindex("dp0"), 0);
	net_unpair("a");
}

static void
test_kinds_of_ports(void **state)
{
	static const struct kdp_port_config ports[] = {
		{KDP_PORT_INTERNAL, "inner", 0}, {KDP_PORT_VXLAN, "vx", 4789},
		{KDP_PORT_GENEVE, "gnv", 6081},	 {KDP_PORT_GRE, "gre", 0},
		{KDP_PORT_VXLAN, "vx2", 8472},
	};
	struct kdp *k = net_datapath(true);
	struct kdp_port_stats stats;
	uint32_t numbers[8], number;
	char err[256] = "";

	(void)state;
	for (int i = 0; i < 5; i++) {
		if (kdp_port_add(k, &ports[i], &numbers[i], err, sizeof err))
			fail_msg("%s", err);
		assert_int_equal(numbers[i], i + 1);
		assert_int_equal(kdp_port_stats(k, numbers[i], &stats), 0);
		assert_int_equal(stats.config.kind, ports[i].kind);
		assert_string_equal(stats.config.name, ports[i].name);
		assert_int_equal(stats.config.udp_port, ports[i].udp_port);
	}
	assert_int_not_equal(if_nametoindex("inner"), 0);
	assert_int_equal(kdp_port_add(k, &ports[1], &number, err, sizeof err), -EEXIST);
	assert_string_equal(err, "port 'vx': the name or its UDP port is in use");
	assert_int_equal(kdp_port_del(k, 0), -EINVAL);
	assert_int_equal(kdp_port_del(k, 77), -ENOENT);
	assert_int_equal(kdp_port_del(k, numbers[0]), 0);
	assert_int_equal(kdp_port_del(k, numbers[0]), -ENOENT);
	assert_int_equal(if_nametoindex("inner"), 0);
	assert_int_equal(kdp_port_add(k, &ports[0], &number, err, sizeof err), 0);
	assert_int_equal(number, numbers[0]);
	kdp_destroy(k, false);
}

static void
test_ports_that_are_refused(void **state)
{
	struct kdp_config config = {.name = "dp1"};
	struct kdp_port_config port = {KDP_PORT_SYSTEM, "none", 0};
	struct kdp *k = net_datapath(true), *other;
	struct kdp_port_stats stats;
	char err[256] = "";
	uint32_t number;

	(void)state;
	assert_int_equal(kdp_create(&config, &other, err, sizeof err), 0);
	assert_int_equal(kdp_port_add(k, &port, &number, err, sizeof err), -ENODEV);
	assert_string_equal(err,
			    "port 'none': there is no such network device, or the datapath was "
			    "deleted");
	net_pair("a");
	number = net_port(k, "a");
	strcpy(port.name, "a");
	assert_int_equal(kdp_port_add(other, &port, &number, err, sizeof err), -EBUSY);
	assert_string_equal(err, "port 'a': the device is in another datapath or bridge; remove it "
				 "there");
	/* Its device is deleted behind our back: the kernel removes the port. */
	net_unpair("a");
	assert_int_equal(kdp_port_stats(k, number, &stats), -ENODEV);
	assert_int_equal(kdp_port_del(k, number), -ENODEV);
	assert_int_equal(kdp_port_del(k, number), -ENOENT);
	kdp_destroy(other, false);
	kdp_destroy(k, false);
}

/* ---- flows ---- */

/* Packets of UDP with any addresses, from a port. */
static struct flow_match
udp_match(uint32_t in_port)
{
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.key.in_port = in_port;
	m.mask.in_port = UINT32_MAX;
	m.key.eth_type = htons(ETHERTYPE_IP);
	m.mask.eth_type = UINT16_MAX;
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	m.key.nw_proto = 17;
	m.mask.nw_proto = UINT8_MAX;
	return m;
}

static void
check_forwarded(const char *from, int to, uint16_t port)
{
	uint8_t sent[1500], received[1500];
	size_t n = net_udp(port, sent);

	net_send(from, sent, n);
	assert_int_equal(net_receive(to, received, sizeof received, 2000), n);
	assert_memory_equal(sent, received, n);
}

/* Returns the number of flows in a dump, and their sum. */
static int
dump(struct kdp *k, struct flow_stats *sum)
{
	struct dp *dp = kdp_dp(k);
	struct dp_flow_stat stats[3];
	struct dp_dump *d;
	int n_all = 0, n;

	memset(sum, 0, sizeof *sum);
	/* One that nobody reads does not disturb the next. */
	assert_int_equal(dp->class->dump_new(dp, DP_DUMP_ALL, &d), 0);
	dp->class->dump_free(dp, d);
	assert_int_equal(dp->class->dump_new(dp, DP_DUMP_ALL, &d), 0);
	while ((n = dp->class->dump_next(dp, d, stats, 3)) >= 0) {
		for (int i = 0; i < n; i++)
			flow_stats_add(sum, &stats[i].stats);
		n_all += n;
	}
	assert_int_equal(dp->class->dump_free(dp, d), 0);
	return n_all;
}

static void
test_flow_forwards_and_counts(void **state)
{
	struct kdp *k = net_datapath(true);
	struct flow_actions acts;
	struct flow_packed *packed;
	struct flow_match m;
	struct flow_stats sum;
	struct dp_op op = {.type = DP_OP_PUT};
	uint32_t a, b, c;
	int at_b, at_c;

	(void)state;
	net_pair("a");
	net_pair("b");
	net_pair("c");
	a = net_port(k, "a");
	b = net_port(k, "b");
	c = net_port(k, "c");
	at_b = net_open("bx");
	at_c = net_open("cx");
	m = udp_match(a);
	flow_actions_init(&acts);
	flow_actions_add_output(&acts, b);
	op.ufid = flow_ufid_make(&m);
	op.match = &m;
	op.actions = &acts;
	assert_int_equal(net_operate(k, &op), 0);
	assert_int_equal(net_operate(k, &op), -EEXIST);
	assert_int_equal(kdp_dp(k)->class->n_flows(kdp_dp(k)), 1);
	check_forwarded("ax", at_b, 1);
	check_forwarded("ax", at_b, 2);
	op.type = DP_OP_GET;
	assert_int_equal(net_operate(k, &op), 0);
	assert_int_equal(op.stats.packets, 2);
	assert_int_equal(op.stats.bytes, 120);
	assert_true(op.stats.used_ns);
	assert_int_equal(dump(k, &sum), 1);
	assert_int_equal(sum.packets, 2);

	packed = flow_packed_new(&m);
	acts.a[0].port = c;
	op.type = DP_OP_MODIFY;
	op.packed = packed;
	assert_int_equal(net_operate(k, &op), 0);
	check_forwarded("ax", at_c, 3);
	op.type = DP_OP_DEL;
	assert_int_equal(net_operate(k, &op), 0);
	assert_int_equal(op.stats.packets, 3);
	assert_int_equal(net_operate(k, &op), -ENOENT);
	op.type = DP_OP_MODIFY;
	assert_int_equal(net_operate(k, &op), -ENOENT);
	assert_int_equal(dump(k, &sum), 0);
	flow_packed_unref(packed);
	flow_actions_free(&acts);
	close(at_b);
	close(at_c);
	kdp_destroy(k, false);
	net_unpair("a");
	net_unpair("b");
	net_unpair("c");
}

/* Many flows, so that a dump has several parts; and more operations than a batch. */
static void
test_many_flows(void **state)
{
	enum { N = 3000 };
	struct kdp *k = net_datapath(true);
	struct dp *dp = kdp_dp(k);
	struct flow_match *m = calloc(N, sizeof *m);
	struct dp_op *ops = calloc(N, sizeof *ops);
	struct flow_actions acts;
	struct flow_stats sum;

	(void)state;
	flow_actions_init(&acts);
	for (int i = 0; i < N; i++) {
		m[i] = udp_match(0);
		m[i].key.nw_src = htonl(0x0b000000u + (uint32_t)i);
		m[i].mask.nw_src = UINT32_MAX;
		ops[i] = (struct dp_op){.type = DP_OP_PUT,
					.ufid = flow_ufid_make(&m[i]),
					.match = &m[i],
					.actions = &acts};
	}
	dp->class->operate(dp, ops, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(ops[i].error, 0);
	assert_int_equal(dump(k, &sum), N);
	for (int i = 0; i < N; i++)
		ops[i].type = i % 2 ? DP_OP_DEL : DP_OP_GET;
	dp->class->operate(dp, ops, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(ops[i].error, 0);
	assert_int_equal(dump(k, &sum), N / 2);
	kdp_destroy(k, false);
	flow_actions_free(&acts);
	free(ops);
	free(m);
}

static void
test_refused_flows_are_counted(void **state)
{
	struct kdp *k = net_datapath(true);
	struct flow_match m = udp_match(0);
	struct kdp_port_stats stats;
	struct flow_actions acts;
	struct flow_action copy = {.type = FLOW_ACTION_COPY_TTL_IN};
	struct dp_op op = {.type = DP_OP_PUT, .match = &m, .actions = &acts};

	(void)state;
	flow_actions_init(&acts);
	m.mask.vlan[0].tci = 0;
	assert_int_equal(net_operate(k, &op), -EOPNOTSUPP);
	assert_int_equal(kdp_port_stats(k, 0, &stats), 0);
	assert_string_equal(stats.refused, "vlan_tci");
	m = udp_match(0);
	flow_actions_add(&acts, &copy);
	assert_int_equal(net_operate(k, &op), -EOPNOTSUPP);
	assert_int_equal(kdp_port_stats(k, 0, &stats), 0);
	assert_int_equal(stats.flows_refused, 2);
	assert_string_equal(stats.refused, flow_action_names[FLOW_ACTION_COPY_TTL_IN]);
	flow_actions_free(&acts);
	kdp_destroy(k, false);
}

static void
test_datapath_deleted_by_someone_else(void **state)
{
	struct kdp *k = net_datapath(true), *other = net_datapath(true);
	struct dp *dp = kdp_dp(k);
	struct kdp_port_config port = {KDP_PORT_INTERNAL, "inner", 0};
	struct flow_match m = udp_match(0);
	struct flow_actions acts;
	struct flow_stats sum;
	struct kdp_stats stats;
	struct dp_op op = {.type = DP_OP_PUT, .match = &m, .actions = &acts};
	uint8_t data[1500];
	size_t n = net_udp(1, data);
	char err[256];
	uint32_t number;

	(void)state;
	flow_actions_init(&acts);
	flow_actions_add_output(&acts, 0);
	assert_int_equal(net_operate(k, &op), 0);
	kdp_destroy(other, false);
	for (op.type = DP_OP_PUT; op.type <= DP_OP_GET; op.type++) {
		if (op.type != DP_OP_MODIFY)
			assert_int_equal(net_operate(k, &op), -ENODEV);
	}
	op.type = DP_OP_EXECUTE;
	op.packet = dp->class->packet_new(dp, data, n, 0);
	assert_int_equal(net_operate(k, &op), -ENODEV);
	assert_int_equal(dump(k, &sum), 0);
	assert_int_equal(kdp_stats(k, &stats), -ENODEV);
	assert_int_equal(kdp_port_add(k, &port, &number, err, sizeof err), -ENODEV);
	assert_int_equal(dp->class->handlers_set(dp, 2), -ENODEV);
	flow_actions_free(&acts);
	kdp_destroy(k, false);
}

static void
test_meters(void **state)
{
	struct kdp *k = net_datapath(true);
	struct dp *dp = kdp_dp(k);
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DROP, 1, 2, 0}}};
	struct flow_meter_stats stats;
	struct flow_actions acts;
	struct flow_action pass = {.type = FLOW_ACTION_METER, .meter = 9};
	uint8_t data[1500];
	size_t n = net_udp(1, data);

	(void)state;
	assert_int_equal(dp->class->meter_stats(dp, 9, &stats), -ENOENT);
	assert_int_equal(dp->class->meter_set(dp, 9, &meter), 0);
	flow_actions_init(&acts);
	flow_actions_add(&acts, &pass);
	flow_actions_add_output(&acts, 0);
	for (int i = 0; i < 10; i++) {
		struct dp_op op = {.type = DP_OP_EXECUTE, .actions = &acts};

		op.packet = dp->class->packet_new(dp, data, n, 0);
		assert_int_equal(net_operate(k, &op), 0);
	}
	assert_int_equal(dp->class->meter_stats(dp, 9, &stats), 0);
	assert_int_equal(stats.in.packets, 10);
	assert_in_range(stats.band[0].packets, 5, 8);
	meter.band[0].type = FLOW_METER_DSCP_REMARK;
	assert_int_equal(dp->class->meter_set(dp, 9, &meter), -EINVAL);
	dp->class->meter_del(dp, 9);
	assert_int_equal(dp->class->meter_stats(dp, 9, &stats), -ENOENT);
	flow_actions_free(&acts);
	kdp_destroy(k, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_create_and_take),
		cmocka_unit_test(test_kinds_of_ports),
		cmocka_unit_test(test_ports_that_are_refused),
		cmocka_unit_test(test_flow_forwards_and_counts),
		cmocka_unit_test(test_many_flows),
		cmocka_unit_test(test_refused_flows_are_counted),
		cmocka_unit_test(test_datapath_deleted_by_someone_else),
		cmocka_unit_test(test_meters),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
