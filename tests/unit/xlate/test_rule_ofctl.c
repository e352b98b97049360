/* SPDX-License-Identifier: Apache-2.0 */
/* Against ovs-ofctl: a flow and what we print of it mean the same to it, and what it refuses we refuse.
 * Skipped where it is not installed. */
#include "lab.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77
#define N_FLOWS 3000
#define TEXT_BYTES 1536

struct rng {
	uint64_t state;
};

static uint32_t
below(struct rng *r, uint32_t n)
{
	r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(r->state >> 33) % n;
}

/* Matches, and the actions that each allows beside those that any does. */
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
	if (n && below(r, 2))
		return kinds[kind].actions[below(r, n)];
	return any_actions[below(r, COUNT(any_actions))];
}

static void
flow_random(struct rng *r, char *out)
{
	size_t kind = below(r, COUNT(kinds));
	uint32_t n = below(r, 6);
	unsigned int n_tags = strstr(kinds[kind].match, "dl_vlan") ? 1 : 0;
	char *p = out, *end = out + TEXT_BYTES;

	p += snprintf(p, (size_t)(end - p), "table=%u,priority=%u,%s%sactions=", below(r, 3),
		      below(r, 3) ? below(r, 65536) : 32768, kinds[kind].match,
		      *kinds[kind].match ? "," : "");
	for (uint32_t i = 0; i < n; i++) {
		const char *a = action_random(r, kind);

		if (!strcmp(a, "pop_vlan"))
			n = i + 1; /* what follows may need the tag */
		if (strstr(a, "push_vlan") && n_tags++ == 2)
			break; /* refused by both; see test_refused_by_both() */
		if (strstr(a, "mod_vlan") && !n_tags)
			n_tags = 1;
		p += snprintf(p, (size_t)(end - p), "%s,", a);
	}
	if (!below(r, 4))
		p += snprintf(p, (size_t)(end - p), "write_metadata:0x6/0xf,");
	if (!below(r, 4))
		p += snprintf(p, (size_t)(end - p), "goto_table:%u", 3 + below(r, 200));
}

static int
print_rule(const struct xlate_rule_view *rule, void *aux)
{
	xlate_rule_print(NULL, rule, false, 0, aux);
	return 0;
}

/* What we print of a flow. */
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

/* The next flow of the answer, without the message's number. */
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

static void
test_same_meaning(void **state)
{
	char theirs_path[] = "/tmp/rule-a-XXXXXX", ours_path[] = "/tmp/rule-b-XXXXXX";
	char text[TEXT_BYTES], a[TEXT_BYTES * 2], b[TEXT_BYTES * 2];
	FILE *theirs = file_open(theirs_path), *ours = file_open(ours_path);
	struct rng rng = {.state = 7};
	struct lab lab;
	int n = 0;

	(void)state;
	lab_open(&lab, 0, 0);
	for (int i = 0; i < N_FLOWS; i++) {
		flow_random(&rng, text);
		fprintf(theirs, "%s\n", text);
		print_ours(&lab, text, ours);
	}
	lab_close(&lab);
	fclose(theirs);
	fclose(ours);
	theirs = ofctl_open(theirs_path);
	ours = ofctl_open(ours_path);
	while (ofctl_next(theirs, a)) {
		assert_true(ofctl_next(ours, b));
		assert_string_equal(a, b);
		n++;
	}
	assert_int_equal(n, N_FLOWS);
	pclose(theirs);
	pclose(ours);
	unlink(theirs_path);
	unlink(ours_path);
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
		cmocka_unit_test(test_refused_by_both),
	};

	if (system("ovs-ofctl --version >/dev/null 2>&1"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
