/* SPDX-License-Identifier: Apache-2.0 */
/* check_pkt_larger: the datapath compares the length, and the pipeline continues with each result. */
#include "lab.h"

#include <stdio.h>

#define PACKET "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=1000,tp_dst=80"
#define CHECK "check_pkt_larger(1500)->NXM_NX_REG0[0]"

/* Asserts 'before' and then a comparison, and what follows each result. */
static void
expect(struct lab *lab, const char *before, const char *longer, const char *others)
{
	struct flow_key key = lab_key(lab, PACKET);
	const struct flow_action *check;
	struct xlate_out out;
	char want[256];

	lab_translate_key(lab, &key, &out);
	check = &out.actions.a[out.actions.n - 1];
	assert_int_equal(check->type, FLOW_ACTION_CHECK_LEN);
	snprintf(want, sizeof want, "%scheck_pkt_len(size=1500,gt(recirc(%#x)),le(recirc(%#x)))",
		 before, check->check_len.longer, check->check_len.others);
	lab_expect_key(lab, &key, want);
	key.recirc_id = check->check_len.longer;
	lab_expect_key(lab, &key, longer);
	key.recirc_id = check->check_len.others;
	lab_expect_key(lab, &key, others);
	xlate_out_free(&out);
}

static void
test_continues(void **state)
{
	static const struct {
		const char *actions, *before, *longer, *others;
	} cases[] = {
		{CHECK ",2", "", "12", "12"},
		{CHECK ",resubmit(,1),3", "", "12,13", "13"},
		{"2,dec_ttl," CHECK ",goto_table:1", "12,set(ipv4(ttl=63)),", "12", "drop"},
		{"resubmit(,2),3", "", "12,13", "13"},
		{CHECK ",write_actions(output:3),goto_table:1", "", "12,13", "13"},
		/* A bit of the packet, which has to be written. */
		{"check_pkt_larger(1500)->NXM_OF_ETH_SRC[1],2", "",
		 "set(eth(src=00:00:00:00:00:02/00:00:00:00:00:02)),12",
		 "set(eth(src=00:00:00:00:00:00/00:00:00:00:00:02)),12"},
		{"push:NXM_OF_IN_PORT[]," CHECK ",pop:NXM_NX_REG1[0..15],resubmit(,3)", "", "12",
		 "13"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[256];

		snprintf(rule, sizeof rule, "tcp,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, "table=1,reg0=1,actions=2",
			  "table=2,actions=" CHECK ",resubmit(,1)",
			  "table=3,reg0=1,reg1=1,actions=2", "table=3,reg0=0,reg1=1,actions=3",
			  NULL);
		expect(&lab, cases[i].before, cases[i].longer, cases[i].others);
	}
	lab_close(&lab);
}

/* A copy continues on its own; the packet outside continues without it. */
static void
test_in_a_clone(void **state)
{
	struct flow_action check;
	struct xlate_out out;
	struct flow_key key;
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	lab_rules(&lab, "tcp,actions=clone(" CHECK ",resubmit(,1)),3", "table=1,reg0=1,actions=2",
		  NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out);
	assert_int_equal(out.actions.n, 2);
	check = out.actions.a[0];
	assert_int_equal(check.type, FLOW_ACTION_CHECK_LEN);
	assert_int_equal(out.actions.a[1].port, 13);
	key.recirc_id = check.check_len.longer;
	lab_expect_key(&lab, &key, "12");
	xlate_out_free(&out);
	lab_close(&lab);
}

/* A packet is compared as often as it may be looked up again. */
static void
test_is_bounded(void **state)
{
	unsigned int n = 0;
	struct flow_key key;
	struct xlate_out out[XLATE_PASSES_MAX + 1];
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "tcp,actions=" CHECK ",resubmit(,0)", NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out[0]);
	while (out[n].drop == FLOW_NOT_DROPPED) {
		assert_int_equal(out[n].actions.a[0].type, FLOW_ACTION_CHECK_LEN);
		key.recirc_id = out[n].actions.a[0].check_len.longer;
		assert_true(++n <= XLATE_PASSES_MAX);
		lab_translate_key(&lab, &key, &out[n]);
	}
	assert_int_equal(n, XLATE_PASSES_MAX);
	assert_int_equal(out[n].drop, FLOW_DROP_TOO_DEEP);
	for (unsigned int i = 0; i <= n; i++)
		xlate_out_free(&out[i]);
	lab_close(&lab);
}

static void
test_needs_the_datapath(void **state)
{
	struct lab lab;

	(void)state;
	lab_open_on(&lab, 2, ~(1u << FLOW_ACTION_CHECK_LEN));
	lab_rules(&lab, "tcp,actions=" CHECK ",2", NULL);
	lab_expect(&lab, PACKET, false, "drop(reason=unsupported)");
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_continues),
		cmocka_unit_test(test_in_a_clone),
		cmocka_unit_test(test_is_bounded),
		cmocka_unit_test(test_needs_the_datapath),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
