/* SPDX-License-Identifier: Apache-2.0 */
/* Match parameters of megaflows: the text of parts, reasons, and places in the bytes. That packets are matched is tested
 * by tests/integration/mlx5 on the emulated device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bits.h"
#include "match.h"

#include <flow/text.h>

#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct mlxdr_source vport = {.mask = UINT16_MAX, .value = 3};
static const struct mlxdr_source metadata = {
	.by_metadata = true, .mask = 0xffff0000, .value = 0x40000};

static void
parse(const char *text, struct flow_match *m)
{
	char err[200];

	if (flow_match_parse_dp(text, NULL, m, err, sizeof err))
		fail_msg("%s: %s", text, err);
}

/* Prints parts without that of the source: "ethertype=0x800 ...", with a mask if it is not whole. */
static void
print(const struct mlxdr_match *m, char *out, size_t n_out)
{
	FILE *f = fmemopen(out, n_out, "w");

	for (unsigned int i = 1; i < m->n; i++) {
		const struct mlxdr_part *p = &m->parts[i];
		const struct mlxdr_param_row *row = &mlxdr_params[p->param];
		uint32_t whole = row->width < 32 ? (1u << row->width) - 1 : UINT32_MAX;

		fprintf(f, "%s%s=%#x", i > 1 ? " " : "", row->name, p->value);
		if (p->mask != whole)
			fprintf(f, "/%#x", p->mask);
	}
	fclose(f);
}

static void
check(const char *text, const char *want)
{
	struct mlxdr_match out;
	struct nic_refusal why;
	struct flow_match m;
	char got[1000] = "";

	parse(text, &m);
	if (mlxdr_match_compile(&m, &vport, false, &out, &why))
		fail_msg("%s: %s %s", text, nic_reason_names[why.reason], why.detail);
	assert_int_equal(out.parts[0].param, MLXDR_SOURCE_PORT);
	assert_int_equal(out.parts[0].value, 3);
	print(&out, got, sizeof got);
	assert_string_equal(got, want);
}

static void
check_refused(const char *text, enum nic_reason reason, const char *field, const char *detail)
{
	struct mlxdr_match out;
	struct nic_refusal why;
	struct flow_match m;

	parse(text, &m);
	assert_int_equal(mlxdr_match_compile(&m, &vport, false, &out, &why), -EOPNOTSUPP);
	assert_string_equal(nic_reason_names[why.reason], nic_reason_names[reason]);
	assert_string_equal(flow_fields[why.field].name, field);
	if (!strstr(why.detail, detail))
		fail_msg("%s: '%s' lacks '%s'", text, why.detail, detail);
}

static void
headers(void **state)
{
	(void)state;
	check("in_port(1),eth(src=02:00:00:00:01:02,dst=02:00:00:00:00:00/ff:00:00:00:00:00)",
	      "smac_47_16=0x2000000 smac_15_0=0x102 dmac_47_16=0x2000000/0xff000000");
	check("in_port(1),eth_type(0x0800)", "ethertype=0x800");
	check("in_port(1),eth_type(0x0800),ipv4(src=10.0.0.0/255.0.0.0,dst=10.0.0.1,proto=6,tos=0/"
	      "0xfc,ttl=64,frag=no),tcp(src=80,dst=443/0xff00),tcp_flags(0x2/0x3f)",
	      "ethertype=0x800 ip_version=0x4/0x4 src_ipv4_src_ipv6[31:0]=0xa000000/0xff000000 "
	      "dst_ipv4_dst_ipv6[31:0]=0xa000001 frag=0 ip_protocol=0x6 ip_dscp=0 "
	      "ttl_hoplimit=0x40 tcp_sport=0x50 tcp_dport=0x100/0xff00 tcp_flags=0x2/0x3f");
	check("in_port(1),eth_type(0x86dd),ipv6(dst=2001:db8::1,label=0x12345,proto=17,frag=no),"
	      "udp("
	      "dst=53)",
	      "ethertype=0x86dd ip_version=0x6/0x6 dst_ipv4_dst_ipv6[127:96]=0x20010db8 "
	      "dst_ipv4_dst_ipv6[95:64]=0 dst_ipv4_dst_ipv6[63:32]=0 dst_ipv4_dst_ipv6[31:0]=0x1 "
	      "outer_ipv6_flow_label=0x12345 frag=0 ip_protocol=0x11 udp_dport=0x35");
	/* Of a table that looks at the type alone nothing but the type is compared. */
	check("recirc_id(0),in_port(1),eth_type(0x0806)", "ethertype=0x806");
}

static void
tags(void **state)
{
	(void)state;
	check("in_port(1),vlan(cfi=0)", "cvlan_tag=0 svlan_tag=0");
	check("in_port(1),vlan(cfi=0),eth_type(0x0800)", "ethertype=0x800 cvlan_tag=0 svlan_tag=0");
	check("in_port(1),eth_type(0x8100),vlan(vid=5,pcp=3),encap(eth_type(0x0800))",
	      "ethertype=0x800 cvlan_tag=0x1 svlan_tag=0 first_vid=0x5 first_prio=0x3");
	check("in_port(1),eth_type(0x88a8),vlan(vid=5),encap(eth_type(0x8100),vlan(vid=6),encap("
	      "eth_"
	      "type(0x0800)))",
	      "ethertype=0x800 cvlan_tag=0 svlan_tag=0x1 first_vid=0x5 outer_second_cvlan_tag=0x1 "
	      "outer_second_svlan_tag=0 outer_second_vid=0x6");
}

/* Where a rule takes less than the megaflow. */
static void
narrowed(void **state)
{
	(void)state;
	struct flow_match m;
	struct mlxdr_match out;
	struct nic_refusal why;
	char got[500] = "";

	/* A tag of whatever TPID. */
	parse("in_port(1),eth_type(0x8100),vlan(vid=5),encap(eth_type(0x0800))", &m);
	m.key.vlan[0].tpid = m.mask.vlan[0].tpid = 0;
	assert_int_equal(mlxdr_match_compile(&m, &vport, false, &out, &why), 0);
	print(&out, got, sizeof got);
	assert_string_equal(got, "ethertype=0x800 cvlan_tag=0x1 svlan_tag=0 first_vid=0x5");
	/* Not a later fragment; addresses are set; IPv6 with a protocol. */
	parse("in_port(1),eth_type(0x0800),ipv4(proto=6)", &m);
	m.mask.nw_frag = FLOW_FRAG_LATER;
	assert_int_equal(mlxdr_match_compile(&m, &vport, false, &out, &why), 0);
	print(&out, got, sizeof got);
	assert_string_equal(got, "ethertype=0x800 ip_version=0x4/0x4 frag=0 ip_protocol=0x6");
	m.mask.nw_frag = 0;
	assert_int_equal(mlxdr_match_compile(&m, &vport, true, &out, &why), 0);
	print(&out, got, sizeof got);
	assert_string_equal(got, "ethertype=0x800 ip_version=0x4/0x4 frag=0 ip_protocol=0x6");
	check("in_port(1),eth_type(0x86dd),ipv6(proto=6)",
	      "ethertype=0x86dd ip_version=0x6/0x6 frag=0 ip_protocol=0x6");
}

static void
refused(void **state)
{
	(void)state;
	check_refused("eth_type(0x0800)", NIC_REASON_FIELD_MASK, "in_port", "");
	check_refused("in_port(1),eth_type(0x0800),ipv4(proto=1,frag=no),icmp(type=8,code=0)",
		      NIC_REASON_FIELD, "icmp_type", "flex_parser_protocols");
	check_refused("in_port(1),eth_type(0x0800),ipv4(proto=132,frag=no),sctp(dst=9)",
		      NIC_REASON_FIELD, "sctp_dst", "fte_match_param");
	check_refused("in_port(1),eth_type(0x0806),arp(sip=10.0.0.1)", NIC_REASON_FIELD, "arp_spa",
		      "fte_match_param");
	check_refused("in_port(1),eth_type(0x0800),ipv4(frag=later)", NIC_REASON_FIELD_MASK,
		      "nw_frag", "one bit");
	check_refused("in_port(1),eth_type(0x0800),ipv4(frag=first)", NIC_REASON_FIELD_MASK,
		      "nw_frag", "one bit");
	check_refused("in_port(1),eth_type(0x86dd),ipv6(frag=first)", NIC_REASON_FIELD_MASK,
		      "nw_frag", "not-a-fragment");
	check_refused("in_port(1),eth_type(0x86dd),ipv6(proto=44,frag=no)", NIC_REASON_FIELD_MASK,
		      "nw_proto", "upper-layer");
	check_refused("in_port(1),eth_type(0x0800),ipv4(proto=6,frag=no),tcp_flags(0x800/0x800)",
		      NIC_REASON_FIELD_MASK, "tcp_flags", "9 bits");
	check_refused("recirc_id(0x1),in_port(1)", NIC_REASON_FIELD, "recirc_id", "");
	check_refused("in_port(1),eth_type(0x8847),mpls(label=5)", NIC_REASON_FIELD, "mpls_lse0",
		      "outer_first_mpls");
}

/* Bits of tags that do not determine whether it is present. */
static void
tags_refused(void **state)
{
	(void)state;
	struct flow_match m = {.key = {.in_port = 1}, .mask = {.in_port = UINT32_MAX}};
	enum mlxdr_tag found[FLOW_VLANS];
	struct nic_refusal why;

	m.mask.vlan[0].tci = htons(FLOW_VLAN_VID);
	assert_int_equal(mlxdr_match_tags(&m, found, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_FIELD_MASK);
	m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI | FLOW_VLAN_VID);
	m.key.vlan[0].tci = htons(5);
	assert_int_equal(mlxdr_match_tags(&m, found, &why), -EOPNOTSUPP);
	m.key.vlan[0].tci = 0;
	assert_int_equal(mlxdr_match_tags(&m, found, &why), 0);
	assert_int_equal(found[0], MLXDR_TAG_NONE);
	m.key.vlan[0].tci = htons(FLOW_VLAN_CFI);
	m.mask.vlan[0].tpid = UINT16_MAX;
	assert_int_equal(mlxdr_match_tags(&m, found, &why), -EOPNOTSUPP);
	m.key.vlan[0].tpid = htons(0x9100);
	assert_int_equal(mlxdr_match_tags(&m, found, &why), -EOPNOTSUPP);
	assert_string_equal(why.detail, "cvlan_tag is 0x8100, svlan_tag 0x88a8");
	/* An inner tag alone. */
	memset(m.mask.vlan, 0, sizeof m.mask.vlan);
	m.mask.vlan[1].tci = m.key.vlan[1].tci = htons(FLOW_VLAN_CFI);
	assert_int_equal(mlxdr_match_tags(&m, found, &why), -EOPNOTSUPP);
	assert_int_equal(why.field, FLOW_FIELD_INNER_VLAN_TCI);
}

/* Rules of equal masks have one shape, whatever their values; the bytes are those of the PRM. */
static void
shapes(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"in_port(1),eth_type(0x0800),ipv4(dst=10.0.0.1)",
		"in_port(1),eth_type(0x0800),ipv4(dst=10.0.0.2)",
		"in_port(1),eth_type(0x0800),ipv4(dst=10.0.0.0/255.0.0.0)",
		"in_port(1),eth_type(0x0800),ipv4(src=10.0.0.1)",
	};
	uint8_t mask[MLXDR_MATCH_BYTES], value[MLXDR_MATCH_BYTES];
	struct mlxdr_match out[4];
	struct nic_refusal why;
	struct flow_match m;

	for (int i = 0; i < 4; i++) {
		parse(texts[i], &m);
		assert_int_equal(mlxdr_match_compile(&m, &vport, false, &out[i], &why), 0);
		assert_int_equal(mlxdr_match_same_shape(&out[0], &out[i]), i < 2);
		assert_int_equal(mlxdr_match_shape_hash(&out[0]) == mlxdr_match_shape_hash(&out[i]),
				 i < 2);
	}
	mlxdr_match_put_masks(&out[1], mask);
	mlxdr_match_put_values(&out[1], value);
	assert_int_equal(mlxdr_bits_get(mask, 480, 32), UINT32_MAX);
	assert_int_equal(mlxdr_bits_get(value, 480, 32), 0x0a000002);
	assert_int_equal(mlxdr_bits_get(mask, 147, 4), 4);
	assert_int_equal(mlxdr_bits_get(value, 512 + 48, 16), 3);
	assert_int_equal(mlxdr_match_criteria(&out[1]), 3);
	assert_int_equal(mlxdr_match_n_entries(&out[1]), 3);
	mlxdr_match_source(&metadata, &out[0]);
	assert_int_equal(mlxdr_match_criteria(&out[0]), 8);
	mlxdr_match_put_values(&out[0], value);
	assert_int_equal(mlxdr_bits_get(value, 1536 + 352, 32), 0x40000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),	cmocka_unit_test(tags),
		cmocka_unit_test(narrowed),	cmocka_unit_test(refused),
		cmocka_unit_test(tags_refused), cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
