/* SPDX-License-Identifier: Apache-2.0 */
/* What rules do: edits in the order of the device, commands of rewrites, and reasons. That packets are edited is tested
 * by tests/integration/mlx5 on the emulated device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bits.h"
#include "program.h"

#include <flow/text.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TCP4 "in_port(1),vlan(cfi=0),eth_type(0x0800),ipv4(proto=6,frag=no)"
#define TCP6 "in_port(1),vlan(cfi=0),eth_type(0x86dd),ipv6(proto=6,frag=no)"
#define TAGGED                                                                                     \
	"in_port(1),eth_type(0x8100),vlan(vid=5),encap(eth_type(0x0800),ipv4(proto=6,frag=no))"
#define TWICE                                                                                      \
	"in_port(1),eth_type(0x8100),vlan(vid=5),encap(eth_type(0x8100),vlan(vid=6),encap(eth_"    \
	"type(0x0800)))"

static const struct mlxdr_place from_vport = {.format = 1, .max_destinations = 8};
static const struct mlxdr_place from_wire = {.format = 1, .from_wire = true, .max_destinations = 8};
static const struct mlxdr_place old_vport = {.format = 0, .max_destinations = 8};
static const struct mlxdr_place old_wire = {.format = 0, .from_wire = true, .max_destinations = 8};

static bool
has(const void *aux, uint32_t port)
{
	(void)aux;
	return port < 40 && port != 12;
}

static int
compile(const struct mlxdr_place *place, const char *match, const char *actions,
	struct mlxdr_program *p, struct nic_refusal *why)
{
	const struct mlxdr_ports ports = {.has = has};
	struct flow_actions acts;
	struct flow_match m;
	char err[200];

	flow_actions_init(&acts);
	if (flow_match_parse_dp(match, NULL, &m, err, sizeof err) ||
	    flow_actions_parse_dp(actions, NULL, &acts, err, sizeof err))
		fail_msg("%s", err);
	int rc = mlxdr_program_compile(place, &m, &acts, &ports, p, why);

	flow_actions_free(&acts);
	return rc;
}

/* "pop set:FIELD[OFFSET+LENGTH]=VALUE push:TAG port:N+M" */
static void
print(const struct mlxdr_program *p, char *out, size_t n_out)
{
	FILE *f = fmemopen(out, n_out, "w");

	for (unsigned int i = 0; i < p->n_pops; i++)
		fputs("pop ", f);
	for (unsigned int i = 0; i < p->n_sets; i++) {
		const uint64_t *c = &p->sets[i];

		assert_int_equal(mlxdr_bits_get(c, 0, 4), 1);
		fprintf(f, "set:%#x[%u+%u]=%#x ", (unsigned int)mlxdr_bits_get(c, 4, 12),
			(unsigned int)mlxdr_bits_get(c, 19, 5),
			(unsigned int)mlxdr_bits_get(c, 27, 5),
			(unsigned int)mlxdr_bits_get(c, 32, 32));
	}
	for (unsigned int i = 0; i < p->n_pushes; i++)
		fprintf(f, "push:%08x ", p->pushes[i]);
	if (!p->n_ports)
		fputs("drop", f);
	for (unsigned int i = 0; i < p->n_ports; i++)
		fprintf(f, i ? "+%u" : "port:%u", p->ports[i]);
	fclose(f);
}

static void
check(const struct mlxdr_place *place, const char *match, const char *actions, const char *want)
{
	struct mlxdr_program p;
	struct nic_refusal why;
	char got[500] = "";

	if (compile(place, match, actions, &p, &why))
		fail_msg("%s: %s %s", actions, nic_reason_names[why.reason], why.detail);
	print(&p, got, sizeof got);
	assert_string_equal(got, want);
}

static void
check_refused(const struct mlxdr_place *place, const char *match, const char *actions,
	      enum flow_action_type type, const char *detail)
{
	struct mlxdr_program p;
	struct nic_refusal why;

	if (!compile(place, match, actions, &p, &why))
		fail_msg("%s: accepted", actions);
	assert_int_equal(why.action, type);
	if (!strstr(why.detail, detail))
		fail_msg("%s: '%s' lacks '%s'", actions, why.detail, detail);
}

static void
destinations(void **state)
{
	(void)state;
	struct mlxdr_program p;
	struct nic_refusal why;

	check(&from_vport, TCP4, "2", "port:2");
	check(&from_vport, TCP4, "drop", "drop");
	/* Changes of a packet that is not sent. */
	check(&from_vport, TCP4, "set(eth(dst=02:00:00:00:00:01)),drop", "drop");
	check(&from_vport, TCP4, "2,set(eth(dst=02:00:00:00:00:01))", "port:2");
	check_refused(&from_vport, TCP4, "userspace(reason=slow_path)", FLOW_ACTION_UPCALL, "");
	assert_int_equal(compile(&from_vport, TCP4, "12", &p, &why), -EOPNOTSUPP);
	assert_int_equal(why.reason, NIC_REASON_OTHER_DEVICE);
}

/* Equal sets of ports are equal programs. */
static void
arrays(void **state)
{
	(void)state;
	struct mlxdr_place old = from_vport, large = from_vport;

	check(&from_vport, TCP4, "2,3", "port:2+3");
	check(&from_vport, TCP4, "7,3,1,5", "port:1+3+5+7");
	check(&from_vport, TCP4, "set(ipv4(ttl=3)),3,2", "set:0xa[0+8]=0x3 port:2+3");
	check(&from_vport, TCP4, "2,3,set(eth(dst=02:00:00:00:00:01)),drop", "port:2+3");
	check(&old_wire, TAGGED, "pop_vlan,2,3", "pop port:2+3");
	check_refused(&from_vport, TCP4, "2,set(eth(dst=02:00:00:00:00:01)),3", FLOW_ACTION_SET,
		      "between outputs");
	check_refused(&from_vport, TCP4, "2,push_vlan(vid=7,pcp=0),3", FLOW_ACTION_PUSH_VLAN,
		      "between outputs");
	check_refused(&from_vport, TAGGED, "2,pop_vlan,3", FLOW_ACTION_POP_VLAN, "between outputs");
	check_refused(&from_vport, TCP4, "2,3,2", FLOW_ACTION_OUTPUT, "each once");
	/* From vport to itself; not from the wire. */
	check(&from_vport, TCP4, "1,2", "port:1+2");
	check(&from_wire, TCP4, "1", "port:1");
	check_refused(&from_wire, TCP4, "1,2", FLOW_ACTION_OUTPUT, "termination_table");
	check_refused(&from_wire, TCP4, "3,2,1", FLOW_ACTION_OUTPUT, "termination_table");
	check(&from_vport, TCP4, "0,1,2,3,4,5,6,7", "port:0+1+2+3+4+5+6+7");
	check_refused(&from_vport, TCP4, "0,1,2,3,4,5,6,7,8", FLOW_ACTION_OUTPUT,
		      "8 outputs at most: log_max_destination");
	old.max_destinations = 1;
	check(&old, TCP4, "2", "port:2");
	check_refused(&old, TCP4, "2,3", FLOW_ACTION_OUTPUT,
		      "1 outputs at most: log_max_destination");
	large.max_destinations = 1 << 20;
	check_refused(&large, TCP4,
		      "0,1,2,3,4,5,6,7,8,9,10,11,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,"
		      "29,30,31,32,33",
		      FLOW_ACTION_OUTPUT, "32 outputs at most");
}

static void
rewrites(void **state)
{
	(void)state;
	check(&from_vport, TCP4, "set(eth(src=02:00:00:00:01:02)),2",
	      "set:0x1[0+0]=0x2000000 set:0x2[0+16]=0x102 port:2");
	check(&from_vport, TCP4, "set(ipv4(dst=10.0.0.9,ttl=3)),2",
	      "set:0x16[0+0]=0xa000009 set:0xa[0+8]=0x3 port:2");
	check(&from_vport, TCP6, "set(ipv6(hlimit=3)),2", "set:0x47[0+8]=0x3 port:2");
	check(&from_vport, TCP4, "set(tcp(src=80,dst=81)),2",
	      "set:0x8[0+16]=0x50 set:0x9[0+16]=0x51 port:2");
	/* A command for each run of bits. */
	check(&from_vport, TCP4, "set(ipv4(src=10.0.1.0/255.0.15.0)),2",
	      "set:0x15[8+4]=0x1 set:0x15[24+8]=0xa port:2");
	check(&from_vport, TCP4, "set(ipv4(tos=0x20/0xfc)),2", "set:0x6[0+6]=0x8 port:2");
	check_refused(&from_vport, TCP4, "set(ipv4(tos=0x1/0x3)),2", FLOW_ACTION_SET, "no such");
	/* A header that no packet of the match has, or that some may have. */
	check(&from_vport, TCP4, "set(udp(dst=5)),2", "port:2");
	check_refused(&from_vport, "in_port(1),eth_type(0x0800)", "set(tcp(dst=5)),2",
		      FLOW_ACTION_SET, "presence");
	check_refused(&from_vport,
		      "in_port(1),vlan(cfi=0),eth_type(0x0800),ipv4(proto=132,frag=no)",
		      "set(ipv4(dst=10.0.0.9)),2", FLOW_ACTION_SET, "TCP, UDP and ICMPv4");
	check_refused(&from_vport, TCP4,
		      "set(ipv4(src=10.10.10.10/170.170.170.170)),set(ipv4(dst=10.10.10.10/"
		      "170.170.170.170)),2",
		      FLOW_ACTION_SET, "16 commands");
}

static void
tags(void **state)
{
	(void)state;
	check(&from_vport, TCP4, "push_vlan(vid=7,pcp=1),2", "push:81002007 port:2");
	check(&from_vport, TAGGED, "pop_vlan,2", "pop port:2");
	check(&from_vport, TWICE, "pop_vlan,pop_vlan,2", "pop pop port:2");
	/* No effect on packets without a tag. */
	check(&from_vport, TCP4, "pop_vlan,2", "port:2");
	check(&from_vport, TCP4, "push_vlan(vid=7,pcp=0),pop_vlan,2", "port:2");
	check(&from_vport, TAGGED, "set(vlan(vid=9)),2", "set:0x17[0+12]=0x9 port:2");
	check(&from_vport, TCP4, "push_vlan(vid=7,pcp=0),set(vlan(vid=9,pcp=2)),2",
	      "push:81004009 port:2");
	/* In the order of the device. */
	check(&from_vport, TAGGED,
	      "pop_vlan,push_vlan(vid=7,pcp=0),set(eth(dst=00:00:00:00:00:00/00:00:00:00:00:ff)),2",
	      "pop set:0x5[0+8]=0 push:81000007 port:2");
	check(&from_wire, TAGGED, "pop_vlan,push_vlan(vid=7,pcp=0),2",
	      "pop set:0x52[0+0]=0 push:81000007 port:2");
	/* The VID of a tag that is removed is not set. */
	check(&from_vport, TAGGED, "set(vlan(vid=9)),pop_vlan,2", "pop port:2");
	check_refused(&from_vport, TAGGED, "set(vlan(vid=9,pcp=1)),2", FLOW_ACTION_SET,
		      "no priority");
	check_refused(&from_vport, "in_port(1),eth_type(0x0800)", "pop_vlan,2",
		      FLOW_ACTION_POP_VLAN, "presence");
	check_refused(&from_vport, TCP4,
		      "push_vlan(vid=1,pcp=0),push_vlan(vid=2,pcp=0),push_vlan(vid=3,pcp=0),2",
		      FLOW_ACTION_PUSH_VLAN, "two tags");
}

static void
tags_of_format_0(void **state)
{
	(void)state;
	check(&old_wire, TAGGED, "pop_vlan,2", "pop port:2");
	check(&old_vport, TCP4, "push_vlan(vid=7,pcp=0),2", "push:81000007 port:2");
	check_refused(&old_vport, TAGGED, "pop_vlan,2", FLOW_ACTION_POP_VLAN,
		      "steering_format_version 0");
	check_refused(&old_wire, TCP4, "push_vlan(vid=7,pcp=0),2", FLOW_ACTION_PUSH_VLAN,
		      "steering_format_version 0");
}

/* Fragments are left to software where L4 checksums would change. */
static void
whole_packets(void **state)
{
	(void)state;
	struct mlxdr_program p;
	struct nic_refusal why;

	assert_int_equal(compile(&from_vport, TCP4, "set(ipv4(dst=10.0.0.9)),2", &p, &why), 0);
	assert_true(p.whole);
	assert_int_equal(compile(&from_vport, TCP4, "set(ipv4(ttl=9)),2", &p, &why), 0);
	assert_false(p.whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(destinations),	    cmocka_unit_test(arrays),
		cmocka_unit_test(rewrites),	    cmocka_unit_test(tags),
		cmocka_unit_test(tags_of_format_0), cmocka_unit_test(whole_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
