/* SPDX-License-Identifier: Apache-2.0 */
/* Tests against ovs-ofctl: it parses a flow and our print of it to the same flow, and flows it
 * refuses are refused. Skipped if it is not installed. */
#include "lab.h"

#include <support/rng.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77
#define N_FLOWS 3000
#define TEXT_BYTES 1536

/* Matches, with the actions that each allows in addition to those allowed for any. */
static const struct {
	const char *match;
	const char *actions[8];
} kinds[] = {
	{"", {NULL}},
	{"in_port=3,dl_src=00:11:22:33:44:55", {NULL}},
	{"in_port=LOCAL,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00", {NULL}},
	{"dl_vlan=7",
	 {"pop_vlan", "set_field:4100->vlan_vid", "set_field:3->vlan_pcp", "mod_vlan_vid:9"}},
	{"ip,nw_src=10.0.0.0/8",
	 {"mod_nw_src:1.2.3.4", "mod_nw_dst:4.3.2.1", "mod_nw_tos:16", "set_field:1->nw_ecn",
	  "dec_ttl", "mod_nw_ttl:7", "move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]"}},
	{"ip,reg0=0x5/0xff,metadata=9",
	 {"set_field:10.1.0.0/16->ip_dst", "load:0x7f->NXM_OF_IP_SRC[24..31]",
	  "move:ip_dst[0..15]->reg2[16..31]", "mod_nw_ecn:2"}},
	{"ipv6,ipv6_dst=fe80::/10",
	 {"set_field:fe80::1->ipv6_src", "load:0x1->NXM_NX_IPV6_DST[0..63]", "dec_ttl",
	  "set_field:0x123->ipv6_label"}},
	{"mpls,mpls_label=5",
	 {"set_field:7->mpls_label", "set_field:3->mpls_tc", "dec_mpls_ttl", "push_mpls:0x8847",
	  "push:OXM_OF_MPLS_LABEL[]", "push_mpls:0x8848"}},
	{"conj_id=5", {"learn(table=9,NXM_OF_ETH_SRC[],output:NXM_NX_REG0[0..15])"}},
	{"tcp,in_port=1",
	 {"learn(table=3,hard_timeout=4,priority=9,eth_type=0x800,nw_proto=6,"
	  "NXM_OF_TCP_DST[]=NXM_OF_TCP_SRC[],load:NXM_OF_IP_SRC[]->NXM_NX_REG1[])",
	  "dec_ttl(1,2)", "multipath(symmetric_l4,3,hrw,8,0,NXM_NX_REG5[])", "push:NXM_OF_IP_SRC[]",
	  "learn(table=4,fin_idle_timeout=3,send_flow_rem,cookie=7,reg0=5,"
	  "NXM_OF_VLAN_TCI[0..11]=3,eth_dst=00:01:02:03:04:05)",
	  "clone(mod_tp_dst:5,output:3)", "set_field:3->nw_ttl"}},
	{"tcp,nw_dst=10.1.2.3,tp_dst=80",
	 {"mod_tp_src:1024", "mod_tp_dst:8080", "set_field:99->tcp_src",
	  "load:0x50->NXM_OF_TCP_DST[]", "move:tcp_src->tcp_dst"}},
	{"udp6,tp_src=53",
	 {"ct(commit,alg=tftp,table=7)", "mod_tp_dst:5353", "set_field:7->udp_src",
	  "mod_nw_ttl:1"}},
	{"sctp", {"mod_tp_src:7", "set_field:8->sctp_dst"}},
	{"arp,arp_op=1",
	 {"set_field:2->arp_op", "set_field:10.0.0.9->arp_spa", "load:0xa000001->NXM_OF_ARP_TPA[]",
	  "move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]"}},
	{"icmp,icmp_type=8", {"set_field:0->icmp_type", "set_field:1->icmp_code"}},
};

static const char *const any_actions[] = {
	"1",
	"output:2",
	"LOCAL",
	"in_port",
	"flood",
	"all",
	"normal",
	"controller",
	"controller:99",
	"controller(max_len=64)",
	"resubmit(,3)",
	"resubmit(2,3)",
	"resubmit:4",
	"resubmit(in_port,5)",
	"mod_dl_src:00:01:02:03:04:05",
	"set_field:00:01:02:03:04:05->eth_dst",
	"set_field:00:00:00:00:00:05/00:00:00:00:00:0f->eth_src",
	"load:0x5->NXM_NX_REG0[0..3]",
	"load:0x77->reg15",
	"load:1->OXM_OF_METADATA[63]",
	"set_field:0x5/0xff->reg1",
	"set_field:0x5->metadata",
	"set_field:0x1/0x3->pkt_mark",
	"set_field:0x9->tun_id",
	"move:NXM_OF_ETH_SRC[0..31]->NXM_NX_REG4[]",
	"move:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]",
	"exit",
	"note:01.02.03.04.05.06",
	"push:NXM_NX_REG2[3..20]",
	"pop:NXM_OF_ETH_SRC[]",
	"output:reg1",
	"output:NXM_NX_REG1[0..15]",
	"clone(output:1,clone(flood),exit)",
	"controller(reason=no_match,id=3)",
	"controller(userdata=01.02.03,max_len=77)",
	"multipath(eth_src,50,modulo_n,7,0,reg3)",
	"multipath(symmetric_l3l4,50,iter_hash,65536,9,NXM_NX_REG3[0..15])",
	"bundle(nw_dst,60,active_backup,ofport,members:1,2,LOCAL)",
	"bundle_load(eth_src,0,hrw,ofport,NXM_NX_REG0[16..31],slaves:4,8)",
	"sample(probability=12345,collector_set_id=1,obs_domain_id=2,obs_point_id=3)",
	"sample(probability=1,sampling_port=5,egress)",
	"learn()",
	"learn(delete_learned,limit=7,result_dst=NXM_NX_REG3[4],cookie=0x9,send_flow_rem,NXM_OF_"
	"ETH_DST[])",
	"learn(table=2,priority=7,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])",
	("learn(idle_timeout=5,load:0xffff->NXM_NX_REG3[4..19],"
	 "load:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[])"),
	"mod_vlan_vid:5",
	"mod_vlan_pcp:2",
	"push_vlan:0x8100",
	"set_queue:7",
	"set_queue(4294967295)",
	"pop_queue",
	"enqueue:3:9",
	"enqueue(LOCAL,9)",
	"ct_clear",
	"check_pkt_larger(1500)->NXM_NX_REG0[7]",
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *
action_random(struct rng *r, size_t kind)
{
	uint32_t n = 0;

	while (n < COUNT(kinds[kind].actions) && kinds[kind].actions[n])
		n++;
	if (n && rng_below(r, 2))
		return kinds[kind].actions[rng_below(r, n)];
	return any_actions[rng_below(r, COUNT(any_actions))];
}

static void
flow_random(struct rng *r, char *out)
{
	size_t kind = rng_below(r, COUNT(kinds));
	uint32_t n = rng_below(r, 6);
	unsigned int n_tags = strstr(kinds[kind].match, "dl_vlan") ? 1 : 0;
	char *p = out, *end = out + TEXT_BYTES;

	p += snprintf(p, (size_t)(end - p), "table=%u,priority=%u,%s%sactions=", rng_below(r, 3),
		      rng_below(r, 3) ? rng_below(r, 65536) : 32768, kinds[kind].match,
		      *kinds[kind].match ? "," : "");
	for (uint32_t i = 0; i < n; i++) {
		const char *a = action_random(r, kind);

		if (!strcmp(a, "pop_vlan"))
			n = i + 1; /* the following actions may need the tag */
		if (strstr(a, "push_vlan") && n_tags++ == 2)
			break; /* both refuse it; see test_refused_by_both() */
		if (strstr(a, "mod_vlan") && !n_tags)
			n_tags = 1;
		p += snprintf(p, (size_t)(end - p), "%s,", a);
	}
	if (!rng_below(r, 4))
		p += snprintf(p, (size_t)(end - p), "write_metadata:0x6/0xf,");
	if (!rng_below(r, 4))
		p += snprintf(p, (size_t)(end - p), "goto_table:%u", 3 + rng_below(r, 200));
}

static int
print_rule(const struct xlate_rule_view *rule, void *aux)
{
	xlate_rule_print(NULL, rule, false, 0, aux);
	return 0;
}

/* Writes our print of a flow. */
static void
print_ours(struct lab *lab, const char *text, FILE *out)
{
	lab_mod(lab, XLATE_DELETE, "");
	lab_mod(lab, XLATE_ADD, text);
	assert_int_equal(xlate_rule_each(lab->br, NULL, print_rule, out), 0);
	fputc('\n', out);
}

static FILE *
file_open(char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	return fdopen(fd, "w");
}

static FILE *
ofctl_open(const char *path)
{
	char command[128];

	snprintf(command, sizeof command, "ovs-ofctl -O OpenFlow13 parse-flows %s 2>&1", path);
	return popen(command, "r");
}

/* Reads the next flow of the answer, without the message's number. */
static bool
ofctl_next(FILE *answer, char *line)
{
	char *start;

	while (fgets(line, TEXT_BYTES * 2, answer)) {
		if (strstr(line, "ovs-ofctl:") || strstr(line, "error"))
			fail_msg("%s", line);
		start = strstr(line, " ADD ");
		if (start) {
			memmove(line, start, strlen(start) + 1);
			return true;
		}
	}
	return false;
}

/* Flows, and our prints of them. */
struct pair {
	char theirs_path[24], ours_path[24];
	FILE *theirs, *ours;
	struct lab lab;
	int n;
};

static void
pair_open(struct pair *p)
{
	*p = (struct pair){.theirs_path = "/tmp/rule-a-XXXXXX", .ours_path = "/tmp/rule-b-XXXXXX"};
	p->theirs = file_open(p->theirs_path);
	p->ours = file_open(p->ours_path);
	lab_open(&p->lab, 0, 0);
}

static void
pair_add(struct pair *p, const char *text)
{
	fprintf(p->theirs, "%s\n", text);
	print_ours(&p->lab, text, p->ours);
	p->n++;
}

static void
pair_check(struct pair *p)
{
	char a[TEXT_BYTES * 2], b[TEXT_BYTES * 2];
	int n = 0;

	lab_close(&p->lab);
	fclose(p->theirs);
	fclose(p->ours);
	p->theirs = ofctl_open(p->theirs_path);
	p->ours = ofctl_open(p->ours_path);
	while (ofctl_next(p->theirs, a)) {
		assert_true(ofctl_next(p->ours, b));
		assert_string_equal(a, b);
		n++;
	}
	assert_int_equal(n, p->n);
	pclose(p->theirs);
	pclose(p->ours);
	unlink(p->theirs_path);
	unlink(p->ours_path);
}

static void
test_same_meaning(void **state)
{
	struct rng rng = {.state = 7};
	char text[TEXT_BYTES];
	struct pair p;

	(void)state;
	pair_open(&p);
	for (int i = 0; i < N_FLOWS; i++) {
		flow_random(&rng, text);
		pair_add(&p, text);
	}
	pair_check(&p);
}

/* Each field by each of its names, with the masks it accepts. */
static const char *const fields[] = {
	"in_port=1",
	"in_port=LOCAL",
	"dl_src=00:01:02:03:04:05",
	"eth_src=00:01:02:03:04:05/ff:ff:ff:00:00:00",
	"dl_dst=00:01:02:03:04:05",
	"eth_dst=01:00:00:00:00:00/01:00:00:00:00:00",
	"dl_type=0x88cc",
	"eth_type=0x800",
	"vlan_tci=0x1005",
	"vlan_tci=0x1000/0x1000",
	"vlan_tci=0",
	"dl_vlan=5",
	"dl_vlan=0xffff",
	"vlan_vid=0x1005",
	"vlan_vid=0x1000/0x1000",
	"vlan_vid=0",
	"dl_vlan=5,dl_vlan_pcp=3",
	"vlan_vid=0x1005,vlan_pcp=3",
	"dl_vlan_pcp=3",
	"mpls,mpls_label=5",
	"mpls,mpls_tc=3",
	"mpls,mpls_bos=1",
	"mplsm,mpls_ttl=64",
	"ip,nw_src=10.0.0.0/8",
	"ip,ip_src=10.0.0.1",
	"ip,nw_dst=10.0.0.1/255.0.255.0",
	"ip,ip_dst=10.0.0.1",
	"ipv6,ipv6_src=fe80::/10",
	"ipv6,ipv6_dst=::1/::ff",
	"ipv6,ipv6_label=0x12345",
	"ipv6,ipv6_label=5/0xff",
	"ip,nw_proto=47",
	"ipv6,ip_proto=47",
	"ip,nw_tos=4",
	"ipv6,ip_dscp=1",
	"ip,nw_ecn=1",
	"ip,ip_ecn=3",
	"ipv6,nw_ttl=64",
	"ip,nw_frag=no",
	"ip,nw_frag=yes",
	"ip,nw_frag=first",
	"ipv6,ip_frag=later",
	"ip,nw_frag=not_later",
	"arp,arp_op=2",
	"rarp,arp_op=3",
	"arp,arp_spa=10.0.0.1",
	"arp,arp_tpa=10.0.0.0/24",
	"arp,nw_src=10.0.0.0/24",
	"arp,arp_sha=00:01:02:03:04:05",
	"arp,arp_tha=00:01:02:03:04:05/ff:ff:ff:ff:00:00",
	"tcp,tcp_src=80",
	"tcp6,tcp_dst=0x80/0xfff0",
	"tcp,tp_src=80/0xfff0",
	"tcp,tp_dst=80",
	"tcp,tcp_flags=+syn-ack",
	"tcp,tcp_flags=0x12/0x17",
	"tcp,tcp_flags=fin",
	"udp,udp_src=53",
	"udp6,udp_dst=53/0xffff",
	"sctp,sctp_src=7",
	"sctp6,sctp_dst=7/7",
	"icmp,icmp_type=8",
	"icmp,icmp_type=8,icmp_code=0",
	"icmp6,icmpv6_type=1",
	"icmp6,icmp_type=1,icmp_code=2",
	"icmp6,icmpv6_type=3,icmpv6_code=1",
	"icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::/64",
	"icmp6,icmp_type=135,icmp_code=0,nd_sll=00:01:02:03:04:05",
	"icmp6,icmp_type=136,icmp_code=0,nd_tll=00:01:02:03:04:05/ff:00:00:00:00:00",
	"tun_id=5",
	"tunnel_id=0x100/0xf00",
	"tun_src=1.2.3.4",
	"tun_dst=1.2.0.0/16",
	"tun_ipv6_src=fe80::1",
	"tun_ipv6_dst=fe80::/16",
	"tun_flags=+oam",
	"tun_flags=-oam",
	"tun_flags=oam",
	"pkt_mark=5",
	"pkt_mark=0x5/0xf",
	"ct_state=+trk+est-inv",
	"ct_state=0x21/0x21",
	"ct_state=trk|new",
	"ct_zone=5",
	"ct_mark=5",
	"ct_mark=0x5/0xff",
	"ct_label=0x123456789abcdef0123456789",
	"ct_label=0x10000000000000000/0x10000000000000000",
	"ct_state=+est,ip,ct_nw_src=1.2.3.4,ct_nw_dst=10.0.0.0/8",
	"ct_state=+trk-inv,ip,ct_nw_proto=6,ct_tp_src=5,ct_tp_dst=0x50/0xf0",
	"ct_state=+new,ipv6,ct_ipv6_src=fd00::1,ct_ipv6_dst=fd00::/16,ct_nw_proto=17",
	"recirc_id=5",
	"dp_hash=5",
	"dp_hash=0x5/0xf",
	"conj_id=7",
	"metadata=5",
	"metadata=0x5/0xff",
	"actset_output=5",
	"actset_output=LOCAL",
	"actset_output=UNSET",
	"reg0=5",
	"reg15=0x5/0xff",
	"xreg0=5",
	"xreg7=0x100000000/0x300000000",
	"xxreg0=5",
	"xxreg3=0x1000000000000000000000000/0xf000000000000000000000000",
	"reg1=7,xxreg1=6,xreg4=8/9",
};

/* Actions that name fields by their long names, and registers that are parts of others. */
static const char *const field_actions[] = {
	"load:1->xreg0[]",
	"load:0x123456789a->OXM_OF_PKT_REG7[3..50]",
	"load:1->NXM_NX_XXREG0[64..127]",
	"set_field:1->xreg3",
	"set_field:0x1/0x3->xreg3",
	"set_field:0x10000000000000000->xxreg1",
	"set_field:0x10000000000000000/0x10000000000000000->xxreg1",
	"move:xxreg0[]->xxreg1[]",
	"move:xreg0[0..31]->xreg1[32..63]",
	"move:xxreg0[20..80]->xxreg1[0..60]",
	"push:xxreg0[]",
	"pop:OXM_OF_PKT_REG2[1..40]",
	"output:xreg0[0..15]",
	"move:actset_output[]->reg0[]",
	"move:OXM_OF_ACTSET_OUTPUT[0..15]->reg0[0..15]",
	"move:NXOXM_ET_DP_HASH[]->reg0[]",
	"move:NXM_NX_CONJ_ID[]->reg0[]",
	"move:NXM_NX_CT_LABEL[]->xxreg2[]",
	"move:NXM_NX_CT_STATE[]->reg0[]",
	"move:tun_ipv6_src[]->xxreg0[]",
	"load:5->NXM_NX_PKT_MARK[0..7]",
	"set_field:1.2.3.4->tun_dst",
	"set_field:fe80::1->tun_ipv6_src",
	"load:1->NXM_NX_TUN_ID[63]",
	"learn(table=3,NXM_NX_REG1[]=NXM_NX_REG0[],load:OXM_OF_PKT_REG0[]->OXM_OF_PKT_REG1[])",
};

static void
test_fields(void **state)
{
	char text[TEXT_BYTES];
	struct pair p;

	(void)state;
	pair_open(&p);
	for (size_t i = 0; i < COUNT(fields); i++) {
		snprintf(text, sizeof text, "%s,actions=drop", fields[i]);
		pair_add(&p, text);
	}
	for (size_t i = 0; i < COUNT(field_actions); i++) {
		snprintf(text, sizeof text, "actions=%s", field_actions[i]);
		pair_add(&p, text);
	}
	pair_check(&p);
}

static const char *const refused[] = {
	"actions=set_field:10.0.0.1->ip_dst",
	"actions=push_vlan:0x1234",
	"actions=push_vlan:0x8100,push_vlan:0x8100,push_vlan:0x8100",
	"dl_vlan=7,actions=push_vlan:0x8100,push_vlan:0x8100",
	"actions=drop,output:1",
	"actions=goto_table:3,output:1",
	"table=5,actions=goto_table:3",
	"actions=mod_vlan_vid:4096",
	"actions=mod_vlan_pcp:8",
	"cookie=0x5/0x1,actions=drop",
	"out_port=5,actions=drop",
	"priority=70000,actions=drop",
	"table=all,actions=drop",
	"idle_timeout=70000,actions=drop",
	"priority=1",
	"foo=5,actions=drop",
	"actions=foo:5",
	"actions=load:0x123->reg0[0..3]",
	"actions=set_field:0x800->eth_type",
	"tcp,actions=set_field:5->tcp_flags",
	"actions=set_field:5->vlan_pcp",
	"ip,actions=set_field:5->ip_ecn",
	"actions=output:65535",
	"actions=output:70000",
	"actions=output:foo",
	"actions=NONE",
	"actions=move:reg0[0..3]->reg1[0..4]",
	"actions=resubmit(,)",
	"ip,actions=mod_nw_tos:7",
	"actions=note:0",
	"actions=clone(goto_table:5)",
	"actions=conjunction(1,1/1)",
	"actions=conjunction(1,3/2)",
	"actions=conjunction(1,1/2),output:1",
	"actions=multipath(eth_src,1,hrw,5,0,reg0[0..1])",
	"actions=bundle(eth_src,0,modulo_n,ofport,members:1)",
	"actions=learn(NXM_OF_IP_SRC[])",
	"actions=learn(table=255)",
	"actions=sample(probability=0)",
	"actions=controller(reason=nosuch)",
	"actions=push:NXM_OF_IP_SRC[]",
	"actions=pop:NXM_OF_ETH_TYPE[]",
	"actions=ct",
	"arp,actions=ct(commit)",
	"ip,actions=ct(force)",
	"ip,actions=ct(commit,alg=ftp)",
	"tcp,actions=ct(commit,alg=sip)",
	"ip,ct_state=+inv+trk,actions=ct(commit)",
	"ip,actions=ct(commit,exec(set_field:1->reg0))",
	"ip,actions=ct(commit,exec(output:1))",
	"ip,actions=ct(commit,nat(src=1.2.3.4,dst=1.2.3.4))",
	"ip,actions=ct(commit,nat(src=1.2.3.4-1.2.3.3))",
	"ip,actions=ct(commit,nat(random))",
	"ipv6,actions=ct(commit,nat(src=1.2.3.4))",
	"ip,actions=nat(src=1.2.3.4)",
	"ip,actions=set_field:1->ct_mark",
	"actions=check_pkt_larger(1500)->reg0",
	"actions=enqueue:1",
	"ip,nw_ttl=1/1,actions=drop",
	"ct_zone=1/1,actions=drop",
	"ip,nw_tos=4/4,actions=drop",
	"ip,nw_ecn=1/1,actions=drop",
	"mpls,mpls_label=1/1,actions=drop",
	"mpls,mpls_tc=1/1,actions=drop",
	"dl_vlan=1/1,actions=drop",
	"vlan_pcp=1/1,actions=drop",
	"ip,nw_proto=6/6,actions=drop",
	"dl_type=1/1,actions=drop",
	"in_port=1/1,actions=drop",
	"arp,arp_op=1/1,actions=drop",
	"icmp,icmp_type=1/1,actions=drop",
	"conj_id=1/1,actions=drop",
	"recirc_id=1/1,actions=drop",
	"actset_output=1/1,actions=drop",
	"actset_output=foo,actions=drop",
	"tun_ttl=1/1,actions=drop",
	"tun_flags=foo,actions=drop",
	"xreg8=1,actions=drop",
	"xxreg4=1,actions=drop",
	"pbb_isid=1,actions=drop",
	"ipv6,ipv6_exthdr=1,actions=drop",
	"actions=set_field:1->conj_id",
	"actions=set_field:1->actset_output",
	"actions=load:1->xreg0[60..64]",
	"actions=move:OXM_OF_MPLS_TTL[]->reg0[0..7]",
};

static void
test_refused_by_both(void **state)
{
	struct xlate_flow_mod fm;
	struct lab lab;

	(void)state;
	lab_open(&lab, 0, 0);
	for (size_t i = 0; i < COUNT(refused); i++) {
		char command[TEXT_BYTES];

		snprintf(command, sizeof command, "ovs-ofctl parse-flow '%s' >/dev/null 2>&1",
			 refused[i]);
		if (!system(command))
			fail_msg("ovs-ofctl takes %s", refused[i]);
		if (!xlate_flow_mod_parse(lab.br, refused[i], XLATE_ADD, &fm, lab.err,
					  sizeof lab.err))
			fail_msg("we take %s", refused[i]);
	}
	lab_close(&lab);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_meaning),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_refused_by_both),
	};

	if (system("ovs-ofctl --version >/dev/null 2>&1"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
