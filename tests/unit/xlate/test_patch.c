/* SPDX-License-Identifier: Apache-2.0 */
/* Patch ports: what a copy takes along to the other bridge, what the packet outside keeps, what is
 * counted, and which changes make the translation stale. br0: p1..p3 (datapath 11..13) and the
 * patch port "to1", number 9; br1: q1, q2 (datapath 21, 22) and "to0", number 9. */
#include "lab.h"

#include <xlate/change.h>
#include <xlate/mirror.h>
#include <xlate/sieve.h>

#define FROM_A "dl_src=02:00:00:00:00:0a"
#define TO_A "dl_dst=02:00:00:00:00:0a"

struct two {
	struct lab lab;	 /* of br0 */
	struct lab lab1; /* of br1, which shares 'x' */
};

static int
try_port(struct lab *lab, const char *name, uint16_t number, uint32_t dp, const char *peer)
{
	struct xlate_port port = {.name = name,
				  .ofp_port = number,
				  .dp_port = peer ? FLOW_PORT_NONE : dp,
				  .peer = peer,
				  .vlan_mode = XLATE_VLAN_TRUNK};

	return xlate_port_add(lab->x, lab->br, &port, NULL, lab->err, sizeof lab->err);
}

static void
add_port(struct lab *lab, const char *name, uint16_t number, uint32_t dp, const char *peer)
{
	if (try_port(lab, name, number, dp, peer))
		fail_msg("%s", lab->err);
}

static void
del_port(struct lab *lab, const char *name)
{
	assert_int_equal(xlate_port_del(lab->x, name, lab->err, sizeof lab->err), 0);
}

static void
add_bridge(struct two *t)
{
	struct lab *lab1 = &t->lab1;

	lab1->x = t->lab.x;
	assert_int_equal(xlate_bridge_add(lab1->x, "br1", lab1->err, sizeof lab1->err), 0);
	lab1->br = xlate_bridge_find(lab1->x, "br1");
	add_port(lab1, "q1", 1, 21, NULL);
	add_port(lab1, "q2", 2, 22, NULL);
	add_port(lab1, "to0", 9, 0, "to1");
}

static int
setup(void **state)
{
	static struct two t;

	lab_open(&t.lab, 3, 0);
	add_port(&t.lab, "to1", 9, 0, "to0");
	add_bridge(&t);
	*state = &t;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(&((struct two *)*state)->lab);
	return 0;
}

static struct xlate_port_counts
counts_of(struct two *t, const char *name)
{
	struct xlate_port_counts c;

	assert_int_equal(xlate_port_counts(t->lab.x, name, &c), 0);
	return c;
}

static void
test_a_copy_crosses_and_the_packet_stays(void **state)
{
	struct two *t = *state;

	lab_rules(&t->lab,
		  "table=0,actions=mod_dl_dst:02:00:00:00:00:99,load:7->NXM_NX_REG0[],"
		  "load:5->OXM_OF_METADATA[],push:NXM_NX_REG0[],output:9,pop:NXM_NX_REG1[],"
		  "resubmit(,1)",
		  "table=1,reg0=7,reg1=7,metadata=5,dl_dst=02:00:00:00:00:99,actions=output:2",
		  NULL);
	/* Neither registers, metadata nor stack cross; changes of the headers do. */
	lab_rules(&t->lab1,
		  "table=0,priority=1,reg0=0,metadata=0,in_port=9,dl_dst=02:00:00:00:00:99,"
		  "actions=mod_nw_tos:40,load:1->NXM_NX_REG0[],pop:NXM_NX_REG3[],output:1,exit",
		  "table=0,priority=0,actions=drop", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false,
		   "set(eth(dst=02:00:00:00:00:99)),set(ipv4(tos=0x28/0xfc)),21,"
		   "set(ipv4(tos=0/0xfc)),12");
	/* Both ways. */
	lab_rules(&t->lab1, "in_port=1,actions=output:9", NULL);
	lab_rules(&t->lab, "in_port=9,actions=output:3", NULL);
	{
		struct flow_key key = lab_key(&t->lab, "in_port=1,ip");

		key.in_port = 21;
		lab_expect_key(&t->lab, &key, "13");
	}
}

static void
test_action_sets_are_their_own(void **state)
{
	struct two *t = *state;

	lab_rules(&t->lab, "actions=output:9,write_actions(output:3)", NULL);
	lab_rules(&t->lab1, "actions=write_actions(output:2)", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "22,13");
	lab_rules(&t->lab, "actions=write_actions(output:9)", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "22");
}

static void
test_normal_learns_and_floods_across(void **state)
{
	struct two *t = *state;

	lab_rules(&t->lab, "actions=NORMAL", NULL);
	lab_rules(&t->lab1, "actions=NORMAL", NULL);
	lab_expect(&t->lab, "in_port=1,ip," FROM_A, true, "12,13,21,22");
	lab_expect(&t->lab1, "in_port=1,ip,dl_src=02:00:00:00:00:0b," TO_A, true, "11");
	lab_expect(&t->lab, "in_port=2,ip,dl_dst=02:00:00:00:00:0b", false, "21");
	/* The MACs behind a port are forgotten with it. */
	del_port(&t->lab, "to1");
	lab_expect(&t->lab, "in_port=2,ip,dl_dst=02:00:00:00:00:0b", false, "11,13");
}

static void
test_each_packet_is_counted_on_both_sides(void **state)
{
	const struct flow_stats delta = {.packets = 3, .bytes = 300, .used_ns = LAB_NOW};
	struct two *t = *state;
	struct xlate_out out;

	lab_rules(&t->lab, "actions=output:9,output:2", NULL);
	lab_rules(&t->lab1, "actions=output:1", NULL);
	lab_translate(&t->lab, "in_port=1,ip", false, &out);
	xlate_record_push(t->lab.x, out.record, &delta);
	assert_int_equal(counts_of(t, "to1").tx_packets, 3);
	assert_int_equal(counts_of(t, "to1").tx_bytes, 300);
	assert_int_equal(counts_of(t, "to1").rx_packets, 0);
	assert_int_equal(counts_of(t, "to0").rx_packets, 3);
	assert_int_equal(counts_of(t, "to0").rx_bytes, 300);
	assert_int_equal(counts_of(t, "to0").tx_packets, 0);
	xlate_out_free(&out);
	{
		struct xlate_port_counts c;

		assert_int_equal(xlate_port_counts(t->lab.x, "p1", &c), -ENOENT);
	}
}

/* A translation, with the digest and the sieve as of that moment. */
struct moment {
	struct two *t;
	struct xlate_out out;
	struct flow_packed *match;
	struct xlate_digest digest;
	struct xlate_sieve *sieve;
};

static void
moment_take(struct two *t, struct moment *m)
{
	struct flow_match match = {.key = lab_key(&t->lab, "in_port=1,udp,tp_dst=5")};

	m->t = t;
	lab_translate_key(&t->lab, &match.key, &m->out);
	match.mask = m->out.mask;
	flow_match_canonicalize(&match);
	m->match = flow_packed_new(&match);
	assert_non_null(m->match);
	xlate_digest_make(m->out.record, m->match, &m->digest);
	assert_int_equal(xlate_sieve_create(t->lab.x, &m->sieve), 0);
	xlate_sieve_advance(m->sieve);
	assert_true(xlate_record_current(t->lab.x, m->out.record, m->match));
}

static void
moment_expect(struct moment *m, bool current)
{
	bool caught;

	xlate_sieve_advance(m->sieve);
	caught = xlate_sieve_catches(m->sieve, &m->digest.kind, &m->digest.own);
	assert_int_equal(xlate_record_current(m->t->lab.x, m->out.record, m->match), current);
	if (!current)
		assert_true(caught);
	xlate_out_free(&m->out);
	flow_packed_unref(m->match);
	xlate_sieve_destroy(m->sieve);
}

static void
test_changes_of_either_bridge_are_noticed(void **state)
{
	struct two *t = *state;
	struct moment m;

	lab_rules(&t->lab, "actions=output:9", NULL);
	lab_rules(&t->lab1, "priority=5,udp,actions=output:1", NULL);
	moment_take(t, &m);
	lab_mod(&t->lab1, XLATE_ADD, "priority=6,udp,tp_dst=5,actions=output:2");
	moment_expect(&m, false);
	moment_take(t, &m);
	lab_mod(&t->lab1, XLATE_ADD, "priority=6,udp,tp_dst=6,actions=output:2");
	moment_expect(&m, true);
	moment_take(t, &m);
	lab_mod(&t->lab, XLATE_ADD, "priority=65535,udp,actions=drop");
	moment_expect(&m, false);
	lab_mod(&t->lab, XLATE_DELETE_STRICT, "priority=65535,udp");
	moment_take(t, &m);
	assert_int_equal(xlate_port_config_set(t->lab.x, "to0", XLATE_CONFIG_NO_RECV,
					       XLATE_CONFIG_NO_RECV, t->lab.err, sizeof t->lab.err),
			 0);
	moment_expect(&m, false);
	lab_expect(&t->lab, "in_port=1,ip", false, "drop(reason=no-receive)");
}

static void
test_peers_come_and_go(void **state)
{
	struct two *t = *state;
	struct moment m;

	lab_rules(&t->lab, "actions=output:9,output:2", NULL);
	lab_rules(&t->lab1, "actions=output:1", NULL);
	moment_take(t, &m);
	del_port(&t->lab1, "to0");
	moment_expect(&m, false);
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
	/* One that names another peer is no peer. */
	add_port(&t->lab1, "to0", 9, 0, "elsewhere");
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
	del_port(&t->lab1, "to0");
	moment_take(t, &m);
	add_port(&t->lab1, "to0", 9, 0, "to1");
	moment_expect(&m, false);
	lab_expect(&t->lab, "in_port=1,ip", false, "21,12");
	moment_take(t, &m);
	assert_int_equal(xlate_bridge_del(t->lab.x, "br1", t->lab.err, sizeof t->lab.err), 0);
	moment_expect(&m, false);
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
	add_bridge(t);
	lab_rules(&t->lab1, "actions=output:2", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "22,12");
}

/* 64 levels, or 4,096 crossings, and then nothing is sent at all. */
static void
test_loops_end_with_a_reason(void **state)
{
	struct two *t = *state;
	struct xlate_out out;

	lab_rules(&t->lab, "actions=IN_PORT,output:9", NULL);
	lab_rules(&t->lab1, "actions=output:1,IN_PORT", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "drop(reason=recursion-too-deep)");
	lab_translate(&t->lab, "in_port=1,ip", false, &out);
	assert_int_equal(out.drop, FLOW_DROP_TOO_DEEP);
	xlate_out_free(&out);
	/* Two pairs: each crossing floods to the other pair. */
	add_port(&t->lab, "more1", 10, 0, "more0");
	add_port(&t->lab1, "more0", 10, 0, "more1");
	lab_rules(&t->lab, "actions=NORMAL", NULL);
	lab_rules(&t->lab1, "actions=NORMAL", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "drop(reason=recursion-too-deep)");
}

static void
test_ports_of_one_bridge_may_be_peers(void **state)
{
	struct two *t = *state;

	add_port(&t->lab, "a", 20, 0, "b");
	add_port(&t->lab, "b", 21, 0, "a");
	lab_rules(&t->lab, "in_port=1,actions=output:20,output:3", "in_port=21,actions=output:2",
		  NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "12,13");
}

static void
test_settings_of_both_ports_count(void **state)
{
	struct two *t = *state;

	lab_rules(&t->lab, "actions=output(port=9,max_len=64),output:2", NULL);
	lab_rules(&t->lab1, "actions=output:1", NULL);
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
	lab_rules(&t->lab, "actions=output:9,output:2", NULL);
	assert_int_equal(xlate_port_config_set(t->lab.x, "to0", XLATE_CONFIG_DOWN,
					       XLATE_CONFIG_DOWN, t->lab.err, sizeof t->lab.err),
			 0);
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
	assert_int_equal(xlate_port_config_set(t->lab.x, "to0", 0, XLATE_CONFIG_DOWN, t->lab.err,
					       sizeof t->lab.err),
			 0);
	assert_int_equal(xlate_port_config_set(t->lab.x, "to1", XLATE_CONFIG_NO_FWD,
					       XLATE_CONFIG_NO_FWD, t->lab.err, sizeof t->lab.err),
			 0);
	lab_expect(&t->lab, "in_port=1,ip", false, "12");
}

/* A list of datapath actions cannot undo it, so the copy goes through the datapath again. */
static void
test_the_packet_outside_keeps_its_labels(void **state)
{
	struct two *t = *state;
	struct xlate_out out;
	struct flow_key key;

	lab_rules(&t->lab, "actions=output:9,output:2", NULL);
	lab_rules(&t->lab1, "actions=pop_mpls:0x0800,output:1", NULL);
	key = lab_key(&t->lab, "in_port=1,mpls,mpls_label=5,mpls_bos=1");
	lab_translate_key(&t->lab, &key, &out);
	key.recirc_id = lab_recirc_of(&out);
	assert_int_not_equal(key.recirc_id, 0);
	lab_expect_key(&t->lab, &key, "pop_mpls(eth_type=0x0800),21");
	xlate_out_free(&out);
	/* Nothing follows, so one pass is enough. */
	lab_rules(&t->lab, "actions=output:2,output:9", NULL);
	lab_expect(&t->lab, "in_port=1,mpls,mpls_label=5,mpls_bos=1", false,
		   "12,pop_mpls(eth_type=0x0800),21");
}

static void
test_mirrors_are_of_their_bridge(void **state)
{
	static const char *const q1[] = {"q1", NULL};
	struct two *t = *state;

	lab_rules(&t->lab, "actions=output:9,output:9", NULL);
	lab_rules(&t->lab1, "actions=output:1", NULL);
	assert_int_equal(xlate_mirror_add(t->lab.x, t->lab1.br,
					  &(struct xlate_mirror){
						  .name = "m", .dst = q1, .output_port = "q2"},
					  t->lab.err, sizeof t->lab.err),
			 0);
	/* Each copy is new to the mirrors there. */
	lab_expect(&t->lab, "in_port=1,ip", false, "21,22,21,22");
}

static void
test_wrong_ports_are_refused(void **state)
{
	struct two *t = *state;
	struct xlate_port port = {
		.name = "x", .dp_port = 5, .peer = "y", .vlan_mode = XLATE_VLAN_TRUNK};

	assert_int_equal(try_port(&t->lab, "x", 0, 0, "x"), -EINVAL);
	assert_string_equal(t->lab.err, "port \"x\": it is its own peer; expected another port");
	assert_int_equal(try_port(&t->lab, "x", 0, 0, ""), -EINVAL);
	assert_int_equal(try_port(&t->lab, "to0", 0, 0, "y"), -EEXIST);
	assert_int_equal(
		xlate_port_add(t->lab.x, t->lab.br, &port, NULL, t->lab.err, sizeof t->lab.err),
		-EINVAL);
	assert_string_equal(t->lab.err, "port \"x\": a patch port has no datapath port");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_a_copy_crosses_and_the_packet_stays),
		TEST(test_action_sets_are_their_own),
		TEST(test_normal_learns_and_floods_across),
		TEST(test_each_packet_is_counted_on_both_sides),
		TEST(test_changes_of_either_bridge_are_noticed),
		TEST(test_peers_come_and_go),
		TEST(test_loops_end_with_a_reason),
		TEST(test_ports_of_one_bridge_may_be_peers),
		TEST(test_settings_of_both_ports_count),
		TEST(test_the_packet_outside_keeps_its_labels),
		TEST(test_mirrors_are_of_their_bridge),
		TEST(test_wrong_ports_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
