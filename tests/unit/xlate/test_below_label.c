/* SPDX-License-Identifier: Apache-2.0 */
/* Access below a label that was popped: the packet is parsed again, and its pipeline continues. */
#include "lab.h"

#include <arpa/inet.h>
#include <stdio.h>

#define LABELLED "in_port=1,mpls,mpls_label=5,mpls_bos=1,mpls_ttl=9"
#define IP "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tp_src=1000,tp_dst=80"

/* Asserts the actions of a packet, and those after it was recirculated with the headers below
 * the label. */
static void
expect_of(struct lab *lab, const char *packet, const char *before, const char *after,
	  const char *below, const char *second)
{
	struct flow_key key = lab_key(lab, packet);
	struct xlate_out out;
	char want[256];

	lab_translate_key(lab, &key, &out);
	snprintf(want, sizeof want, "%srecirc(%#x)%s", before, lab_recirc_of(&out), after);
	lab_expect_key(lab, &key, want);
	key = lab_key(lab, below);
	key.recirc_id = lab_recirc_of(&out);
	lab_expect_key(lab, &key, second);
	xlate_out_free(&out);
}

static void
expect(struct lab *lab, const char *before, const char *after, const char *second)
{
	expect_of(lab, LABELLED, before, after, IP, second);
}

static void
test_continues(void **state)
{
	static const struct {
		const char *actions, *before, *after, *second;
	} cases[] = {
		{"pop_mpls:0x0800,dec_ttl,2", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),12"},
		{"mod_dl_dst:02:00:00:00:00:09,pop_mpls:0x0800,2,mod_nw_dst:1.1.1.1,3",
		 "set(eth(dst=02:00:00:00:00:09)),pop_mpls(eth_type=0x0800),12,", "",
		 "set(ipv4(dst=1.1.1.1)),13"},
		{"load:7->NXM_NX_REG0[],pop_mpls:0x0800,resubmit(,1)", "pop_mpls(eth_type=0x0800),",
		 "", "set(tcp(dst=81)),12"},
		{"resubmit(,2)", "pop_mpls(eth_type=0x0800),", "", "set(ipv4(ttl=63)),13"},
		{"pop_mpls:0x0800,write_actions(output:3),write_metadata:5,goto_table:3",
		 "pop_mpls(eth_type=0x0800),", "", "12,set(ipv4(tos=0x8/0xfc)),13"},
		{"pop_mpls:0x0800,write_actions(dec_ttl,output:2)", "pop_mpls(eth_type=0x0800),",
		 "", "set(ipv4(ttl=63)),12"},
		{"write_actions(pop_mpls:0x0800,output:2,mod_nw_dst:1.1.1.1)",
		 "pop_mpls(eth_type=0x0800),", "", "set(ipv4(dst=1.1.1.1)),12"},
		{"pop_mpls:0x0800,clone(dec_ttl,2),3", "pop_mpls(eth_type=0x0800),", ",13",
		 "set(ipv4(ttl=63)),12"},
		{"pop_mpls:0x0800,push_mpls:0x8847,2", "pop_mpls(eth_type=0x0800),", "",
		 "push_mpls(label=0,tc=0,ttl=64,bos=1,eth_type=0x8847),12"},
		{"pop_mpls:0x0800,multipath(symmetric_l4,1,modulo_n,1,0,"
		 "NXM_NX_REG3[0..3]),2",
		 "pop_mpls(eth_type=0x0800),", "", "12"},
		/* Outer lists continue after the recirculation, each with the changes made
		 * before it. */
		{"resubmit(,2),mod_nw_tos:8,2", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),13,set(ipv4(tos=0x8/0xfc)),12"},
		{"resubmit(,4),dec_ttl,2", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),13,set(ipv4(ttl=62)),12,set(ipv4(ttl=61)),12"},
		{"resubmit(,5),mod_nw_tos:16,2", "pop_mpls(eth_type=0x0800),", "",
		 "12,set(ipv4(tos=0x8/0xfc)),13,set(ipv4(tos=0x10/0xfc)),12"},
		{"resubmit(,2),write_actions(output:2)", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),13,12"},
		{"resubmit(,6),2", "pop_mpls(eth_type=0x0800),", "", "13"},
		/* A bucket's copy continues without the action set. */
		{"group:1", "pop_mpls(eth_type=0x0800),", "", "set(ipv4(ttl=63)),12"},
		{"write_actions(group:1)", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),12"},
		{"3,group:1,write_actions(dec_ttl)", "13,pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),12"},
		{"resubmit(,7),load:1->NXM_NX_REG0[]", "pop_mpls(eth_type=0x0800),", "",
		 "set(ipv4(ttl=63)),12"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	assert_int_equal(lab_group(&lab, XLATE_GROUP_ADD,
				   "group_id=1,type=indirect,bucket=actions=dec_ttl,"
				   "pop_mpls:0x0800,output:2"),
			 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[256];

		snprintf(rule, sizeof rule, "mpls,mpls_label=5,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, "table=1,tcp,reg0=7,tp_dst=80,actions=mod_tp_dst:81,output:2",
			  "table=2,actions=pop_mpls:0x0800,dec_ttl,output:3",
			  "table=3,ip,metadata=5,actions=2,mod_nw_tos:8",
			  "table=4,actions=resubmit(,2),dec_ttl,2",
			  "table=5,actions=pop_mpls:0x0800,write_metadata:5,goto_table:8",
			  "table=6,actions=pop_mpls:0x0800,resubmit(,9),2",
			  "table=7,actions=group:1", "table=8,ip,actions=2,mod_nw_tos:8,3",
			  "table=9,ip,actions=3,exit", NULL);
		expect(&lab, cases[i].before, cases[i].after, cases[i].second);
	}
	lab_close(&lab);
}

/* Actions that need no field below the label are done at once; if the datapath cannot
 * recirculate, others are refused. */
static void
test_does_not(void **state)
{
	static const struct {
		const char *actions, *want;
	} cases[] = {
		{"pop_mpls:0x0800,mod_dl_src:02:00:00:00:00:01,load:1->NXM_NX_REG0[],2",
		 "pop_mpls(eth_type=0x0800),set(eth(src=02:00:00:00:00:01)),12"},
		{"pop_mpls:0x8847,resubmit(,3)", "pop_mpls(eth_type=0x8847),13"},
		{"pop_mpls:0x0800,multipath(eth_src,1,modulo_n,1,0,NXM_NX_REG3[0..3]),2",
		 "pop_mpls(eth_type=0x0800),12"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[256];

		snprintf(rule, sizeof rule, "mpls,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, "table=2,actions=pop_mpls:0x0800,dec_ttl,output:3",
			  "table=3,actions=3", NULL);
		lab_expect(&lab, LABELLED, false, cases[i].want);
	}
	lab_close(&lab);
	lab_open_on(&lab, 1, ~(1u << FLOW_ACTION_RECIRC));
	lab_rules(&lab, "mpls,actions=pop_mpls:0x0800,dec_ttl,in_port", NULL);
	lab_expect(&lab, LABELLED, false, "drop(reason=unsupported)");
	lab_close(&lab);
}

#define POP "pop_mpls:0x8847,"
#define POPPED "pop_mpls(eth_type=0x8847),"

/* A key holds only the first four labels. */
static void
test_more_labels_than_are_parsed(void **state)
{
	static const char packet[] = "in_port=1,mpls,mpls_label=1,mpls_bos=0,mpls_lse1=0x2009,"
				     "mpls_lse2=0x3009,mpls_lse3=0x4009";
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	lab_rules(&lab, "mpls,actions=" POP POP POP "dec_mpls_ttl,2", NULL);
	lab_expect(&lab, packet, false, POPPED POPPED POPPED "set(mpls(ttl=8)),12");
	lab_rules(&lab, "mpls,actions=" POP POP POP POP "2", NULL);
	lab_expect(&lab, packet, false, POPPED POPPED POPPED POPPED "12");
	lab_rules(&lab, "mpls,actions=" POP POP POP POP "2,dec_mpls_ttl,3", NULL);
	expect_of(&lab, packet, POPPED POPPED POPPED POPPED "12,", "", LABELLED,
		  "set(mpls(ttl=8)),13");
	lab_rules(&lab, "mpls,actions=" POP POP POP POP "resubmit(,1)",
		  "table=1,mpls,mpls_label=5,actions=3", NULL);
	expect_of(&lab, packet, POPPED POPPED POPPED POPPED, "", LABELLED, "13");
	lab_rules(&lab, "mpls,actions=" POP POP POP "copy_ttl_out,2", NULL);
	lab_expect(&lab, packet, false, POPPED POPPED POPPED "copy_ttl_out,12");
	lab_close(&lab);
}

/* A recirculation state is shared by translations that continue alike in rules with the same
 * cookie. */
static void
test_states(void **state)
{
	struct flow_key key;
	struct xlate_out a, b, c;
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	lab_rules(&lab, "mpls,mpls_label=5,cookie=1,actions=pop_mpls:0x0800,dec_ttl,2",
		  "mpls,mpls_label=6,cookie=1,actions=pop_mpls:0x0800,dec_ttl,2",
		  "mpls,mpls_label=7,cookie=2,actions=pop_mpls:0x0800,dec_ttl,2", NULL);
	key = lab_key(&lab, LABELLED);
	lab_translate_key(&lab, &key, &a);
	key.mpls[0] = htonl(6 << 12 | 0x109);
	lab_translate_key(&lab, &key, &b);
	key.mpls[0] = htonl(7 << 12 | 0x109);
	lab_translate_key(&lab, &key, &c);
	assert_int_equal(lab_recirc_of(&a), lab_recirc_of(&b));
	assert_int_not_equal(lab_recirc_of(&a), lab_recirc_of(&c));
	xlate_out_free(&a);
	xlate_out_free(&b);
	xlate_out_free(&c);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_continues),
		cmocka_unit_test(test_does_not),
		cmocka_unit_test(test_more_labels_than_are_parsed),
		cmocka_unit_test(test_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
