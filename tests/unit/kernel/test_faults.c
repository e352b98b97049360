/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the kernel answers to any request: each packet is executed or counted as lost, each flow
 * put is reported with its outcome, and what went wrong has its counter. */
#include "fake.h"
#include "kdp_private.h"

#include <base/rcu.h>
#include <flow/packed.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_PUTS 3
#define N_PACKETS 3
#define N_SILENT (N_PUTS + N_PACKETS) /* in a batch the kernel reports only their failures */
#define N_OPS (N_PUTS + N_PACKETS + 3)

static const int errors[] = {-ENOENT, -EEXIST, -ENODEV, -EBUSY,	  -EINTR,      -ENOSPC,
			     -ENOMEM, -EINVAL, -EPERM,	-ENOBUFS, -EOPNOTSUPP, -EAGAIN};
#define N_ERRORS (sizeof errors / sizeof *errors)

/* What a scene had. */
struct outcome {
	unsigned int n_requests;
	bool is_open;
	struct kdp_stats stats;
};

static unsigned int
drops_of(struct kdp *k, uint32_t port)
{
	struct kdp_port_counts counts;
	unsigned int n = 0;

	kdp_port_counts(k->ports, port, &counts);
	for (int i = 0; i < FLOW_N_DROPS; i++)
		n += (unsigned int)counts.drops[i];
	return n;
}

static void
batch_check(struct kdp *k, const struct dp_op ops[N_OPS], unsigned int n_executed,
	    unsigned int n_added)
{
	unsigned int n_failed = 0, n_lost = 0, n_refused = 0;
	unsigned int unanswered = (unsigned int)atomic_load(&k->faults.unanswered);
	struct kdp_port_counts counts;

	for (int i = 0; i < N_PUTS; i++) {
		n_failed += ops[i].error != 0;
		n_refused += ops[i].error && ops[i].error != -EEXIST;
	}
	for (int i = N_PUTS; i < N_PUTS + N_PACKETS; i++)
		n_lost += ops[i].error != 0;
	kdp_port_counts(k->ports, 1, &counts);
	assert_int_equal(counts.refused, n_refused);
	assert_int_equal(drops_of(k, 1), n_lost);
	/* What was done and not answered is counted as lost, too; so is what was done and refused. */
	unanswered += fake.fault == FAKE_RANDOM;
	assert_in_range(n_executed + n_lost, N_PACKETS, N_PACKETS + unanswered);
	assert_in_range(n_added + n_failed, N_PUTS, N_PUTS + unanswered);
	if (fake.fault == FAKE_NONE || fake.fault == FAKE_NOISE || fake.fault == FAKE_REVERSE)
		assert_int_equal(n_lost + n_failed + unanswered, 0);
}

static void
batch_run(struct kdp *k)
{
	unsigned int n_executed = fake.n_executed, n_added = fake.n_added;
	struct flow_match m = {.key = {.in_port = 1, .eth_type = htons(ETHERTYPE_IP)},
			       .mask = {.in_port = UINT32_MAX, .eth_type = UINT16_MAX}};
	struct dp *dp = kdp_dp(k);
	struct dp_op ops[N_OPS] = {0};
	uint8_t data[60] = {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 6, 8, 0, 0x45};
	struct flow_actions acts;

	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	flow_actions_init(&acts);
	assert_int_equal(flow_actions_add_output(&acts, 1), 0);
	for (int i = 0; i < N_OPS; i++) {
		ops[i].type = DP_OP_PUT;
		ops[i].ufid = (struct flow_ufid){(uint64_t)i + 1, 1};
		ops[i].match = &m;
		ops[i].actions = &acts;
		if (i < N_PUTS)
			continue;
		ops[i].type = DP_OP_EXECUTE;
		if (i < N_PUTS + N_PACKETS)
			ops[i].packet = dp->class->packet_new(dp, data, sizeof data, 1);
	}
	ops[N_OPS - 3].type = DP_OP_GET;
	ops[N_OPS - 2].type = DP_OP_DEL;
	ops[N_OPS - 1].type = DP_OP_DEL;
	dp->class->operate(dp, ops, N_OPS);
	batch_check(k, ops, fake.n_executed - n_executed, fake.n_added - n_added);
	flow_actions_free(&acts);
}

static void
dump_run(struct kdp *k)
{
	struct dp *dp = kdp_dp(k);
	struct dp_flow_stat stats[16];
	struct dp_dump *d;
	uint64_t cut = atomic_load(&k->faults.dumps_cut);
	uint64_t gone = atomic_load(&k->faults.datapath_gone);
	int n = 0, rc = dp->class->dump_new(dp, DP_DUMP_ALL, &d);

	if (rc)
		return;
	for (int some = 0; some >= 0; n += some > 0 ? some : 0)
		some = dp->class->dump_next(dp, d, stats, 16);
	rc = dp->class->dump_free(dp, d);
	cut = atomic_load(&k->faults.dumps_cut) - cut;
	gone = atomic_load(&k->faults.datapath_gone) - gone;
	assert_in_range(n + (int)(cut + gone), 1, 2);
	assert_int_equal(rc != 0, cut);
}

static int
found_ignore(void *aux, const struct kdp_found *flow)
{
	(void)aux;
	(void)flow;
	return 0;
}

static void
flows_run(struct kdp *k)
{
	struct flow_ufid ufid = {1, 1};
	struct kdp_walk *w;

	if (!kdp_walk_create(k, true, &w)) {
		while (kdp_walk_next(w, found_ignore, NULL) > 0)
			;
		kdp_walk_destroy(w);
	}
	kdp_flow_look(k, &ufid, found_ignore, NULL);
}

static int
port_ignore(void *aux, uint32_t number, const struct kdp_port_stats *port)
{
	(void)aux;
	(void)number;
	(void)port;
	return 0;
}

static void
ports_run(struct kdp *k)
{
	struct kdp_port_config config = {KDP_PORT_SYSTEM, "fake", 0};
	struct kdp_port_stats stats;
	uint32_t number = 0;
	char err[256] = "";
	int rc = kdp_port_add(k, &config, &number, err, sizeof err);

	assert_true(!rc || strstr(err, "fake"));
	kdp_port_stats(k, 1, &stats);
	kdp_ports_each(k, port_ignore, NULL);
	if (!rc) {
		kdp_port_find(k, "fake", &number);
		assert_true(!kdp_port_restore(k, number, &config, err, sizeof err) ||
			    strstr(err, "fake"));
		kdp_port_del(k, 1);
	}
}

static void
meters_run(struct dp *dp)
{
	struct flow_meter meter = {.n_bands = 1, .band = {{.type = FLOW_METER_DROP, .rate = 10}}};
	struct flow_meter_stats stats;

	dp->class->meter_set(dp, 1, &meter);
	dp->class->meter_stats(dp, 1, &stats);
	dp->class->meter_del(dp, 1);
}

static struct outcome
scene(enum fake_fault fault, int error, unsigned int at)
{
	struct kdp_config config = {.name = "fake"};
	struct outcome out = {0};
	char err[256] = "";
	struct kdp *k;

	fake_reset(fault, error, at);
	if (kdp_create(&config, &k, err, sizeof err)) {
		assert_non_null(strstr(err, "fake"));
		/* A refusal is no reason to leave a datapath. */
		if (fault == FAKE_ERROR)
			assert_false(fake.has_datapath);
		out.n_requests = fake.n_requests;
		return out;
	}
	out.is_open = true;
	kdp_dp(k)->class->handlers_set(kdp_dp(k), 1);
	batch_run(k);
	dump_run(k);
	flows_run(k);
	meters_run(kdp_dp(k));
	ports_run(k);
	kdp_stats(k, &out.stats);
	kdp_destroy(k, false);
	out.n_requests = fake.n_requests;
	return out;
}

static unsigned int
n_steps(void)
{
	struct outcome o = scene(FAKE_NONE, 0, 0);

	assert_true(o.is_open);
	assert_int_equal(o.stats.unanswered + o.stats.datapath_gone + o.stats.dumps_cut, 0);
	assert_false(fake.has_datapath);
	return o.n_requests;
}

static void
test_every_error_at_every_step(void **state)
{
	unsigned int n = n_steps();

	(void)state;
	assert_in_range(n, 25, 200);
	for (size_t i = 0; i < N_ERRORS; i++) {
		for (unsigned int at = 1; at <= n; at++) {
			scene(FAKE_ERROR, errors[i], at);
			scene(FAKE_SEND, errors[i], at);
		}
	}
}

static void
test_answers_that_are_lost_or_no_answers(void **state)
{
	unsigned int n = n_steps(), unanswered[FAKE_REVERSE] = {0}, cut = 0;

	(void)state;
	for (enum fake_fault f = FAKE_LOSE; f <= FAKE_REVERSE; f++) {
		for (unsigned int at = 1; at <= n; at++) {
			struct outcome o = scene(f, 0, at);

			if (f == FAKE_LOSE || f == FAKE_OVERRUN) {
				unanswered[f] += (unsigned int)o.stats.unanswered;
				cut += (unsigned int)o.stats.dumps_cut;
			}
		}
	}
	/* Each operation of the batch that has an acknowledgement; where the socket has lost something, those too
	 * of which it may have been the failure. And the dump, by both ways of loss. */
	assert_int_equal(unanswered[FAKE_LOSE], N_OPS - N_SILENT);
	assert_int_equal(unanswered[FAKE_OVERRUN], N_OPS - N_SILENT + N_OPS * N_SILENT);
	assert_int_equal(cut, 2);
}

static void
test_a_datapath_that_vanishes(void **state)
{
	unsigned int n = n_steps();
	bool is_seen = false;

	(void)state;
	for (unsigned int at = 1; at <= n; at++) {
		struct outcome o = scene(FAKE_GONE, 0, at);

		if (!o.is_open)
			continue;
		/* From the whole batch and the dump on. */
		is_seen |= o.stats.datapath_gone == N_OPS + 1;
	}
	assert_true(is_seen);
}

/* What each probe is for is lacking if the kernel refuses it alone. */
static void
test_what_the_kernel_lacks(void **state)
{
	const uint32_t ct = 1u << FLOW_ACTION_CT | 1u << FLOW_ACTION_CT_LABEL |
			    1u << FLOW_ACTION_CT_NAT | 1u << FLOW_ACTION_CT_TIMEOUT;
	const uint32_t want[] = {ct, 1u << FLOW_ACTION_CT_NAT,	 0,
				 0,  1u << FLOW_ACTION_CT_LABEL, 1u << FLOW_ACTION_CT_TIMEOUT,
				 0,  1u << FLOW_ACTION_CT_CLEAR, 1u << FLOW_ACTION_CHECK_LEN};
	struct kdp_config config = {.name = "fake"};
	unsigned int i = 0, n = n_steps();
	bool is_second = false;
	uint32_t all = 0;

	(void)state;
	for (unsigned int at = 0; at <= n && i < sizeof want / sizeof *want; at++) {
		static const struct flow_key none;
		char err[256] = "";
		const struct dp_caps *caps;
		struct kdp *k;

		fake_reset(FAKE_ERROR, -EINVAL, at);
		if (kdp_create(&config, &k, err, sizeof err))
			continue;
		caps = &kdp_dp(k)->caps;
		if (!at)
			all = caps->actions;
		if (caps->actions != all || memcmp(&caps->absent, &none, sizeof none)) {
			assert_int_equal(all & ~caps->actions, want[i]);
			assert_int_equal(caps->absent.ct_zone, i == 0 || i == 2 ? UINT16_MAX : 0);
			assert_int_equal(caps->absent.ct_mark, i == 0 || i == 3 ? UINT32_MAX : 0);
			assert_int_equal(caps->absent.ct_label[9], i == 0 || i == 4 ? 255 : 0);
			assert_int_equal(caps->absent.ct_tp_dst, i == 0 || i == 6 ? UINT16_MAX : 0);
			assert_int_equal(caps->absent.ct_src.b[9], i == 0 || i == 6 ? 255 : 0);
			assert_int_equal(caps->absent.ct_state, i == 0 ? 255 : i == 1 ? 0xc0 : 0);
			/* A probe adds a flow, and removes it. */
			i += is_second;
			is_second = !is_second;
		}
		kdp_destroy(k, false);
	}
	assert_int_equal(i, sizeof want / sizeof *want);
}

/* Returns how many system calls reading the counts of 'n' flows costs. */
static unsigned int
n_calls_of_gets(struct dp *dp, unsigned int n)
{
	struct dp_op *ops = calloc(n, sizeof *ops);
	unsigned int before = fake.n_calls;

	assert_non_null(ops);
	for (unsigned int i = 0; i < n; i++)
		ops[i] = (struct dp_op){.type = DP_OP_GET, .ufid = {i + 1, 1}};
	dp->class->operate(dp, ops, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(ops[i].error, 0);
	free(ops);
	return fake.n_calls - before;
}

/* 64 requests are sent by one call; 32 answers are read by one, and the acknowledgement by another. */
static void
test_system_calls_of_a_batch(void **state)
{
	struct kdp_config config = {.name = "fake"};
	char err[256] = "";
	struct kdp *k;

	(void)state;
	fake_reset(FAKE_NONE, 0, 0);
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), 0);
	assert_in_range(n_calls_of_gets(kdp_dp(k), 64), 1, 4);
	assert_in_range(n_calls_of_gets(kdp_dp(k), 6400), 1, 400);
	kdp_destroy(k, false);
}

static void
test_barriers_of_a_kernel_without_membarrier(void **state)
{
	struct kdp_config config = {.name = "fake"};
	struct kdp_stats stats;
	char err[256] = "";
	struct kdp *k;

	(void)state;
	fake_reset(FAKE_NONE, 0, 0);
	assert_int_equal(kdp_create(&config, &k, err, sizeof err), 0);
	fake.is_nohz_full = true;
	kdp_dp(k)->class->barrier(kdp_dp(k));
	kdp_stats(k, &stats);
	assert_int_equal(stats.no_grace_period, 0);
	fake.has_no_sockets = true;
	kdp_dp(k)->class->barrier(kdp_dp(k));
	kdp_stats(k, &stats);
	assert_int_equal(stats.no_grace_period, 1);
	kdp_destroy(k, false);
}

static int
thread_start(void **state)
{
	(void)state;
	rcu_thread_start();
	return 0;
}

static int
thread_stop(void **state)
{
	(void)state;
	rcu_thread_stop();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error_at_every_step),
		cmocka_unit_test(test_answers_that_are_lost_or_no_answers),
		cmocka_unit_test(test_a_datapath_that_vanishes),
		cmocka_unit_test(test_what_the_kernel_lacks),
		cmocka_unit_test(test_system_calls_of_a_batch),
		cmocka_unit_test(test_barriers_of_a_kernel_without_membarrier),
	};

	return cmocka_run_group_tests(tests, thread_start, thread_stop);
}
