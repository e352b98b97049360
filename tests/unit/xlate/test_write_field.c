/* SPDX-License-Identifier: Apache-2.0 */
/* Fields whose writing does more than change a value in the packet: in_port, and fields wider or
 * narrower in OpenFlow than in the key. */
#include "lab.h"

#include <stdio.h>

#define IN "in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,dl_type=0x88b5"
#define IP "in_port=1,ip,nw_tos=3"
#define ARP "in_port=1,arp,arp_op=1"
/* Outputs to the port in register 0. */
#define OUT "output:reg0"

struct sample {
	const char *packet, *actions, *want;
	const char *match; /* NULL: everything */
};

static void
expect_each(const struct sample *s, size_t n)
{
	struct lab lab;

	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < n; i++) {
		char rule[256];

		snprintf(rule, sizeof rule, "%s actions=%s", s[i].match ? s[i].match : "",
			 s[i].actions);
		lab_rules(&lab, rule, "table=1,in_port=2,actions=3", "table=1,in_port=0,actions=2",
			  NULL);
		lab_expect(&lab, s[i].packet, false, s[i].want);
	}
	lab_close(&lab);
}

static void
test_in_port_is_the_receiving_port(void **state)
{
	static const struct sample samples[] = {
		{IN, "1", "drop"},
		{IN, "load:0->NXM_OF_IN_PORT[],1", "11"},
		{IN, "load:0xffff->NXM_OF_IN_PORT[],1", "11"},
		{IN, "set_field:0->in_port,1", "11"},
		{IN, "set_field:p2->in_port,1,2,in_port", "11,12"},
		{IN, "set_field:none->in_port_oxm,1", "11"},
		{IN, "load:2->NXM_NX_REG0[0..15],move:NXM_NX_REG0[0..15]->NXM_OF_IN_PORT[],flood",
		 "11,13"},
		{IN,
		 "push:NXM_OF_IN_PORT[],load:0xffff->NXM_OF_IN_PORT[],1,pop:NXM_OF_IN_PORT[],1,2",
		 "11,12"},
		{IN, "load:2->NXM_OF_IN_PORT[],resubmit(,1)", "13"},
		{IN, "load:0->NXM_OF_IN_PORT[],resubmit(,1)", "12"},
		{IN, "clone(load:2->NXM_OF_IN_PORT[],1),1", "11"},
		{IN,
		 "load:2->NXM_OF_IN_PORT[],move:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],set_field:3->"
		 "in_port," OUT,
		 "12"},
	};

	(void)state;
	expect_each(samples, sizeof samples / sizeof samples[0]);
}

/* The 32-bit port number: reserved ports begin with 0xffff, and an invalid port is NONE. */
static void
test_in_port_of_openflow_has_32_bits(void **state)
{
	static const struct sample samples[] = {
		{IN, "move:OXM_OF_IN_PORT[16..31]->NXM_NX_REG0[0..15],load:1->NXM_NX_REG0[1]," OUT,
		 "12"},
		{IN, "load:0xfffd->NXM_OF_IN_PORT[],move:OXM_OF_IN_PORT[17]->NXM_NX_REG0[1]," OUT,
		 "12"},
		{IN, "load:0x10002->OXM_OF_IN_PORT[],1", "11"},
		{IN, "load:0xfffffffd->OXM_OF_IN_PORT[],1", "11"},
	};

	(void)state;
	expect_each(samples, sizeof samples / sizeof samples[0]);
}

/* Open vSwitch's port "none" is a trunk: the packet is sent to all others and teaches nothing. */
static void
test_normal_without_a_port(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	lab_rules(&lab, "in_port=1,actions=load:0xffff->NXM_OF_IN_PORT[],normal",
		  "in_port=2,actions=load:7->NXM_OF_IN_PORT[],normal", "in_port=3,actions=normal",
		  NULL);
	lab_expect(&lab, IN, true, "11,12,13");
	lab_expect(&lab, "in_port=2,dl_dst=02:00:00:00:00:02", true, "drop");
	lab_expect(&lab, "in_port=3,dl_src=02:00:00:00:00:03,dl_dst=02:00:00:00:00:01", true,
		   "11,12");
	lab_close(&lab);
}

/* nw_tos is the DSCP in its place; arp_op and ct_state are as wide as in OpenFlow. */
static void
test_widths_are_those_of_openflow(void **state)
{
	static const struct sample samples[] = {
		{IP, "set_field:16->nw_tos,2", "set(ipv4(tos=0x10/0xfc)),12", "ip"},
		{IP, "load:16->NXM_OF_IP_TOS[],2", "set(ipv4(tos=0x10/0xfc)),12", "ip"},
		{IP, "move:NXM_OF_IP_TOS[]->NXM_NX_REG0[0..7],load:1->NXM_NX_REG0[1]," OUT, "12",
		 "ip"},
		{ARP,
		 "load:0xff02->NXM_NX_REG0[],move:NXM_OF_ARP_OP[8..15]->NXM_NX_REG0[8..15]," OUT,
		 "12", "arp"},
		{ARP, "load:0x202->NXM_NX_REG0[0..15],move:NXM_NX_REG0[0..15]->NXM_OF_ARP_OP[],2",
		 "set(arp(op=2)),12", "arp"},
		{IN, "load:2->NXM_NX_REG0[],move:NXM_NX_CT_STATE[0..29]->NXM_NX_REG0[2..31]," OUT,
		 "12"},
	};

	(void)state;
	expect_each(samples, sizeof samples / sizeof samples[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_port_is_the_receiving_port),
		cmocka_unit_test(test_in_port_of_openflow_has_32_bits),
		cmocka_unit_test(test_normal_without_a_port),
		cmocka_unit_test(test_widths_are_those_of_openflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
