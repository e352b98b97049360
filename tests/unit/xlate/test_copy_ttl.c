/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of TTLs between labels, and between IP and a label. The datapath copies those that
 * translation cannot see. */
#include "lab.h"

#include <stdio.h>

#define IP "in_port=1,tcp,nw_ttl=64,tp_dst=80"
#define LABEL "in_port=1,mpls,mpls_label=5,mpls_bos=1,mpls_ttl=9"
#define LABELS "in_port=1,mpls,mpls_label=5,mpls_bos=0,mpls_ttl=9,mpls_lse1=0x6107"
#define PUSH(ttl) "push_mpls(label=0,tc=0,ttl=" #ttl ",bos=1,eth_type=0x8847),"

static void
test_actions(void **state)
{
	static const struct {
		const char *packet, *actions, *want;
	} cases[] = {
		{IP, "copy_ttl_out,copy_ttl_in,2", "12"},
		{LABELS, "copy_ttl_out,2", "set(mpls(ttl=7)),12"},
		{LABELS, "copy_ttl_in,2", "copy_ttl_in,12"},
		{LABELS, "dec_mpls_ttl,copy_ttl_in,2", "set(mpls(ttl=8)),copy_ttl_in,12"},
		{LABELS, "copy_ttl_in,pop_mpls:0x8847,dec_mpls_ttl,2",
		 "copy_ttl_in,pop_mpls(eth_type=0x8847),set(mpls(ttl=8)),12"},
		{LABELS, "copy_ttl_in,dec_mpls_ttl,copy_ttl_out,2",
		 "copy_ttl_in,set(mpls(ttl=9)),12"},
		{LABEL, "copy_ttl_in,2", "copy_ttl_in,12"},
		{LABEL, "copy_ttl_out,2", "copy_ttl_out,12"},
		{IP, "push_mpls:0x8847,copy_ttl_out,2", PUSH(64) "12"},
		{IP, "push_mpls:0x8847,set_mpls_ttl(9),copy_ttl_out,2", PUSH(64) "12"},
		{IP, "dec_ttl,push_mpls:0x8847,set_mpls_ttl(9),2,copy_ttl_out,3",
		 "set(ipv4(ttl=63))," PUSH(63) "set(mpls(ttl=9)),12,set(mpls(ttl=63)),13"},
		{IP,
		 "push_mpls:0x8847,set_mpls_ttl(9),push_mpls:0x8847,set_mpls_ttl(7),copy_ttl_out,2",
		 PUSH(64) "set(mpls(ttl=9)),push_mpls(label=0,tc=0,ttl=9,bos=0,eth_type=0x8847),"
			  "12"},
		{IP, "push_mpls:0x8847,set_mpls_ttl(9),copy_ttl_in,2",
		 PUSH(64) "set(mpls(ttl=9)),copy_ttl_in,12"},
		{IP, "push_mpls:0x8847,copy_ttl_in,copy_ttl_out,2",
		 PUSH(64) "copy_ttl_in,copy_ttl_out,12"},
		{IP, "write_actions(copy_ttl_out,push_mpls:0x8847,dec_mpls_ttl,output:2)",
		 PUSH(64) "set(mpls(ttl=63)),12"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[256];

		snprintf(rule, sizeof rule, "actions=%s", cases[i].actions);
		lab_rules(&lab, rule, NULL);
		lab_expect(&lab, cases[i].packet, false, cases[i].want);
	}
	lab_close(&lab);
}

/* A TTL copied from below is unknown: an action that reads it continues with the packet parsed
 * anew. */
static void
test_continues(void **state)
{
	static const struct {
		const char *actions, *before, *again, *second;
	} cases[] = {
		{"copy_ttl_in,pop_mpls:0x0800,dec_ttl,2", "copy_ttl_in,pop_mpls(eth_type=0x0800),",
		 "in_port=1,ip,nw_ttl=9", "set(ipv4(ttl=8)),12"},
		{"write_actions(dec_ttl,pop_mpls:0x0800,copy_ttl_in,output:2)",
		 "copy_ttl_in,pop_mpls(eth_type=0x0800),", "in_port=1,ip,nw_ttl=9",
		 "set(ipv4(ttl=8)),12"},
		{"copy_ttl_out,dec_mpls_ttl,2", "copy_ttl_out,",
		 "in_port=1,mpls,mpls_label=5,mpls_bos=1,mpls_ttl=64", "set(mpls(ttl=63)),12"},
		{"copy_ttl_out,set_mpls_label(6),2", "copy_ttl_out,", LABEL,
		 "set(mpls(label=6)),12"},
		{"copy_ttl_out,push_mpls:0x8847,2", "copy_ttl_out,", LABEL,
		 "push_mpls(label=5,tc=0,ttl=9,bos=0,eth_type=0x8847),12"},
		{"copy_ttl_out,resubmit(,1)", "copy_ttl_out,",
		 "in_port=1,mpls,mpls_label=5,mpls_bos=1,mpls_ttl=3", "13"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct flow_key key = lab_key(&lab, LABEL);
		struct xlate_out out;
		char text[256];

		snprintf(text, sizeof text, "mpls,actions=%s", cases[i].actions);
		lab_rules(&lab, text, "table=1,mpls,mpls_ttl=3,actions=3", NULL);
		lab_translate_key(&lab, &key, &out);
		snprintf(text, sizeof text, "%srecirc(%#x)", cases[i].before, lab_recirc_of(&out));
		lab_expect_key(&lab, &key, text);
		key = lab_key(&lab, cases[i].again);
		key.recirc_id = lab_recirc_of(&out);
		lab_expect_key(&lab, &key, cases[i].second);
		xlate_out_free(&out);
	}
	lab_close(&lab);
}

static void
test_datapath_without(void **state)
{
	struct lab lab;

	(void)state;
	lab_open_on(&lab, 2, ~(1u << FLOW_ACTION_COPY_TTL_OUT | 1u << FLOW_ACTION_COPY_TTL_IN));
	lab_rules(&lab, "actions=copy_ttl_in,2", NULL);
	lab_expect(&lab, LABEL, false, "drop(reason=unsupported)");
	lab_expect(&lab, LABELS, false, "drop(reason=unsupported)");
	lab_rules(&lab, "mpls,actions=copy_ttl_out,2", "ip,actions=push_mpls:0x8847,copy_ttl_out,2",
		  NULL);
	lab_expect(&lab, LABEL, false, "drop(reason=unsupported)");
	lab_expect(&lab, LABELS, false, "set(mpls(ttl=7)),12");
	lab_expect(&lab, IP, false, PUSH(64) "12");
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_continues),
		cmocka_unit_test(test_datapath_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
