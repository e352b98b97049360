/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel accepts every match that the driver does not refuse, and gives it back as one that covers
 * the same packets. */
#include "net.h"

#include "support/random_match.h"

#include <base/rcu.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 2000, BATCH = 64 };

struct world {
	struct rng r;
	struct flow_match sent[N];
	struct flow_key packet[N];
	struct flow_ufid ufid[N];
	bool is_there[N];
	unsigned int n_there, n_found;
};

/* The flow that the kernel gives back is the one with its UFID. */
static int
check_found(void *aux, const struct kdp_found *f)
{
	struct world *w = aux;
	int i = 0;

	while (i < N && !(w->is_there[i] && flow_ufid_equal(&w->ufid[i], &f->ufid)))
		i++;
	assert_in_range(i, 0, N - 1);
	assert_null(f->refused);
	assert_true(f->has_ufid);
	assert_true(kdp_found_matches(f, &w->sent[i]));
	assert_false(kdp_found_matches(f, &w->sent[i ? 0 : 1]));
	w->n_found++;
	assert_int_equal(f->actions->n, 1);
	assert_int_equal(f->actions->a[0].type, FLOW_ACTION_OUTPUT);
	for (int j = 0; j < 20; j++) {
		struct flow_key key = w->packet[i];

		if (j)
			random_key_near(&w->r, RANDOM_TUNNEL | RANDOM_TRACKING, &w->packet[i],
					&key);
		/* The kernel does not give back that there is no tunnel. */
		if (!w->packet[i].tun.dst.b[15])
			key.tun = w->packet[i].tun;
		assert_int_equal(flow_match_covers(f->match, &key),
				 flow_match_covers(&w->sent[i], &key));
	}
	return 0;
}

/* User-mode Linux has no zones of connection tracking. */
static void
make(struct world *w, int i)
{
	struct flow_key *k = &w->packet[i];

	random_key(&w->r, RANDOM_TUNNEL | RANDOM_TRACKING, k);
	k->ct_zone = 0;
	random_match(&w->r, k, &w->sent[i]);
	w->sent[i].mask.ct_zone = 0;
	w->ufid[i] = flow_ufid_make(&w->sent[i]);
}

static void
put_some(struct kdp *k, struct world *w, int first, const struct flow_actions *acts)
{
	struct dp *dp = kdp_dp(k);
	struct dp_op ops[BATCH];
	int n = N - first < BATCH ? N - first : BATCH;

	for (int i = 0; i < n; i++) {
		make(w, first + i);
		ops[i] = (struct dp_op){.type = DP_OP_PUT,
					.ufid = w->ufid[first + i],
					.match = &w->sent[first + i],
					.key = &w->packet[first + i],
					.actions = acts};
	}
	dp->class->operate(dp, ops, (unsigned int)n);
	for (int i = 0; i < n; i++) {
		/* An earlier flow may have the packet. */
		if (ops[i].error && ops[i].error != -EEXIST && ops[i].error != -EOPNOTSUPP)
			fail_msg("match %d: %s", first + i, strerror(-ops[i].error));
		w->is_there[first + i] = !ops[i].error;
		w->n_there += !ops[i].error;
	}
}

static void
test_random_matches(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct kdp *k = net_datapath(true);
	struct flow_actions acts;

	(void)state;
	w->r.state = 5;
	flow_actions_init(&acts);
	flow_actions_add_output(&acts, 0);
	for (int i = 0; i < N; i += BATCH)
		put_some(k, w, i, &acts);
	assert_in_range(w->n_there, N / 4, N);
	assert_int_equal(net_flows(k, check_found, w), 0);
	assert_int_equal(w->n_found, w->n_there);
	flow_actions_free(&acts);
	kdp_destroy(k, false);
	free(w);
}

/* ---- actions ---- */

static void
set_add(struct flow_actions *acts, enum flow_field_id field, uint64_t v)
{
	struct flow_value value = flow_value_from_u64(v), mask;

	flow_field_ones(&flow_fields[field], &mask);
	assert_int_equal(flow_actions_add_set(acts, field, &value, &mask), 0);
}

static int
take_actions(void *aux, const struct kdp_found *f)
{
	assert_non_null(f->actions);
	flow_actions_copy(aux, f->actions);
	return 0;
}

/* A list of each kind is accepted, and comes back as it was. */
static void
test_actions(void **state)
{
	static const struct flow_action single[] = {
		{.type = FLOW_ACTION_METER, .meter = 3},
		{.type = FLOW_ACTION_TRUNC, .n_bytes = 100},
		{.type = FLOW_ACTION_UPCALL, .upcall = {FLOW_UPCALL_CONTROLLER, 128, 77, 0, 0}},
		{.type = FLOW_ACTION_UPCALL,
		 .upcall = {FLOW_UPCALL_SLOW_PATH, UINT16_MAX, 1, 0, 3}},
		{.type = FLOW_ACTION_SAMPLE,
		 .upcall = {FLOW_UPCALL_SAMPLE, 128, 5, UINT32_MAX / 2, 0}},
		{.type = FLOW_ACTION_SET_QUEUE, .queue = 0x10001},
		{.type = FLOW_ACTION_CT_CLEAR},
		{.type = FLOW_ACTION_CHECK_LEN, .check_len = {1500, 7, 8}},
		{.type = FLOW_ACTION_PUSH_VLAN},
		{.type = FLOW_ACTION_POP_VLAN},
		{.type = FLOW_ACTION_RECIRC, .recirc_id = 9},
	};
	struct flow_ct ct = {
		.commit = true,

		.mark = 3,
		.mark_mask = 0xff,
		.has_nat = true,
		.nat = {FLOW_NAT_SRC, 4, 1000, 2000, {{10, 0, 0, 1}}, {{10, 0, 0, 9}}}};
	struct kdp *k = net_datapath(true);
	struct flow_meter meter = {
		.pktps = true, .n_bands = 1, .band = {{FLOW_METER_DROP, 1, 2, 0}}};
	struct flow_actions acts, back;
	struct flow_match m;
	struct dp_op op = {.type = DP_OP_PUT, .match = &m, .actions = &acts};

	(void)state;
	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.key.eth_type = htons(ETHERTYPE_IP);
	m.mask.eth_type = UINT16_MAX;
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	m.key.nw_proto = 17;
	m.mask.nw_proto = UINT8_MAX;
	flow_actions_init(&acts);
	flow_actions_init(&back);
	assert_int_equal(kdp_dp(k)->class->meter_set(kdp_dp(k), 3, &meter), 0);
	ct.label[15] = ct.label_mask[15] = 1;
	assert_int_equal(flow_actions_add_ct(&acts, &ct), 0);
	set_add(&acts, FLOW_FIELD_ETH_SRC, 0x020000000007);
	set_add(&acts, FLOW_FIELD_NW_DST, 0x0a000007);
	set_add(&acts, FLOW_FIELD_NW_TTL, 7);
	set_add(&acts, FLOW_FIELD_UDP_DST, 7);
	set_add(&acts, FLOW_FIELD_PKT_MARK, 7);
	flow_actions_add_output(&acts, 0);
	for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
		struct flow_action a = single[i];

		if (a.type == FLOW_ACTION_PUSH_VLAN) {
			a.vlan.tpid = htons(0x8100);
			a.vlan.tci = htons(0x2005);
		}
		flow_actions_add(&acts, &a);
	}
	assert_int_equal(net_operate(k, &op), 0);
	assert_int_equal(net_flows(k, take_actions, &back), 0);
	assert_int_equal(acts.n, back.n);
	for (int i = 0; i < acts.n; i++) {
		struct flow_actions one = {&acts.a[i], 1, 0}, other = {&back.a[i], 1, 0};

		if (!flow_actions_equal(&one, &other))
			fail_msg("action %d, %s, came back as %s", i,
				 flow_action_names[acts.a[i].type],
				 flow_action_names[back.a[i].type]);
	}
	flow_actions_free(&acts);
	flow_actions_free(&back);
	kdp_destroy(k, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_matches),
		cmocka_unit_test(test_actions),
	};
	int rc;

	rcu_thread_start();
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	rcu_thread_stop();
	return rc;
}
