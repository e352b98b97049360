/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration file is accepted as a whole, or refused with file, path and the accepted
 * values. */
#include <config/config.h>
#include <openflow/agent.h>

#include <base/rcu.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char whole[] =
	"log: {level: 'ANY:dbg', file: /tmp/x.log}\n"
	"dpdk: {eal: '-m 512', drivers: [/a.so, /b.so], pci: true}\n"
	"workers: {n: 2, cores: [3, 4], idle-sleep-us: 0, packet-buffers: 5000}\n"
	"upcall: {handlers: 3, revalidators: 4, flow-limit: 1000, idle-ms: 5000, sweep-ms: 100}\n"
	"offload: {enabled: false, counter-interval-ms: 10, counter-settle-ms: 5, insert-rate: 9,"
	" driver: rteflow, devices: ['0000:08:00.0=auto', 'auxiliary:sf.1=rteflow']}\n"
	"ct-timeouts: {5: {udp_single: 10, tcp_established: 3600}, 0: {icmp_first: 2}}\n"
	"bridges:\n"
	"  - name: br0\n"
	"    ports:\n"
	"      - {name: p1, dev: net_null0, id: 7, tag: 10}\n"
	"      - {name: p2, dev: 'net_null1,no-rx=1', trunks: [0, 4095]}\n"
	"    tables: [{id: 7, config: [flow-limit=10, evict]}]\n"
	"    flows: ['priority=5,in_port=7,actions=output:p2', 'priority=0,actions=drop']\n"
	"  - name: br1\n";

static void
takes_all_of_it(void **state)
{
	const struct nic_class *const *automatic;
	char err[CTL_CONFIG_ERR_BYTES] = "";
	struct ctl_config *c;

	(void)state;
	assert_int_equal(ctl_offload_driver("auto", &automatic, NULL, 0), 0);
	if (ctl_config_parse("f", whole, strlen(whole), &c, err, sizeof err))
		fail_msg("%s", err);
	assert_string_equal(c->log_level, "ANY:dbg");
	assert_string_equal(c->eal, "-m 512");
	assert_int_equal(c->n_drivers, 2);
	assert_string_equal(c->drivers[1], "/b.so");
	assert_true(c->pci);
	assert_int_equal(c->n_workers, 2);
	assert_int_equal(c->n_cores, 2);
	assert_int_equal(c->cores[1], 4);
	assert_int_equal(c->idle_sleep_us, 0);
	assert_int_equal(c->n_packet_buffers, 5000);
	assert_int_equal(c->n_handlers, 3);
	assert_int_equal(c->n_revalidators, 4);
	assert_int_equal(c->flow_limit, 1000);
	assert_int_equal(c->idle_ms, 5000);
	assert_int_equal(c->sweep_ms, 100);
	assert_false(c->offload_enabled);
	assert_int_equal(c->counter_interval_ms, 10);
	assert_int_equal(c->counter_settle_ms, 5);
	assert_int_equal(c->insert_rate, 9);
	assert_string_equal(c->offload_driver, "rteflow");
	assert_string_equal(c->offload.classes[0]->name, "rteflow");
	assert_null(c->offload.classes[1]);
	assert_ptr_equal(ctl_offload_classes(&c->offload, "auxiliary:sf.1"), c->offload.classes);
	assert_ptr_equal(ctl_offload_classes(&c->offload, "0000:08:00"), c->offload.classes);
	assert_ptr_equal(ctl_offload_classes(&c->offload, "0000:08:00.0"), automatic);
	assert_int_equal(c->n_timeouts, 2);
	assert_int_equal(c->timeouts[0].zone, 5);
	assert_int_equal(c->timeouts[0].t.s[FLOW_TIMEOUT_TCP_ESTABLISHED], 3600);
	assert_int_equal(c->timeouts[1].t.has, 1u << FLOW_TIMEOUT_ICMP_FIRST);
	assert_int_equal(c->n_bridges, 2);
	assert_int_equal(c->bridges[0].n_ports, 2);
	assert_int_equal(c->bridges[0].ports[0].id, 7);
	assert_int_equal(c->bridges[0].ports[0].tag, 10);
	assert_int_equal(c->bridges[0].ports[0].vlan_mode, XLATE_VLAN_ACCESS);
	assert_string_equal(c->bridges[0].ports[1].dev, "net_null1,no-rx=1");
	assert_int_equal(c->bridges[0].ports[1].trunks[0], 1);
	assert_true(c->bridges[0].ports[1].trunks[63] == UINT64_C(1) << 63);
	assert_int_equal(c->bridges[0].n_tables, 1);
	assert_int_equal(c->bridges[0].tables[0].config.flow_limit, 10);
	assert_true(c->bridges[0].tables[0].config.evict);
	assert_null(c->bridges[1].flows);
	ctl_config_free(c);
}

static void
test_datapath(void **state)
{
	static const char text[] = "datapath: kernel:dp1", software[] = "datapath: software";
	struct ctl_config *c;
	char err[CTL_CONFIG_ERR_BYTES];

	(void)state;
	assert_int_equal(ctl_config_parse("f", text, strlen(text), &c, err, sizeof err), 0);
	assert_string_equal(c->kernel, "dp1");
	assert_int_equal(ctl_config_datapath(c, "kernel", err, sizeof err), 0);
	assert_string_equal(c->kernel, CTL_KERNEL_NAME);
	ctl_config_free(c);
	assert_int_equal(ctl_config_parse("f", software, strlen(software), &c, err, sizeof err), 0);
	assert_null(c->kernel);
	ctl_config_free(c);
}

#define PORT "bridges: [{name: b, ports: [{name: p, dev: d, "

static const struct {
	const char *text, *where, *what;
} wrong[] = {
	{"a: 1", "a: unknown section", "workers"},
	{"[1]", "expected the sections", ""},
	{"datapath: 3", "datapath:", "software, kernel or kernel:NAME"},
	{"datapath: 'kernel:'", "datapath: 'kernel:'", "1..15 bytes"},
	{"datapath: kernel:a234567890123456", "datapath:", "1..15 bytes"},
	{"offload: {driver: tc}", "offload.driver: 'tc' is unknown; expected auto, rteflow or mlx5",
	 ""},
	{"offload: {devices: x}", "offload.devices:", ""},
	{"offload: {devices: [x]}", "offload.devices: 'x': expected DEVICE=DRIVER", ""},
	{"offload: {devices: ['=mlx5']}", "offload.devices: '=mlx5': expected DEVICE=DRIVER", ""},
	{"offload: {devices: ['a=tc']}", "offload.devices: 'a=tc': 'tc' is unknown",
	 "auto, rteflow or mlx5"},
	{"offload: {devices: ['a=auto', 'ab=auto', 'a=rteflow']}",
	 "offload.devices: 'a=rteflow': the device is named twice", ""},
	{"ct-timeouts: 3", "ct-timeouts: expected {ZONE: {KEY: SECONDS}}", "udp_single"},
	{"ct-timeouts: {5: 3}", "ct-timeouts.5: expected {ZONE", ""},
	{"ct-timeouts: {5: {}}", "ct-timeouts.5: expected {ZONE", ""},
	{"ct-timeouts: {65536: {udp_single: 3}}", "ct-timeouts.65536: zone: '65536'", "0..65535"},
	{"ct-timeouts: {5: {udp_single: 3}, 0x5: {udp_single: 4}}", "ct-timeouts.0x5: zone 5",
	 "twice"},
	{"ct-timeouts: {5: {udp: 3}}", "ct-timeouts.5: 'udp'", "udp_single"},
	{"ct-timeouts: {5: {udp_single: [3]}}", "ct-timeouts.5: udp_single: ''", "1..2147483"},
	{"ct-timeouts: {5: {udp_single: x}}", "ct-timeouts.5: udp_single: 'x'", "1..2147483"},
	{"workers: 3", "workers:", "{key: value}"},
	{"workers: {cpu: 3}", "workers.cpu: unknown key", "idle-sleep-us"},
	{"workers: {n: two}", "workers.n:", "1..16"},
	{"workers: {n: 0}", "workers.n:", "1..16"},
	{"workers: {n: 17}", "workers.n:", "1..16"},
	{"workers: {n: -1}", "workers.n:", "1..16"},
	{"workers: {packet-buffers: 10}", "workers.packet-buffers:", "1024..16777216"},
	{"workers: {cores: 3}", "workers.cores:", "a list"},
	{"workers: {cores: [a]}", "workers.cores:", "a list"},
	{"workers: {n: 3, cores: [1, 2]}", "workers.cores: 2 cores for 3 workers", "no list"},
	{"workers: {flow-cache-entries: 1000}", "workers.flow-cache-entries: 1000", "512 or 1024"},
	{"workers: {flow-cache-entries: 4}", "workers.flow-cache-entries:", "16..16777216"},
	{"workers: {rebalance-interval-s: 3601}", "workers.rebalance-interval-s:", "0..3600"},
	{"offload: {enabled: 1}", "offload.enabled:", "true or false"},
	{"dpdk: {eal: [a]}", "dpdk.eal:", "a text"},
	{"dpdk: {drivers: [1]}", "dpdk.drivers:", "a list of texts"},
	{"bridges: {}", "bridges:", "a list"},
	{"bridges: [{}]", "bridges[0].name:", "missing"},
	{"bridges: [{name: b, color: red}]", "bridges[0].color:", "flows-file"},
	{"bridges: [{name: b}, {name: b}]", "bridges[1].name:", ""},
	{"bridges: [{name: b, ports: 1}]", "bridges[0].ports:", "a list"},
	{"bridges: [{name: b, ports: [{dev: d}]}]", "bridges[0].ports[0].name:", "missing"},
	{"bridges: [{name: b, ports: [{name: p}]}]", "bridges[0].ports[0]", "dev"},
	{PORT "id: 0}]}]", "bridges[0].ports[0].id:", "1..65279"},
	{PORT "tag: 4096}]}]", "bridges[0].ports[0].tag:", "1..4095"},
	{PORT "trunks: [4096]}]}]", "bridges[0].ports[0].trunks:", "0..4095"},
	{PORT "trunks: []}]}]", "bridges[0].ports[0].trunks:", "a list"},
	{PORT "tag: 1, trunks: [1]}]}]", "bridges[0].ports[0]:", "one of them"},
	{PORT "tag: 1, vlan-mode: trunk}]}]", "bridges[0].ports[0]:", "one of them"},
	{PORT "vlan-mode: native-untagged}]}]", "bridges[0].ports[0]:", "native-untagged needs"},
	{PORT "tag: 1, vlan-mode: qinq}]}]", "bridges[0].ports[0].vlan-mode:", "native-tagged"},
	{PORT "tag: 1, vlan-mode: 3}]}]", "bridges[0].ports[0].vlan-mode:", "text"},
	{PORT "vlan: 1}]}]", "bridges[0].ports[0].vlan:", "trunks"},
	{PORT "id: 1}, {name: q, dev: e, id: 1}]}]", "bridges[0].ports[1]:", ""},
	{PORT "id: 1}, {name: p, dev: e}]}]", "bridges[0].ports[1]:", ""},
	{"bridges: [{name: b, tables: 1}]", "bridges[0].tables:", "a list"},
	{"bridges: [{name: b, tables: [{config: []}]}]", "bridges[0].tables[0].id:", "missing"},
	{"bridges: [{name: b, tables: [{id: 999}]}]", "bridges[0].tables[0].id:", "0..25"},
	{"bridges: [{name: b, tables: [{id: 1, size: 2}]}]",
	 "bridges[0].tables[0].size:", "config"},
	{"bridges: [{name: b, tables: [{id: 1}, {id: 1}]}]", "bridges[0].tables[1].id:", "twice"},
	{"bridges: [{name: b, tables: [{id: 1, config: [flow-limit=0]}]}]",
	 "bridges[0].tables[0].config:", "flow-limit=1.."},
	{"bridges: [{name: b, tables: [{id: 1, config: [flow-limit=1]}], "
	 "flows: [\"table=1,arp,actions=drop\", \"table=1,ip,actions=drop\"]}]",
	 "bridges[0].flows:", "is full"},
	{"bridges: [{name: b, flows: x}]", "bridges[0].flows:", "a list"},
	{"bridges: [{name: b, flows: [\"a\\nb\"]}]", "bridges[0].flows:", "one line"},
	{"bridges: [{name: b, flows: ['actions=drop', 'actions=fly']}]",
	 "bridges[0].flows:", "line 2"},
	{"bridges: [{name: b, flows-file: /nowhere}]", "bridges[0].flows-file:", "No such file"},
	{"bridges: [{name: b, flows-file: /dev/zero}]", "bridges[0].flows-file:", "File too large"},
	{"bridges: [{name: b, flows: [], flows-file: x}]", "bridges[0].flows-file:", "either"},
};

static void
names_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char err[CTL_CONFIG_ERR_BYTES] = "";
		struct ctl_config *c;

		if (!ctl_config_parse("host.yaml", wrong[i].text, strlen(wrong[i].text), &c, err,
				      sizeof err))
			fail_msg("%s was accepted", wrong[i].text);
		if (strncmp(err, "host.yaml: ", 11) != 0 ||
		    strncmp(err + 11, wrong[i].where, strlen(wrong[i].where)) != 0 ||
		    !strstr(err, wrong[i].what))
			fail_msg("%s: '%s' does not name %s and say %s", wrong[i].text, err,
				 wrong[i].where, wrong[i].what);
	}
}

static void
finds_flows_beside_the_file(void **state)
{
	char dir[] = "/tmp/tandem-config.XXXXXX", path[64], flows[64], err[CTL_CONFIG_ERR_BYTES];
	struct ctl_config *c;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/c.yaml", dir);
	snprintf(flows, sizeof flows, "%s/my.flows", dir);
	f = fopen(path, "w");
	fputs("bridges: [{name: b, flows-file: my.flows}]\n", f);
	fclose(f);
	f = fopen(flows, "w");
	fputs("# all of them\n\nadd priority=3,actions=NORMAL # here\n", f);
	fclose(f);
	if (ctl_config_read(path, &c, err, sizeof err))
		fail_msg("%s", err);
	ctl_config_free(c);
	f = fopen(flows, "a");
	fputs("priority=x,actions=drop\n", f);
	fclose(f);
	assert_int_not_equal(ctl_config_read(path, &c, err, sizeof err), 0);
	assert_non_null(strstr(err, "my.flows: line 4"));
	unlink(path);
	unlink(flows);
	rmdir(dir);
}

static int
setup(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rcu_drain();
	rcu_thread_stop();
	return 0;
}

/* The path of docs/examples/host.yaml. Its rules are in a file in the same directory. */
static const char *example;

static void
takes_the_example(void **state)
{
	char err[CTL_CONFIG_ERR_BYTES] = "";
	struct ctl_config *c, *first;

	(void)state;
	if (ctl_config_read(example, &c, err, sizeof err))
		fail_msg("%s", err);
	assert_int_equal(json_object_size(c->root), 7);
	assert_int_equal(c->bridges[0].n_ports, 3);
	assert_non_null(strstr(c->bridges[0].flows, "table=0,priority=100,in_port=1"));
	assert_int_equal(c->bridges[0].n_controllers, 0);
	/* The example gives the defaults of keys that may be left out. */
	assert_int_equal(ctl_config_default(&first), 0);
	assert_int_equal(c->n_workers, first->n_workers);
	assert_int_equal(c->idle_sleep_us, first->idle_sleep_us);
	assert_int_equal(c->n_cache_entries, first->n_cache_entries);
	assert_int_equal(c->rebalance_interval_s, first->rebalance_interval_s);
	assert_int_equal(c->n_packet_buffers, first->n_packet_buffers);
	assert_int_equal(c->n_handlers, first->n_handlers);
	assert_int_equal(c->n_revalidators, first->n_revalidators);
	assert_int_equal(c->offload_enabled, first->offload_enabled);
	assert_int_equal(c->of_probe_s, AGENT_PROBE_S);
	assert_int_equal(c->of_packet_rate, AGENT_PACKET_RATE);
	ctl_config_free(first);
	ctl_config_free(c);
}

/* Keys that are comments in the example, because it could not start unchanged with them. */
static uint64_t
idle_sleep_us(const char *text)
{
	char err[CTL_CONFIG_ERR_BYTES] = "";
	struct ctl_config *c;
	uint64_t us;

	if (ctl_config_parse("f", text, strlen(text), &c, err, sizeof err))
		fail_msg("%s", err);
	us = c->idle_sleep_us;
	ctl_config_free(c);
	return us;
}

/* By default, workers with CPUs of their own do not sleep: they would lose packets and save
 * nothing. */
static void
pinned_workers_do_not_sleep(void **state)
{
	(void)state;
	assert_int_equal(idle_sleep_us("workers: {n: 1}"), 100);
	assert_int_equal(idle_sleep_us("workers: {n: 1, cores: [3]}"), 0);
	assert_int_equal(idle_sleep_us("workers: {n: 1, cores: [3], idle-sleep-us: 7}"), 7);
	assert_int_equal(idle_sleep_us("workers: {idle-sleep-us: 0}"), 0);
}

static void
takes_the_comments_of_the_example(void **state)
{
	char err[CTL_CONFIG_ERR_BYTES] = "", line[256], text[8192] = "";
	FILE *f = fopen(example, "r");
	struct ctl_config *c;
	unsigned int n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		char *comment = line + strspn(line, " ");

		/* "  # key: value" */
		if (comment > line && !strncmp(comment, "# ", 2) && islower(comment[2])) {
			memmove(comment, comment + 2, strlen(comment + 2) + 1);
			n++;
		}
		assert_true(strlen(text) + strlen(line) < sizeof text);
		strcat(text, line);
	}
	fclose(f);
	assert_int_equal(n, 8);
	if (ctl_config_parse(example, text, strlen(text), &c, err, sizeof err))
		fail_msg("%s", err);
	assert_int_equal(c->bridges[0].n_controllers, 2);
	assert_string_equal(c->of_certificate, "/etc/tandem/cert.pem");
	assert_string_equal(c->of_revocation_list, "/etc/tandem/crl.pem");
	assert_int_equal(c->n_cores, 1);
	assert_int_equal(c->n_cache_entries, 262144);
	ctl_config_free(c);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datapath),
		cmocka_unit_test(takes_all_of_it),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(finds_flows_beside_the_file),
		cmocka_unit_test(takes_the_example),
		cmocka_unit_test(pinned_workers_do_not_sleep),
		cmocka_unit_test(takes_the_comments_of_the_example),
	};

	if (argc != 2)
		return 2;
	example = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
