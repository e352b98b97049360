/* SPDX-License-Identifier: Apache-2.0 */
/* The text of rules: what is read, how it is written, and what is refused with which words. */
#include "lab.h"

#include <stdio.h>
#include <string.h>

/* A flow, and how it is written; NULL: just so. */
static const struct {
	const char *text, *normal;
} accepted[] = {
	{"table=1, priority=100,tcp,in_port=1,tp_dst=80 actions=mod_vlan_vid:5,output:3", NULL},
	{"table=1,priority=100,tcp,in_port=1,tp_dst=80,actions=mod_vlan_vid:5,output:3",
	 "table=1, priority=100,tcp,in_port=1,tp_dst=80 actions=mod_vlan_vid:5,output:3"},
	{"priority=5 tcp tp_dst=80 actions=drop", "priority=5,tcp,tp_dst=80 actions=drop"},
	{"actions=", "actions=drop"},
	{"priority=0 actions=NORMAL", NULL},
	{"priority=32768,actions=normal", "actions=NORMAL"},
	{"in_port=p2,actions=p1,3,output:p2", "in_port=2 actions=output:1,output:3,output:2"},
	{"in_port=LOCAL actions=LOCAL", NULL},
	{"actions=in_port,flood,all,local", "actions=IN_PORT,FLOOD,ALL,LOCAL"},
	{"actions=controller", "actions=CONTROLLER:65535"},
	{"actions=CONTROLLER:128", NULL},
	{"actions=controller(max_len=12)", "actions=CONTROLLER:12"},
	{"actions=output:4294967291", "actions=FLOOD"},
	{"actions=goto_table:3", NULL},
	{"table=3, actions=write_metadata:0x5/0xf,goto_table:9", NULL},
	{"actions=resubmit(,2)", NULL},
	{"actions=resubmit(in_port,2)", "actions=resubmit(,2)"},
	{"actions=resubmit(1,2),resubmit:1", NULL},
	{"actions=resubmit(1)", "actions=resubmit:1"},
	{"actions=resubmit:IN_PORT", NULL},
	{"actions=load:0x5->NXM_NX_REG0[0..3],load:0x1->NXM_NX_REG3[7]", NULL},
	{"actions=load:5->reg0,load:0x7->OXM_OF_METADATA[]",
	 "actions=load:0x5->NXM_NX_REG0[],load:0x7->OXM_OF_METADATA[]"},
	{"ipv6 actions=load:0xfe80->NXM_NX_IPV6_DST[112..127]", NULL},
	{"actions=set_field:0x5/0xf->reg0", NULL},
	{"ip,actions=set_field:10.0.0.1->nw_dst", "ip actions=set_field:10.0.0.1->ip_dst"},
	{"ip,actions=set_field:10.0.0.1/8->ip_dst", "ip actions=set_field:10.0.0.0/8->ip_dst"},
	{"ipv6 actions=set_field:fe80::1->ipv6_dst", NULL},
	{"actions=set_field:00:11:22:33:44:55->eth_src", NULL},
	{"actions=push_vlan:0x8100,set_field:4097->vlan_vid,set_field:3->vlan_pcp", NULL},
	{"dl_vlan=5 actions=pop_vlan,output:1", NULL},
	{"actions=strip_vlan", "actions=pop_vlan"},
	{"actions=move:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]", NULL},
	{"actions=move:eth_src[0..7]->eth_dst[8..15]",
	 "actions=move:NXM_OF_ETH_SRC[0..7]->NXM_OF_ETH_DST[8..15]"},
	{"ip actions=mod_nw_src:1.2.3.4,mod_nw_tos:8,mod_nw_ecn:2,mod_nw_ttl:3,dec_ttl", NULL},
	{"actions=mod_nw_src:1.2.3.4,dec_ttl", NULL},
	{"actions=mod_dl_src:00:11:22:33:44:55,mod_dl_dst:00:11:22:33:44:56", NULL},
	{"tcp actions=mod_tp_src:4,mod_tp_dst:5", NULL},
	{"udp6 actions=mod_tp_dst:5", NULL},
	{"sctp actions=mod_tp_dst:5", NULL},
	{"cookie=0x5, idle_timeout=5, hard_timeout=6, send_flow_rem priority=1,arp actions=drop",
	 NULL},
	{"reg0=5,tcp,metadata=3,in_port=1,pkt_mark=1,reg2=1/0xf actions=drop",
	 "pkt_mark=0x1,tcp,reg0=0x5,reg2=0x1/0xf,metadata=0x3,in_port=1 actions=drop"},
	{"reg1=0x1 actions=drop", NULL},
	{" cookie=0x7, duration=3.1s, table=2, n_packets=5, n_bytes=9, idle_age=3, priority=3,ip "
	 "actions=drop",
	 "cookie=0x7, table=2, priority=3,ip actions=drop"},
};

/* A flow, and a part of what is said. */
static const struct {
	const char *text, *why;
} refused[] = {
	{"priority=1", "actions: are missing"},
	{"priority=70000,actions=drop", "priority: \"70000\""},
	{"priority=,actions=drop", "priority: \"\""},
	{"idle_timeout=x,actions=drop", "idle_timeout: \"x\""},
	{"table=254,actions=drop", "table: \"254\""},
	{"table=all,actions=drop", "table: \"all\""},
	{"foo=5,actions=drop", "\"foo\""},
	{"send_flow_rem=1,actions=drop", "send_flow_rem"},
	{"cookie=0x5/0x1,actions=drop", "cookie"},
	{"out_port=5,actions=drop", "out_port"},
	{"tp_dst=80,actions=drop", "tp_dst"},
	{"reg0=0x1ffffffff,actions=drop", "reg0"},
	{"in_port=nosuch,actions=drop", "in_port"},
	{"actions=foo:5", "\"foo\""},
	{"actions=group:5", "\"group\""},
	{"actions=set_queue:5", "\"set_queue\""},
	{"actions=ct(commit)", "\"ct\""},
	{"actions=learn(table=1)", "\"learn\""},
	{"actions=output:p9", "\"p9\""},
	{"actions=output:reg0[0..15]", "\"reg0[0..15]\""},
	{"actions=output:65535", "NONE"},
	{"actions=output:70000", "\"70000\""},
	{"actions=TABLE", "TABLE"},
	{"actions=drop,output:1", "drop"},
	{"actions=goto_table:3,output:1", "goto_table"},
	{"table=5,actions=goto_table:3", "tables 6..253"},
	{"actions=goto_table:254", "\"254\""},
	{"actions=resubmit(,)", "resubmit"},
	{"actions=resubmit(,2", "not closed"},
	{"actions=resubmit(,2,ct)", "\"2,ct\""},
	{"actions=resubmit:flood", "\"flood\""},
	{"actions=load:0x123->reg0[0..3]", "4 bits"},
	{"actions=load:1->reg0[30..40]", "reg0"},
	{"actions=load:1->reg0[3", "reg0[3"},
	{"actions=load:1", "->"},
	{"actions=load:1->nosuch", "\"nosuch\""},
	{"ipv6,actions=load:1->ipv6_dst", "128 bits"},
	{"actions=set_field:0x800->eth_type", "read-only"},
	{"actions=set_field:10.0.0.1->ip_dst", "ip in the match"},
	{"actions=set_field:zz->reg0", "reg0"},
	{"actions=set_field:5->vlan_pcp", "VLAN"},
	{"dl_vlan=5,actions=pop_vlan,set_field:5->vlan_pcp", "VLAN"},
	{"actions=move:reg0[0..3]->reg1[0..4]", "5"},
	{"actions=move:reg0[0..15]->NXM_OF_ETH_TYPE[]", "read-only"},
	{"actions=move:NXM_OF_IP_SRC[]->reg0", "ip in the match"},
	{"actions=push_vlan:0x1234", "0x8100 or 0x88a8"},
	{"actions=mod_vlan_vid:4096", "0..4095"},
	{"actions=mod_vlan_pcp:8", "0..7"},
	{"actions=mod_dl_src:1.2.3.4", "mod_dl_src"},
	{"actions=mod_dl_src:00:11:22:33:44:55/ff:ff:ff:00:00:00", "mask"},
	{"ip,actions=mod_nw_tos:7", "mod_nw_tos"},
	{"ip,actions=mod_tp_dst:5", "tcp, udp or sctp"},
	{"arp,actions=mod_nw_src:1.2.3.4", "ip in the match"},
	{"arp,actions=dec_ttl", "ip or ipv6"},
	{"actions=dec_ttl(1,2)", "dec_ttl"},
	{"actions=controller(max_len=12,reason=no_match)", "max_len"},
	{"actions=controller(userdata=00)", "userdata"},
	{"actions=output:1)", "expected"},
};

static int
print_rule(const struct xlate_rule_view *rule, void *aux)
{
	xlate_rule_print(NULL, rule, false, 0, aux);
	return 0;
}

static void
check_accepted(struct lab *lab, const char *text, const char *normal)
{
	char *printed;
	size_t n;
	FILE *out = open_memstream(&printed, &n);

	lab_mod(lab, XLATE_DELETE, "");
	lab_mod(lab, XLATE_ADD, text);
	assert_int_equal(xlate_rule_each(lab->br, NULL, print_rule, out), 0);
	fclose(out);
	assert_string_equal(printed, normal);
	free(printed);
}

static void
test_accepted(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
		const char *text = accepted[i].text;
		const char *normal = accepted[i].normal ? accepted[i].normal : text;

		check_accepted(&lab, text, normal);
		check_accepted(&lab, normal, normal);
	}
	lab_close(&lab);
}

static void
test_refused(void **state)
{
	struct lab lab;
	struct xlate_flow_mod fm;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		lab.err[0] = '\0';
		if (xlate_flow_mod_parse(lab.br, refused[i].text, XLATE_ADD, &fm, lab.err,
					 sizeof lab.err) != -EINVAL)
			fail_msg("%s: was accepted", refused[i].text);
		if (!strstr(lab.err, refused[i].why))
			fail_msg("%s: says \"%s\"", refused[i].text, lab.err);
	}
	lab_close(&lab);
}

static void
check_command(struct lab *lab, enum xlate_command command, const char *text, const char *why)
{
	struct xlate_flow_mod fm;
	int rc = xlate_flow_mod_parse(lab->br, text, command, &fm, lab->err, sizeof lab->err);

	assert_int_equal(rc, why ? -EINVAL : 0);
	if (why)
		assert_non_null(strstr(lab->err, why));
	else
		xlate_flow_mod_free(&fm);
}

static void
test_what_commands_take(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, 1, 0);
	check_command(&lab, XLATE_DELETE, "actions=drop", "actions");
	check_command(&lab, XLATE_DELETE, "priority=5", "strict");
	check_command(&lab, XLATE_DELETE, "cookie=5", "5/-1");
	check_command(&lab, XLATE_DELETE, "check_overlap", "check_overlap");
	check_command(&lab, XLATE_DELETE, "table=all,cookie=5/-1,out_port=p1,tcp", NULL);
	check_command(&lab, XLATE_DELETE_STRICT, "priority=5,tcp", NULL);
	check_command(&lab, XLATE_MODIFY, "cookie=5,tcp", "actions: are missing");
	check_command(&lab, XLATE_MODIFY, "cookie=5,cookie=6/1,tcp,actions=drop", "twice");
	check_command(&lab, XLATE_MODIFY, "cookie=5/0xf,tcp,actions=drop", NULL);
	lab_close(&lab);
}

static int
print_stats(const struct xlate_rule_view *rule, void *aux)
{
	xlate_rule_print(NULL, rule, true, rule->created_ns + 12345 * NS_PER_MS, aux);
	return 0;
}

static void
test_dump_form(void **state)
{
	struct lab lab;
	char *printed;
	size_t n;
	FILE *out = open_memstream(&printed, &n);

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "cookie=0x1f,idle_timeout=5,priority=100,tcp,in_port=1,actions=output:2",
		  NULL);
	assert_int_equal(xlate_rule_each(lab.br, NULL, print_stats, out), 0);
	fclose(out);
	assert_string_equal(printed,
			    " cookie=0x1f, duration=12.345s, table=0, n_packets=0, n_bytes=0, "
			    "idle_timeout=5, priority=100,tcp,in_port=1 actions=output:2");
	free(printed);
	lab_close(&lab);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_what_commands_take),
		cmocka_unit_test(test_dump_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
