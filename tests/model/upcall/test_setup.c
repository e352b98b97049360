/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that the handler makes to set up a megaflow, in batches of 1 and of 64, at two
 * numbers of flows a hundredfold apart. Those of the datapath come on top.
 *
 * test_setup CASE FLOWS BATCH sets up flows only, to be measured by a profiler, and prints the CPU time
 * of the handler. */
#include "null_dp.h"

#include <upcall/upc.h>
#include <xlate/xlate.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_SOME 1000
#define N_MANY 100000
#define N_ACL 10000
#define N_MACS 1000
/* Entry, match, record, actions; and little for the ledger's arrays. */
#define ALLOCATIONS_MAX 4.4
#define N_FIRST 2048 /* flows whose set-up is not measured: MACs are learned */

static _Thread_local uint64_t n_allocations;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	n_allocations++;
	return __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	n_allocations++;
	return __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	n_allocations++;
	return __real_realloc(p, n);
}

enum kind { ONE_MASK, EIGHT_MASKS, ACL, NORMAL, N_KINDS };

static const char *const kind_names[N_KINDS] = {"1-mask", "8-masks", "acl", "normal"};

/* A datapath that offers 'n' packets, each of a flow of its own, and forgets what it is told. */
struct source {
	struct dp dp;
	enum kind kind;
	unsigned int n_batch;
	struct dp_upcall ring[DP_BATCH_MAX];
	_Atomic unsigned int next, n;
	/* The handler's number of allocations after N_FIRST and after 'n' flows. */
	uint64_t n_before, before_ns, after_ns;
	_Atomic uint64_t n_after;
};

/* Steps of the fields of an access list's flows: odd, so that they scatter. */
#define SRC_STEP 0x9e3779b1u
#define DST_STEP 0x85ebca6bu
#define PORT_STEP 257u

static void
key_make(enum kind kind, unsigned int i, struct flow_key *k)
{
	unsigned int masks = kind == EIGHT_MASKS ? 8 : 1, flow = i / masks;

	memset(k, 0, sizeof *k);
	k->in_port = 1;
	k->eth_src = (struct flow_mac){{2, 0, 0, 0, 0, 99}};
	k->eth_dst = (struct flow_mac){{2, 0, 0, 0, 0, (uint8_t)(1 + i % masks)}};
	k->eth_type = htons(0x0800);
	k->nw_src = htonl(0x40000000 + (i % masks << 20) + flow * 8);
	k->nw_dst = htonl(0x50000000 + (i % masks << 20) + flow * 8);
	k->nw_proto = 17;
	k->nw_ttl = 64;
	k->tp_src = htons((uint16_t)(2000 + flow));
	k->tp_dst = htons((uint16_t)(20000 + flow));
	if (kind == ACL) {
		k->nw_src = htonl(0x0a000000 + i * SRC_STEP);
		k->nw_dst = htonl(0xc0000000 + i * DST_STEP);
		k->nw_proto = i % 2 ? 6 : 17;
		k->tp_dst = htons((uint16_t)(20000 + i * PORT_STEP));
	}
	if (kind == NORMAL) {
		unsigned int src = i % N_MACS;
		unsigned int dst = 2 * ((i / N_MACS + 7 * i) % (N_MACS / 2)) + !(src % 2);

		k->eth_src = (struct flow_mac){{2, 0, 0, 1, (uint8_t)(src >> 8), (uint8_t)src}};
		k->eth_dst = (struct flow_mac){{2, 0, 0, 1, (uint8_t)(dst >> 8), (uint8_t)dst}};
		k->in_port = 1 + src % 2;
	}
}

static struct source *
source_of(struct dp *dp)
{
	return caa_container_of(dp, struct source, dp);
}

static uint64_t
thread_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static unsigned int
recv_some(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max)
{
	struct source *s = source_of(dp);
	unsigned int n = 0, i = atomic_load(&s->next), all = atomic_load(&s->n);

	(void)h;
	if (all && i == all && !atomic_load(&s->n_after)) {
		s->after_ns = thread_ns();
		atomic_store(&s->n_after, n_allocations);
	}
	if (i == N_FIRST) {
		s->n_before = n_allocations;
		s->before_ns = thread_ns();
	}
	if (i < N_FIRST && all > N_FIRST)
		all = N_FIRST;
	for (; n < max && n < s->n_batch && i < all; n++, i++) {
		s->ring[n] = (struct dp_upcall){.kind = DP_UPCALL_MISS, .n_bytes = 60};
		key_make(s->kind, i, &s->ring[n].key);
		out[n] = &s->ring[n];
	}
	atomic_store(&s->next, i);
	return n;
}

static void rule_add(struct xlate *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
rule_add(struct xlate *x, const char *fmt, ...)
{
	struct xlate_bridge *br = xlate_bridge_find(x, "br0");
	char text[1024], err[FLOW_ERR_BYTES] = "";
	struct xlate_flow_mod fm;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (xlate_flow_mod_parse(br, text, XLATE_ADD, &fm, err, sizeof err) ||
	    xlate_flow_mods_apply(x, br, &fm, 1, NULL, err, sizeof err))
		fail_msg("%s: %s", text, err);
	xlate_flow_mod_free(&fm);
}

/* Table k looks at all bits of the five-tuple but the last ones of some fields, without a rule for
 * each flow. */
static void
masks_add(struct xlate *x, unsigned int n)
{
	static const unsigned int ignored[8][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1},
						   {0, 2}, {2, 0}, {2, 1}, {2, 2}};

	for (unsigned int k = 0; k < n; k++) {
		unsigned int s = ignored[k][0], d = ignored[k][1];

		rule_add(x, "table=0,priority=1,dl_dst=02:00:00:00:00:%02x,actions=resubmit(,%u)",
			 k + 1, k + 1);
		rule_add(
			x,
			"table=%u,priority=1,udp,actions=move:NXM_OF_IP_SRC[%u..31]->NXM_NX_REG0[%u"
			"..31],move:NXM_OF_IP_DST[%u..31]->NXM_NX_REG4[%u..31],"
			"move:NXM_OF_UDP_SRC[]->NXM_NX_REG8[0..15],"
			"move:NXM_OF_UDP_DST[]->NXM_NX_REG9[0..15],output:2",
			k + 1, s, s, d, d);
	}
}

static void
acl_add(struct xlate *x)
{
	static const unsigned int prefix[2][6] = {{8, 12, 16, 24, 24, 32},
						  {16, 20, 24, 24, 32, 32}};
	uint64_t rng = 1;

	rule_add(x, "priority=0,actions=output:2");
	for (unsigned int i = 0; i < N_ACL; i++) {
		uint32_t src = 0x0a000000 + i * SRC_STEP, dst = 0xc0000000 + i * DST_STEP;
		unsigned int n_src, n_dst, r;
		char port[32] = "";

		rng = rng * 6364136223846793005u + 1442695040888963407u;
		r = (unsigned int)(rng >> 33);
		n_src = prefix[0][r % 6];
		n_dst = prefix[1][r / 6 % 6];
		if (r / 36 % 10 < 7)
			snprintf(port, sizeof port, ",tp_dst=%u", (20000 + i * PORT_STEP) % 65536);
		rule_add(x,
			 "priority=%u,%s,nw_src=%u.%u.%u.%u/%u,nw_dst=%u.%u.%u.%u/"
			 "%u%s,actions=output:2",
			 1 + r / 360 % 60000, i % 2 ? "tcp" : "udp", src >> 24, src >> 16 & 255,
			 src >> 8 & 255, src & 255, n_src, dst >> 24, dst >> 16 & 255,
			 dst >> 8 & 255, dst & 255, n_dst, port);
	}
}

static struct xlate *
tables_make(enum kind kind)
{
	struct xlate_config config = {.seed = 1};
	char err[FLOW_ERR_BYTES] = "";
	struct xlate *x;

	assert_int_equal(xlate_create(&config, &x), 0);
	assert_int_equal(xlate_bridge_add(x, "br0", err, sizeof err), 0);
	for (uint32_t i = 1; i <= 2; i++) {
		struct xlate_port p = {
			.name = i == 1 ? "p1" : "p2", .ofp_port = (uint16_t)i, .dp_port = i};

		assert_int_equal(
			xlate_port_add(x, xlate_bridge_find(x, "br0"), &p, NULL, err, sizeof err),
			0);
	}
	if (kind == ACL)
		acl_add(x);
	else if (kind == NORMAL)
		rule_add(x, "actions=NORMAL");
	else
		masks_add(x, kind == EIGHT_MASKS ? 8 : 1);
	return x;
}

/* Returns the handler's allocations for each of 'n' flows. */
static double
measure(enum kind kind, unsigned int n, unsigned int n_batch)
{
	static struct dp_class source_class;
	static struct source source;
	struct ofl_config oc = {0};
	struct upc_config uc = {.dp = &source.dp,
				.xlate = tables_make(kind),
				.flow_limit = 2 * (N_FIRST + n),
				.idle_ns = 3600 * NS_PER_S,
				.sweep_interval_ns = 3600 * NS_PER_S,
				.n_handlers = 1};
	struct upc_stats stats;
	struct upc *u;
	double each;

	memset(&source, 0, sizeof source);
	source_class = null_dp_class(recv_some);
	source.dp.class = &source_class;
	source.kind = kind;
	source.n_batch = n_batch;
	assert_int_equal(ofl_create(&oc, &uc.ofl), 0);
	assert_int_equal(ofl_start(uc.ofl), 0);
	assert_int_equal(upc_create(&uc, &u), 0);
	atomic_store(&source.n, N_FIRST + n);
	while (!atomic_load(&source.n_after))
		null_dp_nap(NS_PER_MS);
	each = (double)(source.n_after - source.n_before) / n;
	upc_stats(u, &stats);
	print_message(
		"%s, %u flows in batches of %u: %.2f allocations each, %.0f ns, %u megaflows\n",
		kind_names[kind], n, n_batch, each,
		(double)(source.after_ns - source.before_ns) / n, stats.n_flows);
	upc_destroy(u);
	ofl_stop(uc.ofl);
	ofl_destroy(uc.ofl);
	xlate_destroy(uc.xlate);
	return each;
}

static void
check(enum kind kind)
{
	static const unsigned int n_batch[] = {1, DP_BATCH_MAX}, n[] = {N_SOME, N_MANY};

	for (int b = 0; b < 2; b++)
		for (int i = 0; i < 2; i++)
			assert_true(measure(kind, n[i], n_batch[b]) <= ALLOCATIONS_MAX);
}

static void
test_one_mask(void **state)
{
	(void)state;
	check(ONE_MASK);
}

static void
test_eight_masks(void **state)
{
	(void)state;
	check(EIGHT_MASKS);
}

static void
test_acl(void **state)
{
	(void)state;
	check(ACL);
}

static void
test_normal(void **state)
{
	(void)state;
	check(NORMAL);
}

static int
measure_one(const char *name, unsigned int n, unsigned int n_batch)
{
	for (unsigned int k = 0; k < N_KINDS; k++) {
		if (strcmp(name, kind_names[k]))
			continue;
		measure((enum kind)k, n, n_batch);
		return 0;
	}
	fprintf(stderr, "CASE: '%s'; expected 1-mask, 8-masks, acl or normal\n", name);
	return 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_mask),
		cmocka_unit_test(test_eight_masks),
		cmocka_unit_test(test_acl),
		cmocka_unit_test(test_normal),
	};
	int rc;

	rcu_thread_start();
	if (argc == 4)
		rc = measure_one(argv[1], (unsigned int)strtoul(argv[2], NULL, 10),
				 (unsigned int)strtoul(argv[3], NULL, 10));
	else
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
