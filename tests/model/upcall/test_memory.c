/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of the heap that a megaflow takes in the ledger, in offload/ and in the record of its
 * translation, at two numbers of flows a hundredfold apart. The datapath and the device of this
 * test keep nothing of a flow: what theirs take comes on top.
 *
 * test_memory FLOWS [nic] measures another number of flows. */
#include "null_dp.h"

#include <upcall/upc.h>
#include <xlate/xlate.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_MASKS 8
#define N_SOME 1000
#define N_MANY 100000
/* With the software path's share, 1.5 KiB at one worker and 2 KiB at 16: it takes 184 bytes, 32 for
 * each worker, and about 130 for actions and hash tables. */
#define SOFTWARE_BYTES_MAX 820
#define HARDWARE_BYTES_MAX 1536

/* A datapath that offers 'n' packets, each of a flow of its own, and forgets what it is told. */
struct source {
	struct dp dp;
	struct dp_upcall ring[DP_BATCH_MAX];
	_Atomic unsigned int next, n;
};

static struct source *
source_of(struct dp *dp)
{
	return caa_container_of(dp, struct source, dp);
}

static void
key_make(unsigned int i, struct flow_key *k)
{
	memset(k, 0, sizeof *k);
	k->in_port = 1;
	k->eth_src = (struct flow_mac){{2, 0, 0, 0, 0, 0}};
	k->eth_dst = (struct flow_mac){{2, 0, 0, 0, 0, (uint8_t)(1 + i % N_MASKS)}};
	k->eth_type = htons(0x0800);
	k->nw_src = htonl(0x0a000000 + i);
	k->nw_dst = htonl(0x0b000000 + i);
	k->nw_proto = 17;
	k->nw_ttl = 64;
	k->tp_src = htons((uint16_t)(1000 + i % 40000));
	k->tp_dst = htons(80);
}

static unsigned int
recv_some(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	struct source *s = source_of(dp);
	unsigned int n = 0, i = s->next;

	(void)h;
	for (; n < max && n < DP_BATCH_MAX && i < s->n; n++, i++) {
		s->ring[n] = (struct dp_upcall){.kind = DP_UPCALL_MISS, .n_bytes = 60};
		key_make(i, &s->ring[n].key);
		out[n] = &s->ring[n];
	}
	s->next = i;
	return n;
}

/* A device that takes every rule; its rules and counters are numbers. */
struct sink {
	struct nic nic;
	struct nic_rule *done[1024];
	enum nic_event_type what[1024];
	unsigned int n_done;
	uintptr_t n_rules, n_counters;
};

static const struct nic_class sink_class;
static struct sink sink = {.nic.class = &sink_class};

static int
port_add(struct nic **nics, unsigned int n, uint32_t port, uint16_t dev_id,
	 struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	(void)nics;
	(void)n;
	(void)port;
	(void)dev_id;
	(void)devices;
	(void)why;
	*out = &sink.nic;
	return 0;
}

static bool
port_del(struct nic *nic, uint32_t port)
{
	(void)nic;
	return port == 2;
}

static const struct nic_caps *
caps(struct nic *nic)
{
	static const struct nic_caps all = {.transfer = true,
					    .shared_counter = true,
					    .fields = {UINT64_MAX, UINT64_MAX},
					    .set_fields = {UINT64_MAX, UINT64_MAX},
					    .actions = UINT32_MAX};

	(void)nic;
	return &all;
}

static int
compile(struct nic *nic, const struct flow_match *match, const struct flow_actions *actions,
	unsigned int prio, struct nic_counter *counter, struct nic_rule **out,
	struct nic_refusal *why)
{
	(void)nic;
	(void)match;
	(void)actions;
	(void)prio;
	(void)counter;
	(void)why;
	*out = (struct nic_rule *)(++sink.n_rules << 4);
	return 0;
}

static int
done(struct nic_rule *rule, enum nic_event_type what)
{
	if (sink.n_done == 1024)
		return -EAGAIN;
	sink.done[sink.n_done] = rule;
	sink.what[sink.n_done++] = what;
	return 0;
}

static int
insert(struct nic *nic, struct nic_rule *rule)
{
	(void)nic;
	return done(rule, NIC_INSERTED);
}

static int
remove_rule(struct nic *nic, struct nic_rule *rule)
{
	(void)nic;
	return done(rule, NIC_REMOVED);
}

static void
flush(struct nic *nic)
{
	(void)nic;
}

static unsigned int
poll(struct nic *nic, struct nic_event *out, unsigned int max)
{
	unsigned int n = 0;

	(void)nic;
	for (; n < max && sink.n_done; n++) {
		sink.n_done--;
		out[n] = (struct nic_event){.type = sink.what[sink.n_done],
					    .rule = sink.done[sink.n_done]};
	}
	return n;
}

static void
rule_free(struct nic *nic, struct nic_rule *rule)
{
	(void)nic;
	(void)rule;
}

static int
counter_new(struct nic *nic, struct nic_counter **out)
{
	(void)nic;
	*out = (struct nic_counter *)(++sink.n_counters << 4);
	return 0;
}

static void
counter_free(struct nic *nic, struct nic_counter *c)
{
	(void)nic;
	(void)c;
}

static int
counters_read(struct nic *nic, struct nic_counter *const *c, unsigned int n, struct nic_count *out)
{
	(void)nic;
	(void)c;
	memset(out, 0, n * sizeof *out);
	return 0;
}

static const struct nic_class sink_class = {
	.name = "sink",
	.port_add = port_add,
	.port_del = port_del,
	.caps = caps,
	.compile = compile,
	.insert = insert,
	.remove = remove_rule,
	.flush = flush,
	.poll = poll,
	.rule_free = rule_free,
	.counter_new = counter_new,
	.counter_free = counter_free,
	.counters_read = counters_read,
};

static struct dp_class source_class;
static struct source source = {.dp.class = &source_class};

#define RULES 1000 /* of one change */

static void
rules_add(struct xlate *x, struct xlate_bridge *br, unsigned int n,
	  void (*print)(unsigned int i, char *out, size_t n_out))
{
	static struct xlate_flow_mod fm[RULES];
	char text[256], err[FLOW_ERR_BYTES] = "";

	for (unsigned int i = 0; i < n;) {
		unsigned int n_fm = 0;

		for (; n_fm < RULES && i < n; n_fm++, i++) {
			print(i, text, sizeof text);
			if (xlate_flow_mod_parse(br, text, XLATE_ADD, &fm[n_fm], err, sizeof err))
				fail_msg("%s: %s", text, err);
		}
		if (xlate_flow_mods_apply(x, br, fm, n_fm, NULL, err, sizeof err))
			fail_msg("%s", err);
		while (n_fm)
			xlate_flow_mod_free(&fm[--n_fm]);
	}
}

static void
first_rule_print(unsigned int i, char *out, size_t n_out)
{
	snprintf(out, n_out, "table=0,priority=1,dl_dst=02:00:00:00:00:%02x,actions=resubmit(,%u)",
		 i + 1, i + 1);
}

/* A rule for each flow. Those of a table look at a bit of the source address that is the table's
 * own. */
static void
rule_print(unsigned int i, char *out, size_t n_out)
{
	struct flow_key k;
	uint32_t src, dst;

	key_make(i, &k);
	src = ntohl(k.nw_src);
	dst = ntohl(k.nw_dst);
	snprintf(out, n_out,
		 "table=%u,priority=1,udp,dl_src=00:00:00:00:00:00/00:00:00:00:00:%02x,"
		 "nw_src=%u.%u.%u.%u,nw_dst=%u.%u.%u.%u,tp_src=%u,tp_dst=%u,actions=output:2",
		 1 + i % N_MASKS, 1u << i % N_MASKS, src >> 24, src >> 16 & 0xff, src >> 8 & 0xff,
		 src & 0xff, dst >> 24, dst >> 16 & 0xff, dst >> 8 & 0xff, dst & 0xff,
		 (unsigned int)ntohs(k.tp_src), (unsigned int)ntohs(k.tp_dst));
}

static struct xlate *
tables_make(unsigned int n)
{
	struct xlate_config config = {.seed = 1};
	char err[FLOW_ERR_BYTES] = "";
	struct xlate_bridge *br;
	struct xlate *x;

	assert_int_equal(xlate_create(&config, &x), 0);
	assert_int_equal(xlate_bridge_add(x, "br0", err, sizeof err), 0);
	br = xlate_bridge_find(x, "br0");
	for (uint32_t i = 1; i <= 2; i++) {
		struct xlate_port p = {
			.name = i == 1 ? "p1" : "p2", .ofp_port = (uint16_t)i, .dp_port = i};

		assert_int_equal(xlate_port_add(x, br, &p, NULL, err, sizeof err), 0);
	}
	rules_add(x, br, N_MASKS, first_rule_print);
	rules_add(x, br, n, rule_print);
	return x;
}

static size_t
heap_bytes(void)
{
	struct mallinfo2 m;

	rcu_sleep();
	rcu_drain();
	rcu_wake();
	m = mallinfo2();
	return m.uordblks + m.hblkhd;
}

static bool
installed(struct upc *u, unsigned int n, bool nic)
{
	struct upc_stats s;
	struct ofl_stats o;

	upc_stats(u, &s);
	upc_offload_stats(u, UINT32_MAX, &o);
	return s.installed == n && o.placed[nic ? OFL_HARDWARE : OFL_SOFTWARE] == n;
}

static void
flows_make(struct upc *u, unsigned int n, bool nic)
{
	atomic_store(&source.next, 0);
	atomic_store(&source.n, n);
	while (!installed(u, n, nic))
		null_dp_nap(NS_PER_MS);
}

/* Returns the bytes per flow of 'n' flows. */
static double
measure(unsigned int n, bool nic)
{
	const struct nic_class *const classes[] = {&sink_class, NULL};
	struct xlate *x = tables_make(n);
	struct ofl_config oc = {0};
	struct upc_config uc = {.dp = &source.dp,
				.xlate = x,
				.flow_limit = 2 * N_MANY > n ? 2 * N_MANY : n,
				.idle_ns = 3600 * NS_PER_S,
				.sweep_interval_ns = 3600 * NS_PER_S};
	struct nic_refusal why;
	struct upc *u;
	size_t before;
	double bytes;

	atomic_store(&source.n, 0);
	assert_int_equal(ofl_create(&oc, &uc.ofl), 0);
	assert_int_equal(ofl_start(uc.ofl), 0);
	for (uint32_t p = 1; nic && p <= 2; p++)
		assert_int_equal(ofl_port_add(uc.ofl, p, 0, classes, &why), 0);
	assert_int_equal(upc_create(&uc, &u), 0);
	before = heap_bytes();
	flows_make(u, n, nic);
	bytes = (double)(heap_bytes() - before) / n;
	print_message("%u flows %s: %.0f bytes each\n", n, nic ? "in hardware" : "in software",
		      bytes);
	upc_destroy(u);
	for (uint32_t p = 1; nic && p <= 2; p++)
		ofl_port_del(uc.ofl, p);
	ofl_stop(uc.ofl);
	ofl_destroy(uc.ofl);
	xlate_destroy(x);
	return bytes;
}

static void
test_in_software(void **state)
{
	(void)state;
	assert_true(measure(N_SOME, false) <= SOFTWARE_BYTES_MAX);
	assert_true(measure(N_MANY, false) <= SOFTWARE_BYTES_MAX);
}

static void
test_in_hardware(void **state)
{
	(void)state;
	assert_true(measure(N_SOME, true) <= HARDWARE_BYTES_MAX);
	assert_true(measure(N_MANY, true) <= HARDWARE_BYTES_MAX);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_software),
		cmocka_unit_test(test_in_hardware),
	};
	int rc = 0;

	source_class = null_dp_class(recv_some);
	rcu_thread_start();
	if (argc > 1)
		measure((unsigned int)strtoul(argv[1], NULL, 10), argc > 2);
	else
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
