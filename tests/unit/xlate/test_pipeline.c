/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline: tables, actions, their bounds, and the bits of the mask. p1..p4 are 11..14. */
#include "lab.h"

#include <arpa/inet.h>

#define TCP                                                                                        \
	"in_port=1,tcp,dl_src=02:00:00:00:00:0a,dl_dst=02:00:00:00:00:0b,nw_src=10.0.0.1,"         \
	"nw_dst=10.0.0.2,nw_ttl=64,tp_src=1000,tp_dst=80"

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 4, 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static void
test_outputs(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "in_port=1,actions=output:2,output:1,output:9,in_port", NULL);
	lab_expect(lab, TCP, false, "12,11");
	lab_rules(lab, "actions=all", NULL);
	lab_expect(lab, TCP, false, "12,13,14");
	lab_rules(lab, "actions=flood", NULL);
	lab_expect(lab, TCP, false, "12,13,14");
	lab_rules(lab, "actions=drop", NULL);
	lab_expect(lab, TCP, false, "drop");
	lab_rules(lab, "actions=controller:128,output:3", NULL);
	lab_expect(lab, TCP, false, "userspace(reason=controller,max_len=128,cookie=0x1),13");
	lab_rules(lab,
		  "actions=output(port=2,max_len=60),mod_dl_dst:02:00:00:00:00:09,output:3,"
		  "output(port=1,max_len=60),output(port=in_port,max_len=61),output:2",
		  NULL);
	lab_expect(lab, TCP, false,
		   "trunc(60),12,set(eth(dst=02:00:00:00:00:09)),13,trunc(61),11,12");
	lab_rules(lab, NULL);
	lab_expect(lab, TCP, false, "drop");
}

static void
test_goto_and_resubmit(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "table=0,actions=resubmit(,3),resubmit(4,5),output:2",
		  "table=3,actions=goto_table:4", "table=4,in_port=1,actions=output:3",
		  "table=5,in_port=4,actions=in_port,output:1,resubmit(,4)", NULL);
	/* Port 4 applies to the lookup in table 5 only; in_port remains the port of the packet. */
	lab_expect(lab, TCP, false, "13,11,13,12");
}

/* In fragments, table lookups see ports of 0, which are known and not matched; actions see the
 * real ones. */
static void
test_fragments(void **state)
{
	static const char *const mode[] = {"12", "drop(reason=fragment)", "13"};
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "priority=2,tcp,tp_dst=0,actions=output:2", "tcp,tp_dst=80,actions=output:3",
		  NULL);
	for (enum xlate_fragments m = 0; m < XLATE_N_FRAGMENTS; m++) {
		assert_int_equal(xlate_fragments_set(lab->x, lab->br, m), 0);
		assert_int_equal(xlate_fragments(lab->br), m);
		lab_expect(lab, TCP, false, "13");
		lab_expect(lab, TCP ",nw_frag=first", false, mode[m]);
		lab_translate(lab, TCP ",nw_frag=first", false, &out);
		assert_int_equal(out.mask.tp_dst != 0, m == XLATE_FRAGMENTS_NX_MATCH);
		assert_int_equal(out.drop,
				 m == XLATE_FRAGMENTS_DROP ? FLOW_DROP_FRAGMENT : FLOW_NOT_DROPPED);
		assert_true(lab_current(lab, &out));
		assert_int_equal(xlate_fragments_set(lab->x, lab->br, (m + 1) % XLATE_N_FRAGMENTS),
				 0);
		assert_false(lab_current(lab, &out));
		xlate_out_free(&out);
	}
	assert_int_equal(xlate_fragments_set(lab->x, lab->br, XLATE_FRAGMENTS_NORMAL), 0);
	lab_rules(lab, "tcp,tp_dst=0,actions=move:NXM_OF_TCP_DST[]->NXM_OF_TCP_SRC[],output:2",
		  NULL);
	lab_expect(lab, TCP ",nw_frag=first", false, "set(tcp(src=80)),12");
}

/* Megaflows are distinguished from a deleted rule only until the sweep removes it. */
static void
test_deleted_rules_are_swept(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "priority=2,tcp,tp_dst=53,actions=output:3", "actions=output:2", NULL);
	lab_mod(lab, XLATE_DELETE, "tcp");
	rcu_drain();
	xlate_reclaim(lab->x);
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.mask.tp_dst, 0);
	assert_int_equal(out.mask.nw_proto, 0);
	xlate_out_free(&out);
}

/* A wide register is two or four others; the first is its upper part. */
static void
test_registers_within_registers(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab,
		  "actions=set_field:0x100000002->xreg1,"
		  "move:NXM_NX_XXREG0[0..63]->OXM_OF_PKT_REG7[],load:1->NXM_NX_XXREG2[64],"
		  "goto_table:1",
		  "table=1,reg2=1,reg3=2,reg14=1,reg15=2,reg9=1,reg8=0,"
		  "xxreg0=0x100000002,actions=output:2",
		  NULL);
	lab_expect(lab, TCP, false, "12");
}

/* Later tables match the output that the action set will have; it is removed with the set. */
static void
test_action_set_output(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=write_actions(output:2),goto_table:1",
		  "table=1,actset_output=2,actions=output:3", "table=1,priority=1,actions=output:4",
		  NULL);
	lab_expect(lab, TCP, false, "13,12");
	lab_rules(lab, "actions=goto_table:1", "table=1,actset_output=UNSET,actions=output:3",
		  "table=1,priority=1,actions=output:4", NULL);
	lab_expect(lab, TCP, false, "13");
	lab_rules(lab, "actions=write_actions(output:2),goto_table:1",
		  "table=1,actions=clear_actions,goto_table:2",
		  "table=2,actset_output=UNSET,actions=output:3",
		  "table=2,priority=1,actions=output:4", NULL);
	lab_expect(lab, TCP, false, "13");
	lab_rules(lab, "actions=clone(resubmit(,3)),write_actions(output:2),goto_table:1",
		  "table=1,actset_output=2,actions=move:actset_output[0..15]->reg0[0..15],"
		  "output:reg0[]",
		  "table=3,actions=write_actions(output:4)", NULL);
	lab_expect(lab, TCP, false, "14,12,12");
}

static void
test_writes_are_seen_by_later_tables(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(
		lab,
		"table=0,tcp,actions=load:7->NXM_NX_REG0[],set_field:10.9.9.9->ip_dst,goto_table:1",
		"table=1,reg0=7,ip,nw_dst=10.9.9.9,actions=output:2", NULL);
	lab_expect(lab, TCP, false, "set(ipv4(dst=10.9.9.9)),12");
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.mask.nw_dst, 0);
	assert_int_equal(out.mask.nw_src, 0);
	assert_int_equal(out.mask.tp_dst, 0);
	assert_int_equal(out.mask.nw_proto, 0xff);
	assert_int_equal(out.mask.nw_frag, 3);
	assert_int_equal(out.drop, FLOW_NOT_DROPPED);
	xlate_out_free(&out);
}

static void
test_partly_written_field_is_matched_in_the_rest(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "table=0,ip,actions=set_field:0.0.0.9/0.0.0.255->ip_dst,goto_table:1",
		  "table=1,ip,nw_dst=10.0.0.9,actions=output:2", NULL);
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.mask.nw_dst & htonl(0xff), 0);
	assert_int_not_equal(out.mask.nw_dst, 0);
	assert_int_equal(out.drop, FLOW_NOT_DROPPED);
	xlate_out_free(&out);
}

static void
test_outputs_see_the_packet_as_it_is_then(void **state)
{
	struct lab *lab = *state;

	lab_rules(
		lab,
		"tcp,actions=output:2,mod_tp_dst:81,output:3,mod_tp_dst:82,mod_tp_dst:81,output:4",
		NULL);
	lab_expect(lab, TCP, false, "12,set(tcp(dst=81)),13,14");
	/* A set to the value that the match requires is omitted; without such a match it is
	 * done. */
	lab_rules(lab, "tcp,tp_dst=80,actions=mod_tp_dst:80,output:2", NULL);
	lab_expect(lab, TCP, false, "12");
	lab_rules(lab, "tcp,actions=mod_tp_dst:80,output:2", NULL);
	lab_expect(lab, TCP, false, "set(tcp(dst=80)),12");
}

/* In an OpenFlow 1.0 rule that matches any packet, a set of a port applies to the packet's own
 * protocol. */
static void
test_ports_of_whichever_protocol(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=mod_tp_src:81,mod_tp_dst:82,output:2", NULL);
	lab_expect(lab, TCP, false, "set(tcp(src=81,dst=82)),12");
	lab_expect(lab, "in_port=1,udp6,tp_src=5,tp_dst=6", false, "set(udp(src=81,dst=82)),12");
	lab_expect(lab, "in_port=1,arp", false, "12");
}

static void
test_move(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "ip,actions=move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[],output:2", NULL);
	lab_expect(lab, TCP, false, "set(ipv4(dst=10.0.0.1)),12");
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.mask.nw_src, UINT32_MAX);
	assert_int_equal(out.mask.nw_dst, 0);
	xlate_out_free(&out);
}

static void
test_vlan_actions(void **state)
{
	struct lab *lab = *state;
	const char *tagged = TCP ",dl_vlan=5,dl_vlan_pcp=2";
	struct xlate_out out;

	lab_rules(lab,
		  "actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:2,pop_vlan,output:3",
		  NULL);
	lab_expect(lab, TCP, false, "push_vlan(vid=10,pcp=0),12,pop_vlan,13");
	lab_rules(lab, "actions=mod_vlan_vid:10,output:2", NULL);
	lab_expect(lab, TCP, false, "push_vlan(vid=10,pcp=0),12");
	lab_expect(lab, tagged, false, "set(vlan(vid=10)),12");
	lab_rules(lab, "actions=strip_vlan,output:2,mod_vlan_pcp:3,output:3", NULL);
	lab_expect(lab, tagged, false, "pop_vlan,12,push_vlan(vid=0,pcp=3),13");
	lab_translate(lab, tagged, false, &out);
	assert_int_equal(out.mask.vlan[0].tci, htons(FLOW_VLAN_CFI));
	assert_int_equal(out.mask.vlan[0].tpid, UINT16_MAX);
	assert_int_equal(out.mask.vlan[1].tci, htons(FLOW_VLAN_CFI));
	xlate_out_free(&out);
	lab_rules(lab, "actions=push_vlan:0x8100,push_vlan:0x8100,output:2", NULL);
	lab_expect(lab, TCP, false, "push_vlan(vid=0,pcp=0),push_vlan(vid=0,pcp=0),12");
	lab_expect(lab, tagged, false, "drop(reason=no-headroom)");
}

static void
test_dec_ttl(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "ip,actions=output:2,dec_ttl,output:3", "ipv6,actions=dec_ttl,output:3",
		  NULL);
	lab_expect(lab, TCP, false, "12,set(ipv4(ttl=63)),13");
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.mask.nw_ttl, 0xff);
	xlate_out_free(&out);
	lab_expect(lab, "in_port=1,ip,nw_ttl=1", false,
		   "12,userspace(reason=controller,cookie=0x1)");
	lab_expect(lab, "in_port=1,ipv6,nw_ttl=1", false,
		   "userspace(reason=controller,cookie=0x1)");
	lab_rules(lab, "actions=resubmit(,1),output:3", "table=1,ip,actions=dec_ttl", NULL);
	lab_expect(lab, "in_port=1,arp", false, "13");
}

/* ovs-actions(7): "processing the current set of actions then stops; if it was reached through
 * resubmit, remaining actions in outer levels resume". */
static void
test_expired_ttl_ends_its_list(void **state)
{
	static const char once[] = "userspace(reason=controller,cookie=0x1),13";
	static const char again[] = "userspace(reason=controller,cookie=0x2),13";
	struct lab *lab = *state;

	lab_rules(lab, "actions=resubmit(,1),output:3", "table=1,ip,actions=dec_ttl,output:2",
		  "table=1,mpls,actions=dec_mpls_ttl,output:2", NULL);
	lab_expect(lab, "in_port=1,ip,nw_ttl=0", false, once);
	lab_expect(lab, "in_port=1,mpls,mpls_ttl=1", false, once);
	lab_rules(lab, "actions=clone(dec_ttl,output:2),output:3", NULL);
	lab_expect(lab, "in_port=1,ip,nw_ttl=1", false, again);
	lab_rules(lab, "ip,actions=write_actions(output:3),goto_table:1",
		  "table=1,ip,actions=dec_ttl,output:2", NULL);
	lab_expect(lab, "in_port=1,ip,nw_ttl=1", false, once);
	lab_rules(lab, "ip,actions=write_actions(dec_ttl,output:3)", NULL);
	lab_expect(lab, "in_port=1,ip,nw_ttl=1", false, "userspace(reason=controller,cookie=0x2)");
}

#define SOLICITATION                                                                               \
	"in_port=1,icmp6,icmp_type=135,icmp_code=0,nd_target=fd00::1,nd_sll=02:00:00:00:00:01"
#define SET_SLL "set_field:02:00:00:00:00:09->nd_sll"

/* Sets that make a copy another ICMPv6 type are emitted before the fields of its type, and
 * undone before the next ones. */
static void
test_type_of_icmp6_precedes_its_fields(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab,
		  "icmp6,icmp_type=135,icmp_code=0,actions=clone(set_field:3->icmpv6_code,output:2)"
		  "," SET_SLL ",output:3",
		  NULL);
	lab_expect(lab, SOLICITATION, false,
		   "set(icmpv6(code=3)),12,set(icmpv6(code=0)),set(nd(sll=02:00:00:00:00:09)),13");
	lab_rules(lab,
		  "icmp6,icmp_type=135,icmp_code=0,actions=" SET_SLL
		  ",set_field:3->icmpv6_code,output:3",
		  NULL);
	lab_expect(lab, SOLICITATION, false,
		   "set(nd(sll=02:00:00:00:00:09)),set(icmpv6(code=3)),13");
}

static void
test_recursion_is_bounded(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=output:2,resubmit(,0)", NULL);
	lab_expect(lab, TCP, false, "drop(reason=recursion-too-deep)");
}

/* A tree of resubmits: depth 13 would have 8,192 leaves. */
static void
test_resubmits_are_bounded(void **state)
{
	struct lab *lab = *state;
	char text[80];

	lab_rules(lab, NULL);
	for (int i = 0; i < 12; i++) {
		snprintf(text, sizeof text, "table=%d,actions=resubmit(,%d),resubmit(,%d)", i,
			 i + 1, i + 1);
		lab_mod(lab, XLATE_ADD, text);
	}
	lab_mod(lab, XLATE_ADD, "table=12,actions=drop");
	lab_expect(lab, TCP, false, "drop(reason=too-many-resubmits)");
}

static void
test_actions_are_bounded(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;
	char text[80];

	lab_rules(lab, NULL);
	for (int i = 0; i < 11; i++) {
		snprintf(text, sizeof text, "table=%d,actions=resubmit(,%d),resubmit(,%d)", i,
			 i + 1, i + 1);
		lab_mod(lab, XLATE_ADD, text);
	}
	lab_mod(lab, XLATE_ADD, "table=11,actions=output:2,output:2");
	lab_translate(lab, TCP, false, &out);
	assert_int_equal(out.actions.n, FLOW_ACTIONS_MAX);
	assert_int_equal(out.drop, FLOW_NOT_DROPPED);
	xlate_out_free(&out);
	lab_mod(lab, XLATE_ADD, "table=11,actions=output:2,output:2,output:2");
	lab_expect(lab, TCP, false, "drop(reason=too-many-actions)");
}

static void
test_trace(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;
	char *text;
	size_t n;
	FILE *file = open_memstream(&text, &n);
	struct xlate_trace t = {.br = lab->br, .flow = TCP, .now_ns = LAB_NOW};

	lab_rules(lab, "table=0,priority=100,tcp,actions=set_field:1->reg0,resubmit(,1),output:9",
		  "table=1,ip,reg0=1,actions=dec_ttl,move:nw_src[0..7]->reg1[8..15],"
		  "load:3->reg1[0..3],push:reg1[],pop:metadata[0..31],normal",
		  NULL);
	t.text = file;
	assert_int_equal(xlate_trace(lab->x, &t, NULL, &out, lab->err, sizeof lab->err), 0);
	fclose(file);
	assert_ptr_equal(strstr(text, "Flow: tcp,in_port="), text);
	assert_non_null(
		strstr(text, "\n\nbridge(\"br0\")\n-------------\n 0. tcp, priority 100\n"));
	assert_non_null(
		strstr(text, "\n    resubmit(,1)\n         1. ip,reg0=0x1, priority 32768\n"));
	assert_non_null(strstr(text, "\n            dec_ttl\n             -> nw_ttl is now 63\n"));
	assert_non_null(strstr(text, "\n             -> reg1 is now 0x100\n"));
	assert_non_null(strstr(text, "\n             -> reg1 is now 0x103\n"));
	assert_non_null(strstr(text, "\n             -> metadata is now 0x103\n"));
	assert_null(strstr(text, "reg0 is now"));
	assert_non_null(strstr(text, "\n            NORMAL\n             -> no learned MAC for "
				     "destination, flooding\n"));
	assert_non_null(strstr(text, "\n     -> port 9 does not exist, not sent\n"));
	assert_non_null(strstr(text, "\n\nFinal flow: tcp,reg0=0x1,reg1=0x103,metadata=0x103,"));
	assert_non_null(strstr(text, "\nMegaflow: recirc_id=0,eth,tcp,in_port="));
	assert_non_null(strstr(text, "\nDatapath actions: set(ipv4(ttl=63)),p2,p3,p4\n"));
	free(text);
	xlate_out_free(&out);
}

static void
test_trace_refuses(void **state)
{
	struct lab *lab = *state;
	static const struct {
		const char *flow, *word;
	} bad[] = {
		{"in_port=77,ip", "in_port"},
		{"ip", "in_port"},
		{"in_port=1,frobnicate=3", "frobnicate"},
		{"in_port=1,tp_dst=80", "tp_dst"},
		{"in_port(11),eth(", "eth"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct xlate_trace t = {
			.br = lab->br, .flow = bad[i].flow, .now_ns = LAB_NOW, .text = stderr};

		lab->err[0] = '\0';
		assert_int_equal(xlate_trace(lab->x, &t, NULL, NULL, lab->err, sizeof lab->err),
				 -EINVAL);
		if (!strstr(lab->err, bad[i].word))
			fail_msg("%s: \"%s\"", bad[i].flow, lab->err);
	}
}

/* Standalone: table 0 acts as NORMAL, also when reached by resubmit; its flows stay. */
static void
test_standalone(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, "priority=65535,actions=drop", "table=1,actions=resubmit(,0)", NULL);
	lab_translate(lab, "in_port=1,ip", false, &out);
	assert_int_equal(xlate_standalone_set(lab->x, lab->br, true), 0);
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
	lab_translate(lab, "in_port=1,ip", false, &out);
	assert_int_equal(out.actions.n, 3);
	assert_int_equal(xlate_standalone_set(lab->x, lab->br, true), 0);
	assert_true(lab_current(lab, &out));
	assert_int_equal(xlate_standalone_set(lab->x, lab->br, false), 0);
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
	lab_expect(lab, "in_port=1,ip", false, "drop");
}

/* Without collectors, handlers get no samples, and the megaflow is offloaded. */
static void
test_samples_are_sent_to_no_port(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "arp,actions=sample(probability=65535,collector_set_id=1)",
		  "ip,actions=sample(probability=9,collector_set_id=1),output:2", NULL);
	lab_expect(lab, "in_port=1,arp", false, "drop");
	lab_expect(lab, "in_port=1,ip", false, "12");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_outputs),
		T(test_goto_and_resubmit),
		T(test_fragments),
		T(test_deleted_rules_are_swept),
		T(test_registers_within_registers),
		T(test_action_set_output),
		T(test_writes_are_seen_by_later_tables),
		T(test_partly_written_field_is_matched_in_the_rest),
		T(test_outputs_see_the_packet_as_it_is_then),
		T(test_ports_of_whichever_protocol),
		T(test_move),
		T(test_vlan_actions),
		T(test_dec_ttl),
		T(test_expired_ttl_ends_its_list),
		T(test_type_of_icmp6_precedes_its_fields),
		T(test_standalone),
		T(test_samples_are_sent_to_no_port),
		T(test_recursion_is_bounded),
		T(test_resubmits_are_bounded),
		T(test_actions_are_bounded),
		T(test_trace),
		T(test_trace_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
