/* SPDX-License-Identifier: Apache-2.0 */
/* ovs-ofctl as oracle: its encoding of a flow decodes to the same rule as the flow's text, and
 * ovs-ofctl prints our re-encoding like its own. */
#include "recorder.h"

#include <messages/codec.h>
#include <wire/wire.h>

#include <xlate/xlate.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIPPED 77

struct flow {
	uint8_t first; /* version */
	uint8_t last;  /* 0: all later versions */
	const char *text;
};

static const struct flow flows[] = {
	{1, 0, "priority=0,actions=drop"},
	{1, 0, "in_port=1,actions=output:2"},
	{1, 0,
	 "table=3,priority=7,idle_timeout=5,hard_timeout=9,cookie=0x123456789abcdef0,"
	 "send_flow_rem,ip,nw_src=10.0.0.0/8,nw_dst=1.2.3.4,actions=output:2,output:3"},
	{1, 0, "check_overlap,tcp,nw_tos=32,tp_src=80,tp_dst=443,actions=normal"},
	{1, 0, "udp,tp_src=0x1000/0xf000,actions=flood"},
	{1, 0, "sctp,sctp_dst=7,actions=all"},
	{1, 0, "icmp,icmp_type=8,icmp_code=0,actions=in_port"},
	{1, 0,
	 "arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=00:00:00:00:00:01,"
	 "arp_tha=00:00:00:00:00:02,actions=local"},
	{1, 0, "dl_src=00:11:22:33:44:55,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=2"},
	{1, 0, "dl_vlan=5,actions=2"},
	{1, 0, "dl_vlan=5,dl_vlan_pcp=3,actions=2"},
	{1, 0, "dl_vlan_pcp=3,actions=2"},
	{1, 1, "dl_vlan=0xffff,actions=2"},
	{4, 0, "vlan_tci=0x0000/0x1fff,actions=2"},
	{1, 0, "vlan_tci=0x1000/0x1000,actions=2"},
	{1, 0, "dl_type=0x88cc,actions=controller"},
	{1, 0, "ipv6,ipv6_src=2001:db8::/32,ipv6_dst=::1,ipv6_label=0x12345,actions=2"},
	{1, 0, "tcp6,tp_dst=80,actions=2"},
	{1, 0,
	 "icmp6,icmp_type=135,icmp_code=0,nd_target=fe80::1,nd_sll=00:00:00:00:00:01,actions=2"},
	{1, 0,
	 "icmp6,icmp_type=136,icmp_code=0,nd_target=fe80::1,nd_tll=00:00:00:00:00:01,actions=2"},
	{1, 0, "ip,nw_ttl=64,nw_ecn=1,nw_frag=no,actions=2"},
	{1, 0, "ip,nw_frag=later,actions=2"},
	{1, 0, "tcp,tcp_flags=+syn-ack,actions=2"},
	{1, 0, "mpls,mpls_label=100,mpls_tc=1,mpls_bos=1,actions=2"},
	{1, 0, "tun_id=0x1234,tun_src=1.1.1.1,tun_dst=2.2.2.0/24,actions=2"},
	{1, 0, "reg0=1,reg5=0x10/0xf0,reg15=7,metadata=0x99/0xff,actions=2"},
	{1, 0, "pkt_mark=1/1,ct_state=+trk-new,ct_zone=3,ct_mark=4/4,actions=2"},
	{1, 0, "actions=mod_dl_src:00:00:00:00:00:01,mod_dl_dst:00:00:00:00:00:02,2"},
	{1, 0, "ip,actions=mod_nw_src:1.2.3.4,mod_nw_dst:5.6.7.8,2"},
	{1, 0, "tcp,actions=mod_tp_src:1,mod_tp_dst:2,2"},
	{1, 0, "udp6,actions=mod_tp_src:1,mod_tp_dst:2,2"},
	{4, 0, "actions=push_vlan:0x8100,set_field:4101->vlan_vid,2"},
	{1, 0, "dl_vlan=5,actions=mod_vlan_vid:6,mod_vlan_pcp:2,2"},
	{4, 0, "dl_vlan=5,actions=pop_vlan,2"},
	{1, 0, "ip,actions=dec_ttl,2"},
	{1, 0, "ip,actions=dec_ttl(1,2),2"},
	{1, 0, "actions=load:0x5->NXM_NX_REG0[],load:0x3->NXM_NX_REG1[4..7],2"},
	{1, 0, "actions=load:0x7->NXM_OF_VLAN_TCI[0..11],2"},
	{1, 0, "actions=set_field:0x10/0xff->reg3,2"},
	{1, 0, "actions=set_field:7->tun_id,set_tunnel:9,set_tunnel:0x123456789,2"},
	{1, 0,
	 "actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],move:NXM_NX_REG0[0..7]->NXM_NX_REG1[8."
	 ".15]"},
	{1, 0, "actions=resubmit:2,resubmit(,5),resubmit(3,6)"},
	{1, 0, "actions=controller:128"},
	{1, 0, "actions=controller(max_len=64,id=3,reason=invalid_ttl)"},
	{1, 0, "actions=controller(userdata=01.02.03.04.05)"},
	{1, 0, "actions=controller(max_len=64,id=3,reason=no_match,userdata=01.02)"},
	{1, 0, "arp,actions=load:0x2->NXM_OF_ARP_OP[],output:1"},
	{1, 0, "conj_id=7,ip,actions=output:1"},
	{1, 0, "actions=note:01.02.03.04.05.06"},
	{1, 0, "actions=push:NXM_NX_REG0[],pop:NXM_NX_REG1[]"},
	{1, 0, "actions=output:NXM_NX_REG0[0..15]"},
	{1, 0, "actions=output(port=2,max_len=100),output(port=in_port,max_len=14)"},
	{5, 0, "actions=output(port=3,max_len=4294967295)"},
	{1, 0, "actions=clone(load:0x1->NXM_NX_REG0[],2),3"},
	{1, 0, "actions=exit"},
	{1, 0, "actions=multipath(symmetric_l4,50,modulo_n,4,0,NXM_NX_REG0[0..1])"},
	{1, 0, "actions=bundle(eth_src,0,hrw,ofport,slaves:1,2,3)"},
	{1, 0, "actions=bundle_load(symmetric_l4,0,active_backup,ofport,NXM_NX_REG0[],slaves:1,2)"},
	{1, 0, "tcp,actions=fin_timeout(idle_timeout=3,hard_timeout=4),2"},
	{1, 0,
	 "actions=learn(table=1,hard_timeout=10,priority=5,cookie=7,NXM_OF_VLAN_TCI[0..11],"
	 "NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],"
	 "output:NXM_OF_IN_PORT[])"},
	{1, 0, "actions=conjunction(7,1/2),conjunction(8,2/3)"},
	{1, 0, "actions=sample(probability=100,collector_set_id=1,obs_domain_id=2,obs_point_id=3)"},
	{1, 0, "ip,actions=ct(),ct_clear,2"},
	{1, 0, "ip,actions=ct(commit,force,table=7,zone=9)"},
	{1, 0, "ipv6,actions=ct(table=7,zone=NXM_NX_REG3[4..19])"},
	{1, 0, "ip,actions=ct(nat,table=1)"},
	{1, 0, "ip,actions=ct(commit,nat(src=10.0.0.1))"},
	{1, 0, "ip,actions=ct(commit,nat(dst=10.0.0.1-10.0.0.9:80-90,random))"},
	{1, 0, "ip,actions=ct(commit,nat(src=10.0.0.1:80,persistent,hash))"},
	{1, 0, "ip,actions=ct(commit,nat(src,random))"},
	{1, 0, "ipv6,actions=ct(commit,nat(dst=[fe80::1]-[fe80::9]:1-65535,hash))"},
	{1, 0, "ipv6,actions=ct(commit,nat(src=fe80::1-fe80::9))"},
	{1, 0,
	 "ip,actions=ct(commit,zone=5,nat(src=1.2.3.4),exec(load:0x5->NXM_NX_CT_MARK[0..7],"
	 "load:0x1->NXM_NX_CT_LABEL[64..100],move:NXM_NX_REG0[]->NXM_NX_CT_LABEL[0..31]))"},
	{1, 0,
	 "ip,actions=ct(commit,exec(set_field:0x5->ct_mark,set_field:0x1/0x3->ct_label,"
	 "set_field:0x123456789abcdef00000000000000001->ct_label))"},
	{1, 0, "tcp,actions=ct(commit,alg=ftp)"},
	{1, 0, "udp,actions=ct(commit,alg=tftp,table=3)"},
	{1, 0, "ip,actions=clone(ct(commit,zone=3),2),3"},
	{4, 0, "ip,actions=write_actions(set_queue:5,ct(table=3))"},
	{1, 0, "actions=set_queue:7,2,pop_queue,3"},
	{1, 1, "actions=enqueue:2:5,enqueue:in_port:4294967295"},
	{1, 0, "actions=check_pkt_larger(1500)->NXM_NX_REG0[7],2"},
	{1, 0, "mpls,actions=set_mpls_ttl(9),set_mpls_label(5),set_mpls_tc(2),dec_mpls_ttl,2"},
	{1, 0, "ip,actions=push_mpls:0x8847,2"},
	{1, 0, "mpls,actions=pop_mpls:0x0800,2"},
	{1, 0, "table=1,actions=goto_table:4"},
	{1, 0, "actions=write_metadata:0x5/0xff"},
	{4, 0, "actions=write_metadata:0x5/0xff,goto_table:4"},
	{1, 0, "actions=group:9"},
	{4, 0, "actions=write_actions(output:2,group:3)"},
	{4, 0, "actions=clear_actions"},
	{4, 0, "actions=meter:3,output:2"},
	{4, 0,
	 "actions=meter:3,output:4,clear_actions,write_actions(output:2),write_metadata:0x5,"
	 "goto_table:9"},
	{4, 0, "ip,actions=set_field:1.2.3.4->ip_src,set_field:9->ip_dscp,mod_nw_ttl:9,2"},
	{4, 0, "ipv6,actions=set_field:::1->ipv6_dst,set_field:0x5->ipv6_label,2"},
	{4, 0, "arp,actions=set_field:1.2.3.4->arp_spa,set_field:2->arp_op,2"},
};
#define N_FLOWS (sizeof flows / sizeof flows[0])

static struct xlate *x;

static struct xlate_bridge *
bridge(void)
{
	return xlate_bridge_find(x, "br0");
}

static int
setup(void **state)
{
	struct xlate_config config = {.seed = 1};
	char err[256];

	(void)state;
	return xlate_create(&config, &x) || xlate_bridge_add(x, "br0", err, sizeof err);
}

static int
teardown(void **state)
{
	(void)state;
	xlate_destroy(x);
	return 0;
}

static const char *
version_name(uint8_t version)
{
	return version == OFP_VERSION_10   ? "OpenFlow10"
	       : version == OFP_VERSION_13 ? "OpenFlow13"
	       : version == OFP_VERSION_14 ? "OpenFlow14"
					   : "OpenFlow15";
}

static bool
is_of(const struct flow *f, uint8_t version)
{
	return f->first <= version && (!f->last || version <= f->last);
}

/* Writes the flows of the version to a file, one a line. */
static void
write_flows(char *path, uint8_t version)
{
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	assert_non_null(f);
	for (size_t i = 0; i < N_FLOWS; i++) {
		if (is_of(&flows[i], version))
			fprintf(f, "%s\n", flows[i].text);
	}
	fclose(f);
}

static char *
rule_text(const struct xlate_flow_mod *fm)
{
	struct xlate_rule_view view = {
		.table = fm->table,
		.priority = fm->priority,
		.match = &fm->match,
		.actions = fm->actions,
		.cookie = fm->cookie,
		.idle_timeout_s = fm->idle_timeout_s,
		.hard_timeout_s = fm->hard_timeout_s,
		.send_flow_rem = fm->send_flow_rem,
		.no_packet_counts = fm->no_packet_counts,
		.no_byte_counts = fm->no_byte_counts,
		.importance = fm->importance,
	};
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	xlate_rule_print(bridge(), &view, false, 0, out);
	fclose(out);
	return text;
}

static int failures;

/* Asserts that the rule equals that of the text, whatever the version's instructions. */
static void
compare(const struct ofp_flow_mod *got, const char *text, uint8_t version)
{
	struct xlate_flow_mod want;
	char err[256] = "";
	bool same;

	if (xlate_flow_mod_parse(bridge(), text, XLATE_ADD, &want, err, sizeof err)) {
		fprintf(stderr, "%s: %s\n", text, err);
		failures++;
		return;
	}
	same = !memcmp(&want.match, &got->mod.match, sizeof want.match) &&
	       want.priority == got->mod.priority && want.cookie == got->mod.cookie &&
	       want.table == got->mod.table && want.idle_timeout_s == got->mod.idle_timeout_s &&
	       want.hard_timeout_s == got->mod.hard_timeout_s &&
	       want.send_flow_rem == got->mod.send_flow_rem &&
	       want.check_overlap == got->mod.check_overlap;
	if (!same || !xlate_actions_equal(want.actions, got->mod.actions)) {
		char *a = rule_text(&want), *b = rule_text(&got->mod);

		fprintf(stderr, "version %u%s: %s\n  text: %s\n  wire: %s\n", version,
			same ? " (actions)" : "", text, a, b);
		free(a);
		free(b);
		if (!same)
			failures++;
	}
	xlate_flow_mod_free(&want);
}

static void
check_recorded(const struct ofp_buffer *recorded, uint8_t version, struct ofp_buffer *again)
{
	struct ofp_context ctx = {.version = version, .flow_mod_table_id = true};
	size_t at = 0, i = 0;

	for (; at < recorded->n; i++) {
		size_t n = ofp_get_u16(recorded->data + at + 2);
		struct ofp_message m;
		struct ofp_error err;

		while (i < N_FLOWS && !is_of(&flows[i], version))
			i++;
		assert_true(i < N_FLOWS);
		assert_int_equal(ofp_decode(&ctx, recorded->data + at, n, &m, &err), 0);
		assert_int_equal(m.type, OFP_FLOW_MOD);
		compare(&m.flow_mod, flows[i].text, version);
		assert_int_equal(ofp_encode(&m, version, again), 0);
		ofp_message_free(&m);
		at += n;
	}
	while (i < N_FLOWS && !is_of(&flows[i], version))
		i++;
	assert_int_equal(i, N_FLOWS);
}

static void
print_difference(const char *a, const char *b)
{
	while (*a && *b) {
		size_t n = strcspn(a, "\n"), k = strcspn(b, "\n");

		if (n != k || memcmp(a, b, n) != 0)
			fprintf(stderr, "- %.*s\n+ %.*s\n", (int)n, a, (int)k, b);
		a += n + (a[n] == '\n');
		b += k + (b[k] == '\n');
	}
}

/* In 1.0, an add to "any table" is decoded as an add to table 0. */
static void
drop_any_table(char *text)
{
	static const char any[] = " table:255";
	char *at;

	while ((at = strstr(text, any)))
		memmove(at, at + sizeof any - 1, strlen(at + sizeof any - 1) + 1);
}

static void
flows_of(uint8_t version)
{
	char path[] = "/tmp/openflow-flows-XXXXXX";
	const char *const argv[] = {"-O", version_name(version), "add-flows", "SOCK", path, NULL};
	struct ofp_buffer recorded = OFP_BUFFER_INIT, again = OFP_BUFFER_INIT;
	char *want, *got;

	failures = 0;
	write_flows(path, version);
	recorder_run(argv, version, OFP_FLOW_MOD, &recorded);
	unlink(path);
	check_recorded(&recorded, version, &again);
	want = recorder_print(&recorded);
	drop_any_table(want);
	got = recorder_print(&again);
	if (strcmp(want, got) != 0)
		print_difference(want, got);
	assert_null(strstr(got, "decode error"));
	assert_string_equal(want, got);
	assert_int_equal(failures, 0);
	free(want);
	free(got);
	ofp_buffer_free(&recorded);
	ofp_buffer_free(&again);
}

static void
flows_10(void **state)
{
	(void)state;
	flows_of(OFP_VERSION_10);
}

static void
flows_13(void **state)
{
	(void)state;
	flows_of(OFP_VERSION_13);
}

static void
flows_14(void **state)
{
	(void)state;
	flows_of(OFP_VERSION_14);
}

static void
flows_15(void **state)
{
	(void)state;
	flows_of(OFP_VERSION_15);
}

struct command {
	uint8_t first;
	enum ofp_type type;
	const char *argv[4];
};

static const struct command commands[] = {
	{1, OFP_FLOW_MOD, {"mod-flows", "SOCK", "cookie=1/-1,ip,actions=2"}},
	{1, OFP_FLOW_MOD, {"mod-flows", "SOCK", "cookie=5,tcp,actions=2"}},
	{1, OFP_FLOW_MOD, {"del-flows", "SOCK", "cookie=0x10/0xf0,table=2,out_port=3"}},
	{1, OFP_FLOW_MOD, {"del-flows", "SOCK"}},
	{4, OFP_FLOW_MOD, {"del-flows", "SOCK", "out_group=3"}},
	{1, OFP_MULTIPART_REQUEST, {"dump-flows", "SOCK", "cookie=1/1,mpls,mpls_label=3"}},
	{1, OFP_MULTIPART_REQUEST, {"dump-ports", "SOCK", "3"}},
	{1, OFP_MULTIPART_REQUEST, {"queue-stats", "SOCK"}},
	{4, OFP_MULTIPART_REQUEST, {"dump-groups", "SOCK"}},
	{4, OFP_MULTIPART_REQUEST, {"dump-group-stats", "SOCK", "group_id=3"}},
	{4, OFP_MULTIPART_REQUEST, {"dump-meters", "SOCK"}},
	{4, OFP_MULTIPART_REQUEST, {"meter-stats", "SOCK", "meter=5"}},
	{4,
	 OFP_GROUP_MOD,
	 {"add-group", "SOCK",
	  "group_id=1,type=ff,bucket=watch_port:1,actions=output:2,bucket=watch_group:3,"
	  "actions=output:4"}},
	{4, OFP_GROUP_MOD, {"del-groups", "SOCK"}},
	{6,
	 OFP_GROUP_MOD,
	 {"add-group", "SOCK",
	  "group_id=2,type=select,selection_method=hash,fields(ip_src,tcp_dst=0xff),"
	  "bucket=bucket_id:7,weight:5,actions=set_field:1->reg0,output:3"}},
	{6,
	 OFP_GROUP_MOD,
	 {"insert-buckets", "SOCK",
	  "group_id=2,command_bucket_id=last,bucket=bucket_id:9,actions=1"}},
	{6, OFP_GROUP_MOD, {"remove-buckets", "SOCK", "group_id=2,command_bucket_id=7"}},
	{4,
	 OFP_METER_MOD,
	 {"add-meter", "SOCK",
	  "meter=1,pktps,burst,stats,bands=type=drop,rate=1000,burst_size=100,type=dscp_remark,"
	  "rate=10,burst_size=1,prec_level=2"}},
	{1,
	 OFP_PACKET_OUT,
	 {"packet-out", "SOCK",
	  "in_port=1,packet=0102030405060708090a0b0c08004500,actions=2,TABLE"}},
};

static void
command_of(const struct command *c, uint8_t version)
{
	const char *argv[] = {"-O", version_name(version), c->argv[0], c->argv[1], c->argv[2],
			      NULL};
	struct ofp_context ctx = {.version = version, .flow_mod_table_id = true};
	struct ofp_buffer recorded = OFP_BUFFER_INIT, again = OFP_BUFFER_INIT;
	char *want, *got;

	recorder_run(argv, version, c->type, &recorded);
	assert_true(recorded.n > 0);
	for (size_t n, at = 0; at < recorded.n; at += n) {
		struct ofp_message m;
		struct ofp_error err;

		n = ofp_get_u16(recorded.data + at + 2);
		assert_int_equal(ofp_decode(&ctx, recorded.data + at, n, &m, &err), 0);
		assert_int_equal(ofp_encode(&m, version, &again), 0);
		ofp_message_free(&m);
	}
	want = recorder_print(&recorded);
	got = recorder_print(&again);
	assert_null(strstr(want, "***"));
	assert_string_equal(want, got);
	free(want);
	free(got);
	ofp_buffer_free(&recorded);
	ofp_buffer_free(&again);
}

static void
requests(void **state)
{
	static const uint8_t versions[] = {OFP_VERSION_10, OFP_VERSION_13, OFP_VERSION_14,
					   OFP_VERSION_15};

	(void)state;
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		for (size_t v = 0; v < sizeof versions; v++) {
			if (versions[v] >= commands[i].first)
				command_of(&commands[i], versions[v]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_10), cmocka_unit_test(flows_13), cmocka_unit_test(flows_14),
		cmocka_unit_test(flows_15), cmocka_unit_test(requests),
	};

	if (!recorder_has_ovs())
		return SKIPPED;
	return cmocka_run_group_tests(tests, setup, teardown);
}
