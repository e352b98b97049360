/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that packets add or shorten (learn, fin_timeout); also conjunctions, packet-in contents,
 * labels. */
#include "lab.h"

#include <xlate/packet_in.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define FROM_1 "in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,tcp,tp_dst=80,nw_ttl=9"
#define FROM_2 "in_port=2,dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,tcp,tp_dst=80"

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

static int
print_rule(const struct xlate_rule_view *rule, void *aux)
{
	if (rule->table == 5) {
		xlate_rule_print(NULL, rule, false, 0, aux);
		fputc('\n', aux);
	}
	return 0;
}

/* Asserts the rules of table 5, where the tests learn. */
static void
expect_learned(struct lab *lab, const char *want)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	xlate_rule_each(lab->br, NULL, print_rule, out);
	fclose(out);
	assert_string_equal(text, want);
	free(text);
}

#define LEARN                                                                                      \
	"table=0,actions=learn(table=5,hard_timeout=10,priority=7,cookie=0x9,fin_idle_timeout=2,"  \
	"eth_type=0x800,nw_proto=6,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->"      \
	"NXM_NX_REG0[0..15],output:NXM_OF_IN_PORT[]),resubmit(,5)"
#define LEARNED                                                                                    \
	"cookie=0x9, table=5, hard_timeout=10, priority=7,tcp,dl_dst=02:00:00:00:00:01 "           \
	"actions=fin_timeout(idle_timeout=2),load:0x1->NXM_NX_REG0[0..15],output:1\n"

static void
test_a_packet_teaches_the_way_back(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;
	uint64_t version;

	lab_rules(lab, LEARN, "table=5,priority=0,actions=drop", NULL);
	lab_expect(lab, FROM_1, false, "drop");
	assert_int_equal(xlate_learned_apply(lab->x), 0);
	lab_translate(lab, FROM_1, true, &out);
	assert_int_equal(xlate_learned_apply(lab->x), 1);
	expect_learned(lab, LEARNED "table=5, priority=0 actions=drop\n");
	lab_expect(lab, FROM_2, false, "11");

	/* Counts of the flow teach again: an existing rule stays as it is, a deleted one is
	 * added again. */
	version = xlate_version(lab->x);
	xlate_record_push(lab->x, out.record, &(struct flow_stats){.packets = 1, .bytes = 60});
	assert_int_equal(xlate_learned_apply(lab->x), 0);
	assert_int_equal(xlate_version(lab->x), version);
	lab_mod(lab, XLATE_DELETE, "table=5,tcp");
	expect_learned(lab, "table=5, priority=0 actions=drop\n");
	xlate_record_push(lab->x, out.record, &(struct flow_stats){.packets = 1, .bytes = 60});
	xlate_record_push(lab->x, out.record, &(struct flow_stats){.packets = 1, .bytes = 60});
	assert_int_equal(xlate_learned_apply(lab->x), 1);
	expect_learned(lab, LEARNED "table=5, priority=0 actions=drop\n");

	/* Late counts of a flow of older tables teach nothing. */
	lab_mod(lab, XLATE_DELETE, "table=5,tcp");
	lab_mod(lab, XLATE_MODIFY, "table=0,actions=resubmit(,5)");
	xlate_record_push(lab->x, out.record, &(struct flow_stats){.packets = 1, .bytes = 60});
	assert_int_equal(xlate_learned_apply(lab->x), 0);
	lab_mod(lab, XLATE_DELETE, "table=0");
	lab_rules(lab, LEARN, NULL);
	xlate_record_push(lab->x, out.record, &(struct flow_stats){.packets = 1, .bytes = 60});
	assert_int_equal(xlate_learned_apply(lab->x), 0);
	expect_learned(lab, "");
	xlate_out_free(&out);
}

static void
test_control_is_woken_once(void **state)
{
	struct lab *lab = *state;
	unsigned int n_woken = lab->n_woken;

	lab_rules(lab, LEARN, NULL);
	for (int i = 0; i < 3; i++)
		free(lab_actions(lab, FROM_1, true));
	assert_int_equal(lab->n_woken, n_woken + 1);
	assert_int_equal(xlate_learned_apply(lab->x), 1);
	free(lab_actions(lab, FROM_1, true));
	assert_int_equal(lab->n_woken, n_woken + 1);
}

/* 'unlearned' is true until the rule that a packet teaches exists; then the flow needs no
 * handler. */
static void
test_what_is_not_learned_is_reported(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, LEARN, NULL);
	lab_translate(lab, FROM_1, false, &out);
	assert_true(out.unlearned);
	assert_int_equal(xlate_learned_apply(lab->x), 0);
	xlate_record_teach(lab->x, out.record);
	xlate_out_free(&out);
	expect_learned(lab, LEARNED);
	lab_translate(lab, FROM_1, false, &out);
	assert_false(out.unlearned);
	xlate_out_free(&out);
	lab_translate(lab, FROM_1, true, &out);
	assert_false(out.unlearned);
	xlate_out_free(&out);
	lab_mod(lab, XLATE_MODIFY, "table=5,actions=drop");
	lab_translate(lab, FROM_1, true, &out);
	assert_true(out.unlearned);
	xlate_out_free(&out);
	assert_int_equal(xlate_learned_apply(lab->x), 1);
	expect_learned(lab, LEARNED);
}

#define N_LESSONS (2 * XLATE_LEARNED_TURN + 10)

/* However many rules are taught, control adds a bounded number at a time. */
static void
test_turns_are_bounded(void **state)
{
	struct lab *lab = *state;
	unsigned int n_woken = lab->n_woken;
	char packet[64];

	lab_rules(lab, "table=0,actions=learn(table=5,NXM_OF_ETH_SRC[])", NULL);
	for (unsigned int i = 0; i < N_LESSONS; i++) {
		snprintf(packet, sizeof packet, "in_port=1,dl_src=02:00:00:00:%02x:%02x", i >> 8,
			 i & 255);
		free(lab_actions(lab, packet, true));
	}
	assert_int_equal(lab->n_woken, n_woken + 1);
	assert_int_equal(xlate_learned_apply(lab->x), XLATE_LEARNED_TURN);
	assert_int_equal(lab->n_woken, n_woken + 2);
	assert_int_equal(xlate_learned_apply(lab->x), XLATE_LEARNED_TURN);
	assert_int_equal(lab->n_woken, n_woken + 3);
	assert_int_equal(xlate_learned_apply(lab->x), 10);
	assert_int_equal(lab->n_woken, n_woken + 3);
}

static int
idle_of(const struct xlate_rule_view *rule, void *aux)
{
	*(unsigned int *)aux = rule->idle_timeout_s;
	return 0;
}

static void
test_the_end_of_a_connection_hastens_its_rule(void **state)
{
	struct lab *lab = *state;
	unsigned int idle = 0;

	lab_rules(lab, "idle_timeout=60,tcp,actions=fin_timeout(idle_timeout=5),output:2", NULL);
	lab_expect(lab, FROM_1 ",tcp_flags=0x010", true, "12");
	lab_expect(lab, FROM_1 ",tcp_flags=0x011", false, "12");
	xlate_rule_each(lab->br, NULL, idle_of, &idle);
	assert_int_equal(idle, 60);
	lab_expect(lab, FROM_1 ",tcp_flags=0x011", true, "12");
	xlate_rule_each(lab->br, NULL, idle_of, &idle);
	assert_int_equal(idle, 5);
}

static void
test_conjunctions(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "priority=9,in_port=1,actions=conjunction(7,1/2)",
		  "priority=9,in_port=2,actions=conjunction(7,1/2)",
		  "priority=9,tcp,tp_dst=80,actions=conjunction(7,2/2)",
		  "priority=3,conj_id=7,actions=output:3", "priority=5,in_port=3,actions=output:4",
		  "priority=1,actions=output:2", NULL);
	lab_expect(lab, FROM_1, false, "13");
	lab_expect(lab, FROM_2, false, "13");
	lab_expect(lab, "in_port=1,tcp,tp_dst=81", false, "12");
	lab_expect(lab, "in_port=4,tcp,tp_dst=80", false, "12");
	lab_expect(lab, "in_port=3,tcp,tp_dst=80", false, "14");
	lab_mod(lab, XLATE_ADD, "priority=10,in_port=1,actions=output:4");
	lab_expect(lab, FROM_1, false, "14");
	lab_mod(lab, XLATE_DELETE, "in_port=1");
	lab_expect(lab, FROM_1, false, "12");
	lab_mod(lab, XLATE_MODIFY, "actions=output:4");
	lab_expect(lab, FROM_2, false, "14");
}

static void
test_packet_ins_carry_what_the_action_specifies(void **state)
{
	struct lab *lab = *state;
	struct xlate_packet_in content;
	struct xlate_out out;

	lab_rules(lab,
		  "cookie=0x77,actions=load:5->reg3,"
		  "controller(reason=no_match,id=9,userdata=01.02,max_len=64)",
		  NULL);
	lab_translate(lab, FROM_1, false, &out);
	assert_int_equal(out.actions.n, 1);
	assert_int_equal(out.actions.a[0].upcall.max_len, 64);
	assert_int_equal(xlate_packet_in_get(lab->x, out.actions.a[0].upcall.cookie, &content), 0);
	assert_int_equal(content.cookie, 0x77);
	assert_int_equal(ntohl(content.reg[3]), 5);
	assert_int_equal(content.controller_id, 9);
	assert_int_equal(content.reason, 0);
	assert_int_equal(content.n_userdata, 2);
	assert_memory_equal(content.userdata, "\1\2", 2);
	xlate_out_free(&out);

	lab_rules(lab, "ip,nw_ttl=1,actions=dec_ttl(3,4),output:2", NULL);
	lab_translate(lab, "in_port=1,ip,nw_ttl=1", false, &out);
	assert_int_equal(out.actions.n, 2);
	assert_int_equal(xlate_packet_in_get(lab->x, out.actions.a[1].upcall.cookie, &content), 0);
	assert_int_equal(content.controller_id, 4);
	assert_int_equal(content.reason, 2);
	xlate_out_free(&out);
}

static void
test_labels(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=push_mpls:0x8847,set_mpls_label:16,output:2", NULL);
	lab_expect(lab, FROM_1, false,
		   "push_mpls(label=0,tc=0,ttl=9,bos=1,eth_type=0x8847),set(mpls(label=16)),12");
	lab_rules(lab, "mpls,mpls_label=5,actions=pop_mpls:0x0800,output:2", NULL);
	lab_expect(lab, "in_port=1,mpls,mpls_label=5,mpls_bos=1", false,
		   "pop_mpls(eth_type=0x0800),12");
	lab_rules(lab, "mpls,actions=pop_mpls:0x8847,resubmit(,1)",
		  "table=1,mpls,mpls_label=0,actions=output:3", NULL);
	lab_expect(lab, "in_port=1,mpls,mpls_label=5,mpls_bos=0", false,
		   "pop_mpls(eth_type=0x8847),13");
	lab_rules(lab, "actions=clone(push_mpls:0x8847,output:2),output:3", NULL);
	lab_expect(lab, FROM_1, false, "drop(reason=unsupported)");
	lab_rules(lab, "actions=output:3,clone(push_mpls:0x8847,output:2)", NULL);
	lab_expect(lab, FROM_1, false, "13,push_mpls(label=0,tc=0,ttl=9,bos=1,eth_type=0x8847),12");
}

#define LIMITED                                                                                    \
	"table=0,actions=learn(table=5,cookie=0x9,limit=2,result_dst=NXM_NX_REG1[3],"              \
	"NXM_OF_ETH_SRC[]),resubmit(,6)"

static int
teach(struct lab *lab, unsigned int mac)
{
	char packet[64];

	snprintf(packet, sizeof packet, "in_port=1,dl_src=02:00:00:00:00:%02x", mac);
	free(lab_actions(lab, packet, true));
	return (int)xlate_learned_apply(lab->x);
}

/* A translation that depends on the limit of a learn action is current only while the learned
 * table is unchanged. */
static void
test_a_limit_of_what_is_learned(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;

	lab_rules(lab, LIMITED, "table=6,reg1=0x8/0x8,actions=output:2",
		  "table=6,reg1=0/0x8,actions=output:3", "table=5,cookie=0x8,udp,actions=drop",
		  NULL);
	assert_int_equal(teach(lab, 1), 1);
	lab_translate(lab, "in_port=1,dl_src=02:00:00:00:00:02", false, &out);
	assert_int_equal(teach(lab, 2), 1);
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
	lab_expect(lab, "in_port=1,dl_src=02:00:00:00:00:02", false, "12");
	lab_translate(lab, "in_port=1,dl_src=02:00:00:00:00:03", false, &out);
	assert_false(out.unlearned); /* the limit is reached */
	assert_int_equal(teach(lab, 3), 0);
	lab_expect(lab, "in_port=1,dl_src=02:00:00:00:00:03", false, "13");
	assert_true(lab_current(lab, &out));
	lab_mod(lab, XLATE_DELETE, "table=5,dl_src=02:00:00:00:00:01");
	assert_false(lab_current(lab, &out));
	xlate_out_free(&out);
	lab_expect(lab, "in_port=1,dl_src=02:00:00:00:00:03", false, "12");
	assert_int_equal(teach(lab, 3), 1);
}

#define TEACH(priority, more)                                                                      \
	"table=0,priority=" priority ",actions=learn(table=5,cookie=0x9," more                     \
	"NXM_OF_ETH_SRC[]),output:1"

static void
test_what_was_learned_is_removed_with_the_last_teacher(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, TEACH("7", "delete_learned,"), TEACH("6", "delete_learned,"), TEACH("5", ""),
		  "table=5,cookie=0x9,udp,actions=drop", "table=5,cookie=0x8,tcp,actions=drop",
		  NULL);
	assert_int_equal(teach(lab, 1), 1);
	lab_mod(lab, XLATE_DELETE_STRICT, "priority=7");
	expect_learned(lab, "cookie=0x9, table=5, udp actions=drop\n"
			    "cookie=0x8, table=5, tcp actions=drop\n"
			    "cookie=0x9, table=5, dl_src=02:00:00:00:00:01 actions=drop\n");
	lab_mod(lab, XLATE_MODIFY_STRICT, "priority=6,actions=drop");
	expect_learned(lab, "cookie=0x8, table=5, tcp actions=drop\n");
}

/* A learned rule may teach, too: deleting it, by timeout as well, deletes the rules it taught. */
static void
test_teachers_that_were_learned(void **state)
{
	struct lab *lab = *state;

	lab_rules(
		lab,
		"table=0,hard_timeout=1,actions=learn(table=4,delete_learned,cookie=3,NXM_OF_ETH_"
		"SRC[])",
		"table=4,cookie=3,actions=learn(table=5,delete_learned,cookie=4,NXM_OF_ETH_SRC[])",
		"table=5,cookie=4,arp,actions=drop", NULL);
	expect_learned(lab, "cookie=0x4, table=5, arp actions=drop\n");
	assert_int_equal(xlate_expire(lab->x, clock_now_ns() + 5 * NS_PER_S), 1);
	expect_learned(lab, "");
	lab_mod(lab, XLATE_DELETE, "table=4");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_packet_teaches_the_way_back),
		cmocka_unit_test(test_control_is_woken_once),
		cmocka_unit_test(test_what_is_not_learned_is_reported),
		cmocka_unit_test(test_turns_are_bounded),
		cmocka_unit_test(test_the_end_of_a_connection_hastens_its_rule),
		cmocka_unit_test(test_conjunctions),
		cmocka_unit_test(test_packet_ins_carry_what_the_action_specifies),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_a_limit_of_what_is_learned),
		cmocka_unit_test(test_what_was_learned_is_removed_with_the_last_teacher),
		cmocka_unit_test(test_teachers_that_were_learned),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
