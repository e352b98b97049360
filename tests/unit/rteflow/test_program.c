/* SPDX-License-Identifier: Apache-2.0 */
/* Translation of actions, and their order: pop, change, push, port. tests/model/stack tests that
 * packets are treated the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include <flow/text.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
dialect_full(struct rteflow_dialect *d)
{
	memset(d, 0, sizeof *d);
	memset(d->caps.set_fields, 0xff, sizeof d->caps.set_fields);
	d->caps.actions = UINT32_MAX;
	d->caps.shared_counter = true;
	d->action_represented_port = d->edit_after_copy = true;
	d->copies = RTEFLOW_COPY_SAMPLES;
}

static void
without_set(struct rteflow_dialect *d, enum flow_field_id id)
{
	d->caps.set_fields[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

static int
port_dev(const void *aux, uint32_t port, uint16_t *dev_id)
{
	(void)aux;
	*dev_id = (uint16_t)port;
	return port < 10 ? 0 : -ENOENT;
}

static void
action_print(const struct rte_flow_action *a, FILE *out)
{
	const union rteflow_conf *conf = a->conf;
	const struct rte_flow_action_sample *sample = a->conf;

	switch (a->type) {
	case RTE_FLOW_ACTION_TYPE_INDIRECT:
		return;
	case RTE_FLOW_ACTION_TYPE_COUNT:
		fputs("count ", out);
		return;
	case RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT:
		fprintf(out, "port:%u ", conf->ethdev.port_id);
		return;
	case RTE_FLOW_ACTION_TYPE_SAMPLE:
		assert_int_equal(sample->ratio, 1);
		assert_int_equal(sample->actions[1].type, RTE_FLOW_ACTION_TYPE_END);
		fputs("copy-", out);
		action_print(sample->actions, out);
		return;
	case RTE_FLOW_ACTION_TYPE_DROP:
		fputs("drop ", out);
		return;
	case RTE_FLOW_ACTION_TYPE_OF_POP_VLAN:
		fputs("pop ", out);
		return;
	case RTE_FLOW_ACTION_TYPE_OF_PUSH_VLAN:
		fprintf(out, "push:%x ", rte_be_to_cpu_16(conf->push.ethertype));
		return;
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_VID:
		fprintf(out, "vid:%u ", rte_be_to_cpu_16(conf->vid.vlan_vid));
		return;
	case RTE_FLOW_ACTION_TYPE_OF_SET_VLAN_PCP:
		fprintf(out, "pcp:%u ", conf->pcp.vlan_pcp);
		return;
	case RTE_FLOW_ACTION_TYPE_SET_MAC_DST:
		fprintf(out, "dst:%x ", conf->mac.mac_addr[5]);
		return;
	case RTE_FLOW_ACTION_TYPE_SET_TTL:
		fprintf(out, "ttl:%u ", conf->ttl.ttl_value);
		return;
	default:
		fail_msg("an action of type %d", a->type);
	}
}

#define UNTAGGED "in_port(1),vlan(cfi=0),eth_type(0x0800),ipv4(proto=6)"
#define TAGGED "in_port(1),eth_type(0x8100),vlan(vid=5,pcp=1),encap(eth_type(0x0800),ipv4(proto=6))"
#define TAGGED_VID "in_port(1),eth_type(0x8100),vlan(vid=5),encap(eth_type(0x0800),ipv4(proto=6))"

/* Returns the device's actions for 'actions' with a match, or the refusal: "no: FIELD: DETAIL". */
static const char *
compile(const struct rteflow_dialect *d, const char *match, const char *actions)
{
	static char text[400];
	const struct rteflow_ports ports = {.dev_id = port_dev};
	struct rteflow_program program;
	struct flow_actions acts;
	struct nic_refusal why;
	struct flow_match m;
	char err[FLOW_ERR_BYTES];
	FILE *out = fmemopen(text, sizeof text, "w");

	assert_non_null(out);
	memset(text, 0, sizeof text);
	flow_actions_init(&acts);
	if (flow_match_parse_dp(match, NULL, &m, err, sizeof err) ||
	    flow_actions_parse_dp(actions, NULL, &acts, err, sizeof err))
		fail_msg("%s", err);
	if (rteflow_program_compile(d, &m, &acts, &ports, &program, &why)) {
		fprintf(out, "no: %s: %s",
			why.field < FLOW_N_FIELDS ? flow_fields[why.field].name : "-", why.detail);
	} else {
		for (const struct rte_flow_action *a = program.actions;
		     a->type != RTE_FLOW_ACTION_TYPE_END; a++)
			action_print(a, out);
		fputs(program.dei_zero ? "if dei=0" : "", out);
	}
	flow_actions_free(&acts);
	fclose(out);
	return text;
}

static void
test_order(void **state)
{
	struct rteflow_dialect d;

	(void)state;
	dialect_full(&d);
	assert_string_equal(compile(&d, UNTAGGED, "drop"), "drop ");
	assert_string_equal(
		compile(&d, UNTAGGED, "push_vlan(vid=7,pcp=2),set(eth(dst=00:00:00:00:00:09)),3"),
		"dst:9 push:8100 vid:7 pcp:2 port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(ipv4(ttl=9)),pop_vlan,3"),
			    "pop ttl:9 port:3 ");
	assert_string_equal(
		compile(&d, TAGGED, "set(ipv4(ttl=9)),pop_vlan,push_vlan(vid=6,pcp=0),3"),
		"pop ttl:9 push:8100 vid:6 pcp:0 port:3 ");
	assert_string_equal(compile(&d, UNTAGGED, "push_vlan(vid=6,pcp=0),pop_vlan,3"), "port:3 ");
	assert_string_equal(compile(&d, UNTAGGED, "set(ipv4(ttl=9))"), "drop ");
	/* A meter also counts packets that are dropped after it. */
	assert_string_equal(compile(&d, UNTAGGED, "meter(1),drop"), "no: -: ");
	assert_string_equal(compile(&d, UNTAGGED, "3,meter(1)"), "no: -: ");
	d.caps.shared_counter = false;
	assert_string_equal(compile(&d, UNTAGGED, "3"), "count port:3 ");
}

/* A pushed tag is changed before it is pushed; a tag that is popped is not changed. */
static void
test_tag_changes(void **state)
{
	struct rteflow_dialect d;

	(void)state;
	dialect_full(&d);
	assert_string_equal(
		compile(&d, UNTAGGED, "push_vlan(vid=6,pcp=0),set(vlan(vid=8,pcp=3)),3"),
		"push:8100 vid:8 pcp:3 port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8,pcp=3)),3"), "vid:8 pcp:3 port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8,pcp=3)),pop_vlan,3"),
			    "pop port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8/0xfff)),3"), "vid:8 port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8/0xf)),3"),
			    "no: dl_vlan: only the whole VID or PCP");
}

/* A device that cannot set the PCP pushes a new tag, if all of the old one is known. */
static void
test_tag_rewritten(void **state)
{
	struct rteflow_dialect d;

	(void)state;
	dialect_full(&d);
	without_set(&d, FLOW_FIELD_VLAN_PCP);
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8/0xfff)),3"), "vid:8 port:3 ");
	assert_string_equal(compile(&d, TAGGED, "set(vlan(pcp=3/7)),3"),
			    "pop push:8100 vid:5 pcp:3 port:3 if dei=0");
	assert_string_equal(compile(&d, TAGGED_VID, "set(vlan(pcp=3/7)),3"),
			    "pop push:8100 vid:5 pcp:3 port:3 if dei=0");
	assert_string_equal(compile(&d, TAGGED, "4,set(vlan(pcp=3/7)),3"),
			    "copy-port:4 pop push:8100 vid:5 pcp:3 port:3 if dei=0");
	/* Once a change was applied, the match no longer gives the tag's value. */
	assert_string_equal(compile(&d, TAGGED, "set(vlan(vid=8/0xfff)),4,set(vlan(pcp=3/7)),3"),
			    "no: dl_vlan_pcp: ");
	d.caps.actions &= ~(1u << FLOW_ACTION_PUSH_VLAN);
	assert_string_equal(compile(&d, TAGGED, "set(vlan(pcp=3/7)),3"), "no: dl_vlan_pcp: ");
}

static void
test_copies(void **state)
{
	struct rteflow_dialect d;

	(void)state;
	dialect_full(&d);
	assert_string_equal(compile(&d, UNTAGGED, "2,3,4"), "copy-port:2 copy-port:3 port:4 ");
	assert_string_equal(compile(&d, UNTAGGED, "2,push_vlan(vid=6,pcp=0),3"),
			    "copy-port:2 push:8100 vid:6 pcp:0 port:3 ");
	assert_string_equal(compile(&d, UNTAGGED, "1,2,3,4,5,6,7,8,9,1"),
			    "no: -: too many outputs");
	assert_string_equal(compile(&d, UNTAGGED, "2,11"), "no: -: ");
	d.edit_after_copy = false;
	assert_string_equal(compile(&d, UNTAGGED, "2,push_vlan(vid=6,pcp=0),3"),
			    "no: -: an edit between outputs");
	d.copies = RTEFLOW_COPY_SAMPLE;
	assert_string_equal(compile(&d, UNTAGGED, "2,3"), "copy-port:2 port:3 ");
	assert_string_equal(compile(&d, UNTAGGED, "2,3,4"),
			    "no: -: two outputs: the device takes one SAMPLE");
	d.copies = RTEFLOW_COPY_PORTS;
	assert_string_equal(compile(&d, UNTAGGED, "2,3,4"), "port:2 port:3 port:4 ");
	d.copies = RTEFLOW_COPY_NONE;
	assert_string_equal(compile(&d, UNTAGGED, "2,3"),
			    "no: -: one output: the device has no SAMPLE of ratio 1");
	assert_string_equal(compile(&d, UNTAGGED, "2"), "port:2 ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_tag_changes),
		cmocka_unit_test(test_tag_rewritten),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
