/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications: of rules added, changed and removed, and of packets for the controller; and the
 * effects of a packet-out. */
#include "bridge/bridge.h"
#include "lab.h"
#include "record/packet_in.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <xlate/action.h>
#include <xlate/packet_in.h>

struct events {
	struct lab lab;
	char text[4096];
};

static const char *const signs[] = {
	[XLATE_RULE_ADDED] = "+",   [XLATE_RULE_MODIFIED] = "~", [XLATE_RULE_DELETED] = "-",
	[XLATE_RULE_IDLE] = "idle", [XLATE_RULE_HARD] = "hard",
};

static void
on_rule_event(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
	      const struct xlate_rule_view *rule)
{
	struct events *t = aux;
	size_t n = strlen(t->text);

	assert_string_equal(xlate_bridge_name(br), "br0");
	snprintf(t->text + n, sizeof t->text - n, "%s%u/%llu ", signs[event], rule->priority,
		 (unsigned long long)rule->cookie);
}

static void
open_lab(struct events *t)
{
	const struct xlate_rule_sink sink = {.aux = t, .on_rule_event = on_rule_event};

	memset(t, 0, sizeof *t);
	lab_open(&t->lab, 3, 0);
	lab_rules(&t->lab, NULL);
	xlate_rule_sink_set(t->lab.x, &sink);
}

static void
expect(struct events *t, const char *want)
{
	assert_string_equal(t->text, want);
	t->text[0] = '\0';
}

static void
test_changes(void **state)
{
	struct events t;

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "priority=5,cookie=1,tcp,actions=output:1");
	expect(&t, "+5/1 ");
	lab_mod(&t.lab, XLATE_ADD, "priority=5,cookie=2,tcp,actions=output:2");
	expect(&t, "+5/2 ");
	lab_mod(&t.lab, XLATE_MODIFY, "tcp,actions=output:3");
	expect(&t, "~5/2 ");
	lab_mod(&t.lab, XLATE_MODIFY, "udp,actions=output:3");
	expect(&t, "");
	lab_mod(&t.lab, XLATE_DELETE, "");
	expect(&t, "-5/2 ");
	lab_mod(&t.lab, XLATE_DELETE, "");
	expect(&t, "");
	lab_close(&t.lab);
}

/* Only the net effect of a batch is reported: not a rule that it adds and removes. */
static void
test_batch(void **state)
{
	static const struct {
		enum xlate_command command;
		const char *text;
	} mods[] = {
		{XLATE_ADD, "priority=6,cookie=6,udp,actions=output:1"},
		{XLATE_DELETE, "udp"},
		{XLATE_MODIFY, "tcp,actions=output:2"},
		{XLATE_DELETE, "tcp"},
	};
	struct xlate_flow_mod fms[4];
	struct events t;

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "priority=5,cookie=1,tcp,actions=output:1");
	expect(&t, "+5/1 ");
	for (int i = 0; i < 4; i++)
		assert_int_equal(xlate_flow_mod_parse(t.lab.br, mods[i].text, mods[i].command,
						      &fms[i], t.lab.err, sizeof t.lab.err),
				 0);
	assert_int_equal(
		xlate_flow_mods_apply(t.lab.x, t.lab.br, fms, 4, NULL, t.lab.err, sizeof t.lab.err),
		0);
	expect(&t, "-5/1 ");
	lab_close(&t.lab);
}

static void
test_timeouts(void **state)
{
	struct events t;

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "priority=5,idle_timeout=1,tcp,actions=output:1");
	lab_mod(&t.lab, XLATE_ADD, "priority=6,hard_timeout=1,udp,actions=output:1");
	t.text[0] = '\0';
	assert_int_equal(xlate_expire(t.lab.x, clock_now_ns() + 5 * NS_PER_S), 2);
	assert_true(strstr(t.text, "idle5/0 ") && strstr(t.text, "hard6/0 "));
	lab_close(&t.lab);
}

static void
test_modification_adds(void **state)
{
	struct xlate_flow_mod fm;
	struct events t;

	(void)state;
	open_lab(&t);
	assert_int_equal(xlate_flow_mod_parse(t.lab.br, "udp,actions=output:1", XLATE_MODIFY, &fm,
					      t.lab.err, sizeof t.lab.err),
			 0);
	fm.add_if_none = true;
	assert_int_equal(
		xlate_flow_mods_apply(t.lab.x, t.lab.br, &fm, 1, NULL, t.lab.err, FLOW_ERR_BYTES),
		0);
	expect(&t, "+32768/0 ");
	lab_close(&t.lab);
}

static uint32_t
controller_cookie(struct lab *lab, const char *packet)
{
	struct xlate_out out;
	uint32_t cookie = 0;

	lab_translate(lab, packet, false, &out);
	for (unsigned int i = 0; i < out.actions.n; i++)
		if (out.actions.a[i].type == FLOW_ACTION_UPCALL)
			cookie = out.actions.a[i].upcall.cookie;
	xlate_out_free(&out);
	return cookie;
}

#define TCP "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=5,tp_dst=6"
#define UDP "in_port=1,udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=5,tp_dst=6"

static void
test_packet_in(void **state)
{
	struct xlate_packet_in in;
	struct events t;
	uint32_t tcp, udp;

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "cookie=3,tcp,actions=load:7->NXM_NX_REG2[],resubmit(,4)");
	lab_mod(&t.lab, XLATE_ADD, "table=4,cookie=9,tcp,actions=CONTROLLER:128");
	lab_mod(&t.lab, XLATE_ADD, "priority=0,cookie=5,actions=CONTROLLER:65535");
	tcp = controller_cookie(&t.lab, TCP);
	udp = controller_cookie(&t.lab, UDP);
	assert_int_not_equal(tcp, 0);
	assert_int_not_equal(udp, 0);
	assert_int_not_equal(tcp, udp);
	assert_int_equal(controller_cookie(&t.lab, TCP), tcp);
	assert_int_equal(xlate_packet_in_get(t.lab.x, tcp, &in), 0);
	assert_int_equal(in.cookie, 9);
	assert_int_equal(in.table, 4);
	assert_int_equal(ntohl(in.reg[2]), 7);
	assert_int_equal(in.reason, XLATE_REASON_ACTION);
	assert_int_equal(xlate_packet_in_get(t.lab.x, udp, &in), 0);
	assert_int_equal(in.cookie, 5);
	assert_int_equal(in.table, 0);
	assert_int_equal(in.reason, XLATE_REASON_EXPLICIT_MISS);
	assert_int_equal(xlate_packet_in_get(t.lab.x, 0, &in), -ENOENT);
	assert_int_equal(xlate_packet_in_get(t.lab.x, udp + 65536, &in), -ENOENT);
	lab_close(&t.lab);
}

/* Asserts the megaflow's actions for TCP without a matching rule in 'table'. */
static void
expect_miss(struct lab *lab, uint8_t table, bool reported)
{
	struct xlate_packet_in in;
	uint32_t cookie;

	if (!reported) {
		lab_expect(lab, TCP, false, "drop");
		return;
	}
	cookie = controller_cookie(lab, TCP);
	assert_int_equal(xlate_packet_in_get(lab->x, cookie, &in), 0);
	assert_int_equal(in.reason, XLATE_REASON_IMPLICIT_MISS);
	assert_int_equal(in.table, table);
	assert_int_equal(in.cookie, 0);
	assert_int_equal(in.in_port, 1);
}

static void
test_misses(void **state)
{
	char err[FLOW_ERR_BYTES];
	struct events t;

	(void)state;
	open_lab(&t);
	for (int reported = 0; reported < 2; reported++) {
		assert_int_equal(xlate_report_misses_set(t.lab.x, t.lab.br, reported), 0);
		lab_rules(&t.lab, "udp,actions=output:2", NULL);
		expect_miss(&t.lab, 0, reported);
		lab_rules(&t.lab, "cookie=3,actions=goto_table:7", NULL);
		expect_miss(&t.lab, 7, reported);
		lab_rules(&t.lab, "actions=resubmit(,7)", NULL);
		expect_miss(&t.lab, 7, false);
		lab_rules(&t.lab, "actions=resubmit(,7)", "table=7,actions=goto_table:8", NULL);
		expect_miss(&t.lab, 8, reported);
	}
	for (int reported = 0; reported < 2; reported++) {
		uint32_t flag = reported ? 0 : XLATE_CONFIG_NO_PACKET_IN;

		assert_int_equal(xlate_port_config_set(t.lab.x, "p1", flag,
						       XLATE_CONFIG_NO_PACKET_IN, err, sizeof err),
				 0);
		lab_rules(&t.lab, "udp,actions=output:2", NULL);
		expect_miss(&t.lab, 0, reported);
	}
	lab_close(&t.lab);
}

/* Numbers of forgotten contents are not used again. */
static void
test_packet_ins_are_bounded(void **state)
{
	struct xlate_packet_in in;
	struct events t;
	uint32_t first;
	char rule[96];

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "cookie=1,actions=CONTROLLER");
	first = controller_cookie(&t.lab, TCP);
	for (unsigned int i = 2; i < XLATE_PACKET_INS + 10; i++) {
		snprintf(rule, sizeof rule, "cookie=%u,actions=CONTROLLER", i);
		lab_mod(&t.lab, XLATE_ADD, rule);
		assert_int_not_equal(controller_cookie(&t.lab, TCP), first);
		if (i % 256 == 0)
			rcu_quiesce();
	}
	assert_int_equal(xlate_packet_in_get(t.lab.x, first, &in), -ENOENT);
	lab_close(&t.lab);
}

#define USERDATA_BYTES 60000
#define N_USERDATA 1000 /* 60 MB, if nothing were shared or forgotten */

static size_t
bytes_in_use(void)
{
	rcu_drain();
	return mallinfo2().uordblks;
}

/* Stores a content with 'reg0' and userdata that begins with 'which'. */
static uint32_t
put_userdata(struct events *t, uint32_t reg0, uint32_t which)
{
	static uint8_t userdata[USERDATA_BYTES];
	struct xlate_packet_in in = {.n_userdata = USERDATA_BYTES, .userdata = userdata};

	memcpy(userdata, &which, sizeof which);
	in.reg[0] = reg0;
	return packet_ins_put(t->lab.x->packet_ins, &in);
}

static void
expect_userdata(struct events *t, uint32_t number, uint32_t reg0, uint32_t which)
{
	struct xlate_packet_in in;
	uint32_t got;

	assert_int_equal(xlate_packet_in_get(t->lab.x, number, &in), 0);
	assert_int_equal(in.reg[0], reg0);
	assert_int_equal(in.n_userdata, USERDATA_BYTES);
	memcpy(&got, in.userdata, sizeof got);
	assert_int_equal(got, which);
}

/* One flow makes as many contents as a register has values; all share its userdata. */
static void
test_userdata_is_shared(void **state)
{
	uint32_t number[N_USERDATA];
	size_t before, used;
	struct events t;

	(void)state;
	open_lab(&t);
	before = bytes_in_use();
	for (uint32_t i = 0; i < N_USERDATA; i++)
		number[i] = put_userdata(&t, i, 1);
	used = bytes_in_use() - before;
	if (used > USERDATA_BYTES + N_USERDATA * 1000)
		fail_msg("%d contents with the same userdata hold %zu bytes", N_USERDATA, used);
	for (uint32_t i = 0; i < N_USERDATA; i++)
		expect_userdata(&t, number[i], i, 1);
	lab_close(&t.lab);
}

/* The oldest contents are forgotten when the userdata is too large; the newest remain, and no
 * memory leaks. */
static void
test_userdata_is_bounded(void **state)
{
	unsigned int n_known = XLATE_PACKET_IN_BYTES / USERDATA_BYTES;
	uint32_t number[N_USERDATA];
	struct xlate_packet_in in;
	size_t before, used;
	struct events t;

	(void)state;
	open_lab(&t);
	before = bytes_in_use();
	for (uint32_t i = 0; i < N_USERDATA; i++)
		number[i] = put_userdata(&t, 0, i);
	used = bytes_in_use() - before;
	if (used > XLATE_PACKET_IN_BYTES + N_USERDATA * 1000)
		fail_msg("%d userdata hold %zu bytes", N_USERDATA, used);
	for (uint32_t i = 0; i < N_USERDATA - n_known; i++)
		assert_int_equal(xlate_packet_in_get(t.lab.x, number[i], &in), -ENOENT);
	for (uint32_t i = N_USERDATA - n_known; i < N_USERDATA; i++)
		expect_userdata(&t, number[i], 0, i);
	/* Contents without userdata push the others out of the ring. */
	for (uint32_t i = 0; i < XLATE_PACKET_INS; i++) {
		in = (struct xlate_packet_in){.reg = {i}};
		assert_int_not_equal(packet_ins_put(t.lab.x->packet_ins, &in), 0);
		if (i % 256 == 0)
			rcu_quiesce();
	}
	assert_int_equal(xlate_packet_in_get(t.lab.x, number[N_USERDATA - 1], &in), -ENOENT);
	lab_close(&t.lab);
}

static char *
packet_out(struct lab *lab, uint16_t in_port, const char *text)
{
	struct flow_port_names names = xlate_of_port_names(lab->br);
	struct flow_key key = lab_key(lab, TCP);
	struct xlate_in in = {.key = &key, .now_ns = LAB_NOW, .br = lab->br, .ofp_port = in_port};
	struct xlate_actions *actions;
	struct xlate_out out;
	char *got = NULL;
	size_t n;
	FILE *f = open_memstream(&got, &n);

	key.in_port = FLOW_PORT_NONE;
	assert_int_equal(xlate_actions_parse(&names, text, &actions, lab->err, sizeof lab->err), 0);
	/* Actions in text cannot output to the table, since this is meaningless in a rule. */
	for (size_t i = 0; i < actions->n; i++)
		if (actions->a[i].output.port == XLATE_PORT_LOCAL)
			actions->a[i].output.port = XLATE_PORT_TABLE;
	in.actions = actions;
	assert_int_equal(xlate_translate(lab->x, &in, &out), 0);
	for (unsigned int i = 0; i < out.actions.n; i++)
		if (out.actions.a[i].type == FLOW_ACTION_OUTPUT)
			fprintf(f, "%u ", out.actions.a[i].port);
	fclose(f);
	xlate_out_free(&out);
	xlate_actions_free(actions);
	return got;
}

static void
expect_packet_out(struct lab *lab, uint16_t in_port, const char *actions, const char *want)
{
	char *got = packet_out(lab, in_port, actions);

	assert_string_equal(got, want);
	free(got);
}

static void
test_packet_out(void **state)
{
	struct events t;

	(void)state;
	open_lab(&t);
	lab_mod(&t.lab, XLATE_ADD, "tcp,in_port=2,actions=output:3");
	expect_packet_out(&t.lab, XLATE_PORT_CONTROLLER, "output:1,output:2", "11 12 ");
	expect_packet_out(&t.lab, 1, "flood", "12 13 ");
	expect_packet_out(&t.lab, 1, "in_port", "11 ");
	expect_packet_out(&t.lab, 2, "local", "13 ");
	expect_packet_out(&t.lab, 1, "local", "");
	lab_close(&t.lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_modification_adds),
		cmocka_unit_test(test_packet_in),
		cmocka_unit_test(test_misses),
		cmocka_unit_test(test_packet_ins_are_bounded),
		cmocka_unit_test(test_userdata_is_shared),
		cmocka_unit_test(test_userdata_is_bounded),
		cmocka_unit_test(test_packet_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
