/* SPDX-License-Identifier: Apache-2.0 */
/* The text of rules: accepted input, printed form, and errors. */
#include "lab.h"

#include <stdio.h>
#include <string.h>

/* A flow and its printed form; NULL: the same text. */
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
	{"actions=output:controller,output=CONTROLLER",
	 "actions=CONTROLLER:65535,CONTROLLER:65535"},
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
	{"ipv6 actions=load:0xfe800000000000000000000000000001->NXM_NX_IPV6_DST[]", NULL},
	{"actions=load:0x1ffffffffffffffff->NXM_NX_XXREG0[10..80]", NULL},
	/* ovs-ofctl prints such masks in OpenFlow 1.5, and does not accept them. */
	{"ip actions=set_field:1/1->nw_ttl,set_field:0x1/0x3->ip_dscp",
	 "ip actions=set_field:0x1/0x1->nw_ttl,set_field:0x1/0x3->ip_dscp"},
	{"dl_vlan=1 actions=set_field:1/1->vlan_pcp",
	 "dl_vlan=1 actions=set_field:0x1/0x1->vlan_pcp"},
	{"actions=load:-1->OXM_OF_METADATA[],set_tunnel:-1",
	 "actions=load:0xffffffffffffffff->OXM_OF_METADATA[],set_tunnel:0xffffffffffffffff"},
	{"metadata=-1,actions=load:010->reg0,load:0x10->reg1,set_field:010->reg2",
	 "metadata=0xffffffffffffffff "
	 "actions=load:0x8->NXM_NX_REG0[],load:0x10->NXM_NX_REG1[],set_field:0x8->reg2"},
	{"table=010,in_port=010,tcp,tp_dst=010,actions=resubmit(010,011),output:012",
	 "table=10, tcp,in_port=10,tp_dst=8 actions=resubmit(10,11),output:12"},
	{"in_port=\"p1\",actions=output:\"p2\",\"p1\",resubmit(\"p2\",3),enqueue(\"p1\",3)",
	 "in_port=1 actions=output:2,output:1,resubmit(2,3),enqueue:1:3"},
	{"actions=bundle(eth_src,0,hrw,ofport,members:\"p1\",p2),clone(\"p1\")",
	 "actions=bundle(eth_src,0,hrw,ofport,members:1,2),clone(output:1)"},
	{"actions=learn(in_port=\"p2\",load:5->reg0[]),set_field:\"p1\"->in_port",
	 "actions=learn(table=1,in_port=2,load:0x5->NXM_NX_REG0[]),set_field:1->in_port"},
	{"ip actions=set_vlan_vid:5,set_vlan_pcp:3,set_nw_ttl:9,set_tunnel64:7,output_reg:reg0",
	 "ip actions=mod_vlan_vid:5,mod_vlan_pcp:3,mod_nw_ttl:9,set_tunnel:0x7,"
	 "output:NXM_NX_REG0[]"},
	{"reg0[0..3]=5,reg0[8]=1,NXM_NX_REG1[]=7,ip,NXM_OF_IP_SRC[24..31]=10,packet_type=(0,0),"
	 "actions=1",
	 "ip,reg0=0x105/0x10f,reg1=0x7,nw_src=10.0.0.0/8 actions=output:1"},
	{"in_port_oxm=2,in_port[]=2,actions=1", "in_port=2 actions=output:1"},
	{"ip actions=dec_ttl:5", "ip actions=dec_ttl(5)"},
	{"actions=conjunction(0x10, 1/2)", "actions=conjunction(16,1/2)"},
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
	{"ip actions=mod_tp_dst:5", NULL},
	{"arp actions=mod_nw_src:1.2.3.4,dec_ttl", NULL},
	{"actions=controller(reason=invalid_ttl,max_len=5,id=7,userdata=01.02)", NULL},
	{"actions=controller(userdata=0102)", "actions=controller(userdata=01.02)"},
	{"actions=exit,note:01.02.ff,note:", NULL},
	{"actions=push:reg0[0..3],pop:NXM_OF_ETH_DST[]",
	 "actions=push:NXM_NX_REG0[0..3],pop:NXM_OF_ETH_DST[]"},
	{"actions=output:reg3[4..19]", "actions=output:NXM_NX_REG3[4..19]"},
	{"ip actions=clone(dec_ttl(1,2),clone(output:2),output:p1),output:3",
	 "ip actions=clone(dec_ttl(1,2),clone(output:2),output:1),output:3"},
	{"ip actions=push_mpls:0x8847,set_mpls_label(5),dec_mpls_ttl,pop_mpls:0x0800", NULL},
	{"mpls actions=copy_ttl_in,copy_ttl_out", NULL},
	{"conj_id=7 actions=drop", NULL},
	{"actions=conjunction(7,1/2),note:01,conjunction(8,3/3)", NULL},
	{"tcp actions=fin_timeout(idle_timeout=3,hard_timeout=4)", NULL},
	{"actions=multipath(symmetric_l3l4+udp,50,iter_hash,65536,7,reg0)",
	 "actions=multipath(symmetric_l3l4+udp,50,iter_hash,65536,7,NXM_NX_REG0[])"},
	{"actions=bundle(nw_src, 1, hrw, ofport, slaves:[1,p2])",
	 "actions=bundle(nw_src,1,hrw,ofport,members:1,2)"},
	{"actions=bundle_load(eth_src,0,active_backup,ofport,NXM_NX_REG1[0..15],members:4)", NULL},
	{"actions=sample(probability=5,ingress)",
	 "actions=sample(probability=5,collector_set_id=0,obs_domain_id=0,obs_point_id=0,ingress)"},
	{"ip actions=ct(),ct_clear", NULL},
	{"ip actions=ct", "ip actions=ct()"},
	{"ip actions=ct(commit,force,table=7,zone=9)", NULL},
	{"ip actions=ct( zone=9 , table=7,commit )", "ip actions=ct(commit,table=7,zone=9)"},
	{"ip actions=ct(table=7,zone=reg0[4..19])",
	 "ip actions=ct(table=7,zone=NXM_NX_REG0[4..19])"},
	{"ip actions=ct(nat,table=1)", "ip actions=ct(table=1,nat)"},
	{"ip actions=ct(nat(),table=1)", "ip actions=ct(table=1,nat)"},
	{"ip actions=ct(commit,nat(src=10.0.0.1-10.0.0.9:80-90,random))", NULL},
	{"ip actions=ct(commit,nat(random,dst=10.0.0.1))",
	 "ip actions=ct(commit,nat(dst=10.0.0.1,random))"},
	{"ip actions=ct(commit,nat(src,persistent))", NULL},
	{"ipv6 actions=ct(commit,nat(dst=[fe80::1]-[fe80::9]:80))", NULL},
	{"ipv6 actions=ct(commit,nat(dst=fe80::1-fe80::9))", NULL},
	{"tcp actions=ct(commit,zone=3,nat(src=1.2.3.4),exec(set_field:0x5->ct_mark,"
	 "load:0x1->NXM_NX_CT_LABEL[0..3],move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]),alg=ftp)",
	 NULL},
	{"ip actions=ct(commit,exec(set_field:0x1->ct_mark,nat(src=1.2.3.4)))", NULL},
	{"ip actions=ct(commit,exec(),table=3)", "ip actions=ct(commit,table=3)"},
	{"udp actions=clone(ct(commit,alg=tftp))", NULL},
	{"ip actions=write_actions(set_queue:3,ct(table=3),ct_clear)", NULL},
	{"actions=set_queue:7,enqueue:p2:3,enqueue(IN_PORT,4),pop_queue",
	 "actions=set_queue:7,enqueue:2:3,enqueue:IN_PORT:4,pop_queue"},
	{"actions=output(port=p2,max_len=0x40),output(max_len=14,port=in_port),output(2)",
	 "actions=output(port=2,max_len=64),output(port=IN_PORT,max_len=14),output:2"},
	{"actions=check_pkt_larger(1500)->reg0[7],output:1",
	 "actions=check_pkt_larger(1500)->NXM_NX_REG0[7],output:1"},
	{"actions=learn(table=3,idle_timeout=4,fin_hard_timeout=5,priority=9,cookie=0x6,"
	 "NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->"
	 "NXM_NX_REG0[0..15],load:0x5->NXM_NX_REG1[],output:NXM_OF_IN_PORT[])",
	 "actions=learn(table=3,idle_timeout=4,fin_hard_timeout=5,priority=9,cookie=0x6,"
	 "NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->"
	 "NXM_NX_REG0[0..15],load:0x5->NXM_NX_REG1[],output:NXM_OF_IN_PORT[])"},
	{"tcp actions=learn(eth_type=2048,nw_proto=6,tcp_dst=tcp_src,eth_src=00:01:02:03:04:05)",
	 "tcp actions=learn(table=1,eth_type=0x0800,nw_proto=6,NXM_OF_TCP_DST[]=NXM_OF_TCP_SRC[],"
	 "eth_src=00:01:02:03:04:05)"},
	{"sctp actions=mod_tp_dst:5", NULL},
	{"cookie=0x5, idle_timeout=5, hard_timeout=6, send_flow_rem priority=1,arp actions=drop",
	 NULL},
	{"reg0=5,tcp,metadata=3,in_port=1,pkt_mark=1,reg2=1/0xf actions=drop",
	 "pkt_mark=0x1,tcp,reg0=0x5,reg2=0x1/0xf,metadata=0x3,in_port=1 actions=drop"},
	{"reg1=0x1 actions=drop", NULL},
	{"importance=7,no_byte_counts,no_packet_counts,tcp,actions=drop",
	 "no_packet_counts no_byte_counts importance=7, tcp actions=drop"},
	{" cookie=0x7, duration=3.1s, table=2, n_packets=5, n_bytes=9, idle_age=3, priority=3,ip "
	 "actions=drop",
	 "cookie=0x7, table=2, priority=3,ip actions=drop"},
};

/* A flow, and a part of the error. */
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
	{"out_group=5,actions=drop", "out_group"},
	{"importance=65536,actions=drop", "importance: \"65536\""},
	{"tp_dst=80,actions=drop", "tp_dst"},
	{"reg0=0x1ffffffff,actions=drop", "reg0"},
	{"in_port=nosuch,actions=drop", "in_port"},
	{"actions=foo:5", "\"foo\""},
	{"actions=output:p9", "\"p9\""},
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
	{"ipv6,actions=load:0x100000000000000000000000000000000->ipv6_dst", "at most 128 bits"},
	{"actions=load:0x10->reg0[4..7]", "at most 4 bits"},
	{"actions=load:-1->reg0", "at most 32 bits"},
	{"actions=load:08->reg0", "at most 32 bits"},
	{"actions=conjunction(4294967297,1/2)", "0..4294967295"},
	{"actions=conjunction(1,257/258)", "0..64"},
	{"actions=conjunction(1,1/2,3)", "conjunction(id,k/n)"},
	{"actions=output:\"p9\"", "is not a port"},
	{"actions=output:\"1\"", "is not a port"},
	{"actions=\"p1", "unknown"},
	{"reg0[0..3]=16,actions=1", "at most 4 bits"},
	{"reg0[0..3]=1,reg0[3]=1,actions=1", "contradicts"},
	{"nw_ttl[0..3]=1,actions=1", "requires an earlier item"},
	{"ip,nw_ttl[0..3]=1,actions=1", "takes no mask"},
	{"tcp_flags[0]=1,actions=1", "requires an earlier item"},
	{"vlan_vid[0..3]=1,actions=1", "vlan_tci"},
	{"packet_type=(1,0x800),actions=1", "(0,0)"},
	{"priority=-1,actions=1", "65535"},
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
	{"actions=dec_ttl(1,x)", "0..65535"},
	{"actions=controller(reason=nosuch)", "invalid_ttl"},
	{"actions=controller(userdata=0)", "userdata"},
	{"actions=controller(pause)", "not supported"},
	{"actions=controller(nosuch=1)", "max_len, reason, id or userdata"},
	{"actions=exit:5", "no argument"},
	{"actions=note:0x", "hexadecimal"},
	{"actions=push:reg0[30..40]", "reg0"},
	{"actions=pop:NXM_OF_ETH_TYPE[]", "read-only"},
	{"actions=push:NXM_OF_IP_SRC[]", "ip in the match"},
	{"actions=output:reg0[0..33]", "field[first..last]"},
	{"actions=output(port=1,max_len=13)", "14.."},
	{"actions=output(port=1,max_len=4294967296)", "0..4294967295"},
	{"actions=output(port=flood,max_len=100)", "in_port or local"},
	{"actions=output(port=zz,max_len=100)", "\"zz\""},
	{"actions=output(port=1,max_len=100,x=1)", "port or max_len"},
	{"actions=output(port=1)", "is not a port"},
	{"actions=write_actions(output(port=1,max_len=100))", "not accepted there"},
	{"actions=clone", "clone(actions)"},
	{"actions=clone(output:1", "not closed"},
	{"actions=clone(output:zz)", "\"zz\""},
	{"actions=clone(goto_table:3)", "goto_table"},
	{"actions=clone(conjunction(1,1/2))", "conjunction"},
	{"actions=push_mpls:0x800", "0x8847 or 0x8848"},
	{"actions=conjunction(1,1/1)", "n=2..64"},
	{"actions=conjunction(1,3/2)", "clause 3 of 2"},
	{"actions=conjunction(1)", "conjunction(id,k/n)"},
	{"actions=conjunction(1,1/2),output:1", "than note"},
	{"actions=learn(table=255)", "0..253"},
	{"actions=learn(nosuch=5)", "\"nosuch\""},
	{"actions=learn(reg0[0..3]=reg1[0..4])", "as many"},
	{"actions=learn(NXM_OF_IP_SRC[])", "ip in the match"},
	{"ip,actions=learn(NXM_OF_IP_SRC[])", "learned rule"},
	{"actions=learn(load:1)", "->"},
	{"actions=learn(load:5->NXM_OF_ETH_TYPE[])", "read-only"},
	{"actions=learn(limit=x)", "limit"},
	{"actions=learn(result_dst=NXM_NX_REG0[0..1])", "has 2 bits; expected 1"},
	{"actions=learn(result_dst=NXM_NX_CT_STATE[0])", "read-only"},
	{"actions=fin_timeout(timeout=3)", "idle_timeout or hard_timeout"},
	{"actions=multipath(nosuch,1,hrw,1,0,reg0[])", "symmetric_l4"},
	{"actions=multipath(eth_src,1,nosuch,1,0,reg0[])", "iter_hash"},
	{"actions=multipath(eth_src,1,hrw,0,0,reg0[])", "1..65536"},
	{"actions=multipath(eth_src,1,hrw,5,0,reg0[0..1])", "more than the 2 bits"},
	{"actions=bundle(eth_src,0,modulo_n,ofport,members:1)", "active_backup"},
	{"actions=bundle(eth_src,0,hrw,nosuch,members:1)", "ofport"},
	{"actions=bundle(eth_src,0,hrw,ofport,1,2)", "members:"},
	{"actions=bundle(eth_src,0,hrw,ofport,members:zz)", "\"zz\""},
	{"actions=sample(collector_set_id=1)", "probability"},
	{"actions=sample(probability=70000)", "0..65535"},
	{"actions=ct(commit)", "ip or ipv6 in the match"},
	{"arp,actions=ct", "ip or ipv6 in the match"},
	{"ip,actions=ct(force)", "force needs commit"},
	{"ip,actions=ct(commit=1)", "takes no value"},
	{"ip,actions=ct(nosuch)", "commit, force, table, zone, nat, exec or alg"},
	{"ip,actions=ct(table=254)", "0..253"},
	{"ip,actions=ct(zone=65536)", "ct: zone"},
	{"ip,actions=ct(zone=reg0)", "has 32 bits; expected 16"},
	{"ip,actions=ct(commit,alg=ftp)", "needs tcp"},
	{"tcp,actions=ct(commit,alg=tftp)", "needs udp"},
	{"tcp,actions=ct(commit,alg=sip)", "ftp, tftp"},
	{"ip,ct_state=+inv+trk,actions=ct(commit)", "+inv"},
	{"ip,actions=ct(exec(set_field:1->ct_mark))", "without commit"},
	{"ip,actions=ct(nat(src=1.2.3.4))", "without commit"},
	{"ip,actions=ct(commit,exec(set_field:1->reg0))", "exec(..) accepts nat"},
	{"ip,actions=ct(commit,exec(output:1))", "exec(..) accepts nat"},
	{"ip,actions=ct(commit,exec(ct))", "exec(..) accepts nat"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4,dst=1.2.3.4))", "src and dst"},
	{"ip,actions=ct(commit,nat(random))", "require src or dst"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4,random,hash))", "hash and random"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4-1.2.3.3))", "is not a range"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4:0))", "is not a range"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4:5-))", "is not a range"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4:5-4))", "is not a range"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4:65536))", "is not a range"},
	{"ip,actions=ct(commit,nat(src=1.2.3.4x))", "is not a range"},
	{"ip,actions=ct(commit,nat(nosuch))", "persistent, hash or random"},
	{"ip,actions=ct(commit,nat(src=fe80::1))", "needs ipv6"},
	{"ipv6,actions=ct(commit,nat(src=1.2.3.4))", "needs ip in"},
	{"ip,actions=nat(src=1.2.3.4)", "expected within ct"},
	{"ip,actions=set_field:1->ct_mark", "only within ct(commit,exec(..))"},
	{"ip,actions=move:NXM_NX_REG0[]->NXM_NX_CT_MARK[]", "only within ct(commit,exec(..))"},
	{"ip,actions=set_field:1->ct_state", "read-only"},
	{"actions=ct_clear(1)", "no argument"},
	{"actions=check_pkt_larger(1500)->reg0", "one bit"},
	{"actions=check_pkt_larger(1500)", "->"},
	{"actions=check_pkt_larger(70000)->reg0[0]", "0..65535"},
	{"actions=set_queue:4294967296", "0..4294967295"},
	{"actions=enqueue:1", "enqueue:port:queue"},
	{"actions=enqueue:flood:2", "is not a port"},
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
	check_command(&lab, XLATE_MODIFY, "cookie=5,cookie=6/1,tcp,actions=drop", NULL);
	check_command(&lab, XLATE_MODIFY, "cookie=5,cookie=6,tcp,actions=drop", "twice");
	check_command(&lab, XLATE_MODIFY, "cookie=5/1,cookie=6/1,tcp,actions=drop", "twice");
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
