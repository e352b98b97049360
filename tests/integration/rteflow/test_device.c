/* SPDX-License-Identifier: Apache-2.0 */
/* Offload over the rte_flow driver over an emulated NIC: its capabilities are detected, flows
 * are offloaded and counted exactly through changes and resets, and refusals name their cause.
 *
 * argv[1]: librte_net_nicsim.so. argv[2]: "own-counters" for a device whose counters end with
 * their rules and are always current. Packets between a rule's last reading and its removal
 * would be lost; none arrive in between here. The wire is a device that always has a packet (of
 * zeros). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <base/clock.h>
#include <base/rcu.h>
#include <offload/ofl.h>
#include <rteflow/rteflow.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

/* Ethdevs, in the order of their creation. */
#define DEV_UPLINK 1
#define DEV_GUEST 2 /* behind vf0 */
#define DEV_VF 3
#define PORT_UPLINK 10
#define PORT_VF 11
#define PORT_PLAIN 12

#define SETTLE_NS (30 * NS_PER_MS)

struct rig {
	char folder[64], driver[100], control[100];
	struct ofl *o;
	uint64_t now_ns;
	uint64_t n_host;   /* packets passed to the host */
	bool own_counters; /* counters belong to rules */
	struct nic_devices devices;
	unsigned int holds[RTE_MAX_ETHPORTS];
};

static struct rig rig = {.folder = "/run/tandem-rteflow-XXXXXX"};

static int
hold(struct nic_devices *devices, uint16_t dev)
{
	(void)devices;
	rig.holds[dev]++;
	return dev < RTE_MAX_ETHPORTS && rte_eth_dev_is_valid_port(dev) ? 0 : -ENODEV;
}

static void
release(struct nic_devices *devices, uint16_t dev)
{
	(void)devices;
	rig.holds[dev]--;
}

static const struct nic_devices_class devices_class = {.hold = hold, .release = release};

static void
port_up(uint16_t dev, struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};

	assert_int_equal(rte_eth_dev_configure(dev, 1, 1, &conf), 0);
	assert_int_equal(rte_eth_rx_queue_setup(dev, 0, 64, SOCKET_ID_ANY, NULL, pool), 0);
	assert_int_equal(rte_eth_tx_queue_setup(dev, 0, 64, SOCKET_ID_ANY, NULL), 0);
	assert_int_equal(rte_eth_dev_start(dev), 0);
}

static int
rig_up(const char *driver)
{
	char devargs[400], command[400];
	const char *const args[] = {"test",
				    "--no-huge",
				    "-m",
				    "64",
				    "--no-pci",
				    "--no-shconf",
				    "--file-prefix",
				    "tandem-test",
				    "-d",
				    rig.driver,
				    "--vdev",
				    "net_null9",
				    "--vdev",
				    devargs,
				    "--log-level",
				    "3"};
	char *argv[sizeof args / sizeof args[0] + 1] = {0};

	if (!mkdtemp(rig.folder) || chmod(rig.folder, 0755))
		return -1;
	snprintf(rig.driver, sizeof rig.driver, "%s/driver.so", rig.folder);
	snprintf(rig.control, sizeof rig.control, "%s/control", rig.folder);
	snprintf(command, sizeof command, "cp '%s' '%s'", driver, rig.driver);
	if (system(command))
		return -1;
	snprintf(devargs, sizeof devargs,
		 "net_nicsim0,vfs=1,wire=net_null9,vf0=[net_null1,no-rx=1],capacity=4,"
		 "counters=100,count_ms=%d,unsupported=set_ttl%s,control=%s",
		 rig.own_counters ? 0 : 10, rig.own_counters ? ":indirect" : "", rig.control);
	for (size_t i = 0; i < sizeof args / sizeof args[0]; i++)
		argv[i] = strdup(args[i]);
	return rte_eal_init((int)(sizeof args / sizeof args[0]), argv) < 0 ? -1 : 0;
}

static void
rig_clean(void)
{
	unlink(rig.driver);
	unlink(rig.control);
	rmdir(rig.folder);
}

static void
nic_reset(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(to.sun_path, sizeof to.sun_path, "%s", rig.control);
	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, "reset", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
	close(fd);
	usleep(100000);
}

static void
steps(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		rig.now_ns = clock_now_ns();
		ofl_step(rig.o, rig.now_ns);
	}
}

static void
traffic(unsigned int n_bursts)
{
	struct rte_mbuf *m[32];

	for (unsigned int i = 0; i < n_bursts; i++) {
		uint16_t n = rte_eth_rx_burst(DEV_UPLINK, 0, m, 32);

		rig.n_host += n;
		rte_pktmbuf_free_bulk(m, n);
	}
}

static uint64_t
guest_got(void)
{
	struct rte_eth_stats s;

	assert_int_equal(rte_eth_stats_get(DEV_GUEST, &s), 0);
	return s.opackets;
}

static struct ofl_flow *
flow_new(const struct flow_match *m, const struct flow_actions *actions)
{
	struct flow_packed *match = flow_packed_new(m);
	struct ofl_flow *f;

	assert_int_equal(ofl_flow_new(rig.o, match, actions, &f), 0);
	flow_packed_unref(match);
	steps(3);
	return f;
}

static struct flow_match
match_port(uint32_t port)
{
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.key.in_port = port;
	m.mask.in_port = UINT32_MAX;
	return m;
}

static struct ofl_flow_info
info(const struct ofl_flow *f)
{
	struct ofl_flow_info i;

	ofl_flow_info(f, &i);
	return i;
}

static void
flow_end(struct ofl_flow *f)
{
	ofl_flow_retire(f);
	for (int i = 0; i < 2000 && !ofl_flow_settled(f); i++) {
		steps(1);
		usleep(1000);
	}
	assert_true(ofl_flow_settled(f));
}

static bool
has(const uint64_t bits[2], unsigned int i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static void
test_capabilities(void **state)
{
	static const uint8_t fields[] = {
		FLOW_FIELD_ETH_SRC,  FLOW_FIELD_ETH_TYPE,    FLOW_FIELD_VLAN_TCI,
		FLOW_FIELD_VLAN_VID, FLOW_FIELD_VLAN_TPID,   FLOW_FIELD_NW_SRC,
		FLOW_FIELD_NW_FRAG,  FLOW_FIELD_NW_TTL,	     FLOW_FIELD_IPV6_DST,
		FLOW_FIELD_TCP_DST,  FLOW_FIELD_ICMPV6_TYPE, FLOW_FIELD_IPV6_LABEL};
	static const uint8_t sets[] = {FLOW_FIELD_ETH_DST, FLOW_FIELD_NW_DST,	FLOW_FIELD_TCP_SRC,
				       FLOW_FIELD_UDP_DST, FLOW_FIELD_IPV6_SRC, FLOW_FIELD_VLAN_VID,
				       FLOW_FIELD_IP_DSCP};
	struct nic_refusal why;
	struct nic_caps caps;

	(void)state;
	assert_int_equal(ofl_port_caps(rig.o, PORT_VF, &caps, &why), 0);
	assert_true(caps.transfer);
	assert_int_equal(caps.shared_counter, !rig.own_counters);
	for (size_t i = 0; i < sizeof fields; i++) {
		if (!has(caps.fields, fields[i]))
			fail_msg("no match of %s", flow_fields[fields[i]].name);
	}
	for (size_t i = 0; i < sizeof sets; i++) {
		if (!has(caps.set_fields, sets[i]))
			fail_msg("no set of %s", flow_fields[sets[i]].name);
	}
	assert_false(has(caps.fields, FLOW_FIELD_SCTP_SRC));
	assert_false(has(caps.fields, FLOW_FIELD_ARP_SPA));
	assert_false(has(caps.set_fields, FLOW_FIELD_NW_TTL));
	assert_int_equal(caps.actions, 1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_SET |
					       1u << FLOW_ACTION_PUSH_VLAN |
					       1u << FLOW_ACTION_POP_VLAN | 1u << FLOW_ACTION_DROP);
	assert_int_equal(ofl_port_caps(rig.o, PORT_PLAIN, &caps, &why), -ENOENT);
	assert_int_equal(why.reason, NIC_REASON_NO_DEVICE);
}

/* Every packet from the wire is counted exactly once: at the host, or by the flow. */
static void
test_counts_through_change_and_reset(void **state)
{
	struct flow_match m = match_port(PORT_UPLINK);
	struct flow_actions to_vf, drop;
	uint64_t guest = guest_got(), host;
	struct flow_stats s;
	struct ofl_flow *f;

	(void)state;
	flow_actions_init(&to_vf);
	flow_actions_init(&drop);
	flow_actions_add_output(&to_vf, PORT_VF);
	flow_actions_add_drop(&drop, FLOW_DROP_EXPLICIT);
	f = flow_new(&m, &to_vf);
	assert_int_equal(info(f).placement, OFL_HARDWARE);
	host = rig.n_host;
	traffic(50);
	assert_int_equal(rig.n_host, host);
	assert_true(guest_got() > guest);

	nic_reset();
	traffic(5);
	assert_true(rig.n_host > host);
	steps(1);
	assert_int_equal(info(f).refusal.reason, NIC_REASON_RESET);
	usleep(30000);
	steps(4);
	assert_int_equal(info(f).placement, OFL_HARDWARE);
	host = rig.n_host;
	traffic(20);
	guest = guest_got() - guest;

	assert_int_equal(ofl_flow_change(f, &drop), 0);
	assert_int_equal(ofl_wait(rig.o, UINT64_C(5) * NS_PER_S), 0);
	assert_int_equal(info(f).placement, OFL_HARDWARE);
	traffic(10);
	assert_int_equal(rig.n_host, host);
	flow_end(f);
	ofl_flow_stats(f, &s);
	assert_true(s.packets > guest);
	assert_true(s.packets <= guest + 10 * 64);
	assert_true(s.bytes >= s.packets);
	ofl_flow_free(f);
	flow_actions_free(&to_vf);
	flow_actions_free(&drop);
}

static void
test_refusals(void **state)
{
	struct flow_match m = match_port(PORT_VF);
	struct flow_value value = flow_value_from_u64(9), mask = flow_value_from_u64(0xff);
	struct flow_actions ttl, none;
	struct ofl_flow *f[2];

	(void)state;
	m.key.eth_type = htons(0x0800);
	m.mask.eth_type = UINT16_MAX;
	flow_actions_init(&ttl);
	flow_actions_init(&none);
	flow_actions_add_set(&ttl, FLOW_FIELD_NW_TTL, &value, &mask);
	flow_actions_add_output(&ttl, PORT_UPLINK);
	f[0] = flow_new(&m, &ttl);
	assert_int_equal(info(f[0]).refusal.reason, NIC_REASON_ACTION);
	assert_int_equal(info(f[0]).refusal.field, FLOW_FIELD_NW_TTL);
	assert_int_equal(info(f[0]).refusal.action, FLOW_ACTION_SET);
	m.key.nw_proto = m.mask.nw_proto = UINT8_MAX;
	m.key.nw_proto = IPPROTO_SCTP;
	m.key.tp_src = htons(7);
	m.mask.tp_src = UINT16_MAX;
	f[1] = flow_new(&m, &none);
	assert_int_equal(info(f[1]).refusal.reason, NIC_REASON_FIELD);
	assert_int_equal(info(f[1]).refusal.field, FLOW_FIELD_SCTP_SRC);
	for (int i = 0; i < 2; i++)
		ofl_flow_free(f[i]);
	flow_actions_free(&ttl);
	flow_actions_free(&none);
	steps(2);
}

/* A rule with such an action is refused whole: without the action the NIC would treat packets
 * differently. */
static void
test_refused_actions(void **state)
{
	static const enum flow_action_type types[] = {FLOW_ACTION_CT, FLOW_ACTION_CT_CLEAR,
						      FLOW_ACTION_RECIRC, FLOW_ACTION_SET_QUEUE,
						      FLOW_ACTION_CHECK_LEN};

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct flow_match m = match_port(PORT_VF);
		struct flow_action a = {.type = (uint8_t)types[i]};
		struct flow_actions acts;
		struct ofl_flow *f;

		flow_actions_init(&acts);
		flow_actions_add(&acts, &a);
		flow_actions_add_output(&acts, PORT_UPLINK);
		f = flow_new(&m, &acts);
		assert_int_equal(info(f).refusal.reason, NIC_REASON_ACTION);
		assert_int_equal(info(f).refusal.action, types[i]);
		ofl_flow_free(f);
		flow_actions_free(&acts);
		steps(2);
	}
}

static void
test_table_full(void **state)
{
	struct flow_actions none = {0};
	struct ofl_flow *f[5];

	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct flow_match m = match_port(PORT_VF);

		m.key.eth_dst.b[5] = (uint8_t)i;
		memset(&m.mask.eth_dst, 0xff, sizeof m.mask.eth_dst);
		f[i] = flow_new(&m, &none);
		assert_int_equal(info(f[i]).placement, i < 4 ? OFL_HARDWARE : OFL_SOFTWARE);
	}
	assert_int_equal(info(f[4]).refusal.reason, NIC_REASON_TABLE_FULL);
	assert_string_equal(info(f[4]).refusal.detail, "table full");
	flow_end(f[0]);
	steps(3);
	assert_int_equal(info(f[4]).placement, OFL_HARDWARE);
	for (unsigned int i = 0; i < 5; i++)
		ofl_flow_free(f[i]);
	steps(10);
}

/* The owner stops a device and starts it again: meanwhile it has no rule, and no count is lost. */
static void
test_device_stops_and_starts(void **state)
{
	struct flow_match m = match_port(PORT_UPLINK);
	struct rte_flow_error error;
	struct flow_actions to_vf;
	struct flow_stats counted;
	struct ofl_flow *f;
	uint64_t guest;

	(void)state;
	flow_actions_init(&to_vf);
	flow_actions_add_output(&to_vf, PORT_VF);
	f = flow_new(&m, &to_vf);
	assert_int_equal(rig.holds[DEV_UPLINK], 1);
	assert_int_equal(info(f).placement, OFL_HARDWARE);
	guest = guest_got();
	traffic(20);
	assert_int_equal(ofl_device_down(rig.o, DEV_UPLINK), 0);
	ofl_flow_stats(f, &counted);
	assert_true(counted.packets > 0);
	assert_int_equal(counted.packets, guest_got() - guest);
	assert_int_equal(info(f).refusal.reason, NIC_REASON_DEVICE_DOWN);
	assert_int_equal(rte_eth_dev_stop(DEV_UPLINK), 0);
	assert_int_equal(rte_flow_flush(DEV_UPLINK, &error), 0);
	assert_int_equal(rte_eth_dev_start(DEV_UPLINK), 0);
	assert_int_equal(ofl_device_up(rig.o, DEV_UPLINK), 0);
	steps(3);
	assert_int_equal(info(f).placement, OFL_HARDWARE);
	flow_actions_free(&to_vf);
	flow_end(f);
	ofl_flow_free(f);
}

static int
start(void **state)
{
	static const struct nic_class *const classes[] = {&rteflow_class, NULL};
	struct ofl_config config = {.counter_interval_ns = 10 * NS_PER_MS,
				    .counter_settle_ns = SETTLE_NS,
				    .back_off_min_ns = 20 * NS_PER_MS,
				    .devices = &rig.devices};
	struct rte_mempool *pool = rte_pktmbuf_pool_create("pool", 4095, 0, 0, 2048, SOCKET_ID_ANY);
	struct nic_refusal why;

	(void)state;
	assert_non_null(pool);
	rcu_thread_start();
	port_up(DEV_UPLINK, pool);
	port_up(DEV_VF, pool);
	rig.devices.class = &devices_class;
	assert_int_equal(ofl_create(&config, &rig.o), 0);
	assert_int_equal(ofl_port_add(rig.o, PORT_UPLINK, DEV_UPLINK, classes, &why), 0);
	assert_int_equal(why.reason, NIC_REASON_NONE);
	assert_int_equal(ofl_port_add(rig.o, PORT_VF, DEV_VF, classes, &why), 0);
	assert_int_equal(why.reason, NIC_REASON_NONE);
	assert_int_equal(ofl_port_add(rig.o, PORT_PLAIN, 0, classes, &why), 0);
	assert_int_equal(why.reason, NIC_REASON_NO_DEVICE);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	ofl_port_del(rig.o, PORT_VF);
	ofl_destroy(rig.o);
	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS; i++)
		assert_int_equal(rig.holds[i], 0);
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_counts_through_change_and_reset),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refused_actions),
		cmocka_unit_test(test_table_full),
		cmocka_unit_test(test_device_stops_and_starts),
	};
	int rc = 1;

	rig.own_counters = argc == 3 && !strcmp(argv[2], "own-counters");
	if (argc >= 2 && !rig_up(argv[1]))
		rc = cmocka_run_group_tests(tests, start, stop);
	rig_clean();
	return rc;
}
