/* SPDX-License-Identifier: Apache-2.0 */
/* Connection tracking in translation: the packets it sends, the state known after recirculation,
 * and the drops on a datapath without it. */
#include "bridge/bridge.h"
#include "lab.h"
#include "record/frozen.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define PACKET "in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80"

static void
test_passes(void **state)
{
	static const struct {
		const char *actions, *want;
	} cases[] = {
		{"ct(commit,zone=5)", "ct(commit,zone=5)"},
		{"ct", "ct"},
		{"ct(commit,force,zone=5),2", "ct(force_commit,zone=5),12"},
		{"load:7->NXM_NX_REG0[0..15],ct(commit,zone=NXM_NX_REG0[0..15])",
		 "ct(commit,zone=7)"},
		{"ct(commit,zone=NXM_OF_TCP_DST[])", "ct(commit,zone=80)"},
		{"ct(commit,exec(set_field:0x5/0xf->ct_mark,load:1->NXM_NX_CT_LABEL[64..65]))",
		 "ct(commit,mark=0x5/0xf,label=0x10000000000000000/0x30000000000000000)"},
		{"ct(commit,exec(move:NXM_OF_IP_SRC[]->NXM_NX_CT_MARK[]))",
		 "ct(commit,mark=0xa000001/0xffffffff)"},
		{"ct(commit,nat(src=1.2.3.4-1.2.3.9:1-100,random))",
		 "ct(commit,nat(src=1.2.3.4-1.2.3.9:1-100,random))"},
		{"ct(commit,alg=ftp),2", "ct(commit,helper=ftp),12"},
		{"mod_nw_src:9.9.9.9,ct(commit),2", "set(ipv4(src=9.9.9.9)),ct(commit),12"},
		{"ct_clear,2", "12"},
		{"clone(ct(commit,zone=3),2),3", "ct(commit,zone=3),12,13"},
		{"set_queue:5,2,pop_queue,3", "set(skb_priority(0x5)),12,set(skb_priority(0)),13"},
		{"enqueue:2:9,3", "set(skb_priority(0x9)),12,set(skb_priority(0)),13"},
		/* The copy's address cannot be restored. */
		{"clone(ct(commit,nat(src=1.1.1.1)),2),3", "drop(reason=unsupported)"},
		/* NAT may have changed the address; its value in the match is no longer valid. */
		{"ct(nat),set_field:10.0.0.1->ip_src,2", "ct(nat),set(ipv4(src=10.0.0.1)),12"},
	};
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[512];

		snprintf(rule, sizeof rule, "tcp,nw_src=10.0.0.1,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, NULL);
		lab_expect(&lab, PACKET, false, cases[i].want);
	}
	lab_close(&lab);
}

/* Recirculation restores the pipeline's state: registers, metadata, stack, action set, port. */
static void
test_recirculated(void **state)
{
	struct flow_key key;
	struct xlate_out out;
	struct lab lab;

	(void)state;
	lab_open(&lab, 3, 0);
	lab_rules(
		&lab,
		"table=0,tcp,actions=load:0x99->NXM_NX_REG3[],push:NXM_OF_TCP_DST[],"
		"ct(table=4,zone=7),ct_clear,write_actions(output:3),write_metadata:0x5,"
		"goto_table:1",
		"table=1,metadata=5,tcp,actions=ct(table=5)",
		"table=4,reg3=0x99,ct_state=+new+trk,ct_zone=7,tcp,actions=pop:NXM_NX_REG1[0..15],"
		"output:2,in_port,ct_clear,ct_clear,resubmit(,6)",
		"table=6,reg1=80,ct_state=-trk,actions=output:3",
		"table=5,metadata=5,in_port=1,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out);
	assert_int_equal(out.drop, FLOW_NOT_DROPPED);
	key.recirc_id = lab_recirc_of(&out);
	key.ct_state = FLOW_CT_STATE_NEW | FLOW_CT_STATE_TRACKED;
	key.ct_zone = 7;
	lab_expect_key(&lab, &key, "12,11,ct_clear,13");
	key.ct_state = FLOW_CT_STATE_ESTABLISHED | FLOW_CT_STATE_TRACKED;
	lab_expect_key(&lab, &key, "drop");
	/* The second copy has the action set too: it sends to 2, then to the set's 3. */
	key.recirc_id = out.actions.a[out.actions.n - 1].type == FLOW_ACTION_OUTPUT
				? out.actions.a[out.actions.n - 2].recirc_id
				: out.actions.a[out.actions.n - 1].recirc_id;
	lab_expect_key(&lab, &key, "12,13");
	xlate_out_free(&out);
	lab_close(&lab);
}

/* The ct fields are known to be 0 for untracked packets, and consulted for others. */
static void
test_masks(void **state)
{
	struct flow_key key;
	struct xlate_out out, back;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "table=0,ip,actions=ct(table=1)", "table=1,ct_state=+trk,actions=2",
		  "table=2,ct_state=-trk,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out);
	assert_int_equal(out.mask.ct_state, 0);
	assert_int_equal(out.mask.recirc_id, UINT32_MAX);
	key.recirc_id = lab_recirc_of(&out);
	key.ct_state = FLOW_CT_STATE_NEW | FLOW_CT_STATE_TRACKED;
	lab_translate_key(&lab, &key, &back);
	assert_int_equal(back.mask.ct_state, FLOW_CT_STATE_TRACKED);
	xlate_out_free(&back);
	xlate_out_free(&out);
	lab_rules(&lab, "table=0,ip,actions=ct_clear,resubmit(,2)",
		  "table=2,ct_state=-trk,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out);
	assert_int_equal(out.mask.ct_state, FLOW_CT_STATE_TRACKED);
	assert_int_equal(out.actions.n, 1);
	xlate_out_free(&out);
	key.ct_state = FLOW_CT_STATE_TRACKED | FLOW_CT_STATE_NEW;
	lab_translate_key(&lab, &key, &out);
	assert_int_equal(out.mask.ct_state, FLOW_CT_STATE_TRACKED);
	assert_int_equal(out.actions.n, 2);
	assert_int_equal(out.actions.a[0].type, FLOW_ACTION_CT_CLEAR);
	xlate_out_free(&out);
	lab_close(&lab);
}

/* Equal states share a recirc_id while it is held; a released one is not used again. */
static void
test_numbers(void **state)
{
	struct xlate_out a, b, held;
	struct flow_key key, other;
	uint32_t first;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "table=0,tcp,actions=move:NXM_OF_TCP_DST[]->NXM_NX_REG0[0..15],ct(table=1)",
		  "table=1,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	other = key;
	other.tp_dst = (be16)~key.tp_dst;
	lab_translate_key(&lab, &key, &a);
	lab_translate_key(&lab, &key, &b);
	first = lab_recirc_of(&a);
	assert_int_not_equal(first, 0);
	assert_int_equal(first, lab_recirc_of(&b));
	xlate_out_free(&b);
	lab_translate_key(&lab, &other, &b);
	assert_int_not_equal(first, lab_recirc_of(&b));
	/* A translation that resumes a state holds it, too. */
	key.recirc_id = first;
	lab_translate_key(&lab, &key, &held);
	xlate_out_free(&a);
	lab_expect_key(&lab, &key, "12");
	xlate_out_free(&held);
	lab_expect_key(&lab, &key, "drop(reason=recirc-gone)");
	key.recirc_id = 0;
	lab_translate_key(&lab, &key, &a);
	assert_int_not_equal(first, lab_recirc_of(&a));
	xlate_out_free(&a);
	xlate_out_free(&b);
	lab_close(&lab);
}

/* States get no numbers of megaflows that were found. */
static void
test_found_numbers(void **state)
{
	struct xlate_out first, second;
	struct flow_key key;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "table=0,tcp,actions=move:NXM_OF_TCP_DST[]->NXM_NX_REG0[0..15],ct(table=1)",
		  "table=1,actions=2", NULL);
	xlate_recirc_skip(lab.x, 1000);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &first);
	assert_true(lab_recirc_of(&first) > 1000);
	xlate_recirc_skip(lab.x, 5);
	key.tp_dst = (be16)~key.tp_dst;
	lab_translate_key(&lab, &key, &second);
	assert_true(lab_recirc_of(&second) > lab_recirc_of(&first));
	xlate_out_free(&first);
	xlate_out_free(&second);
	lab_close(&lab);
}

static void
test_bridge_is_deleted(void **state)
{
	struct flow_key key;
	struct xlate_out out;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "ip,actions=ct(table=1)", "table=1,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	lab_translate_key(&lab, &key, &out);
	key.recirc_id = lab_recirc_of(&out);
	assert_int_equal(xlate_bridge_del(lab.x, "br0", lab.err, sizeof lab.err), 0);
	lab_expect_key(&lab, &key, "drop(reason=recirc-gone)");
	xlate_out_free(&out);
	lab_close(&lab);
}

/* On a datapath without connection tracking the packet is dropped, and earlier actions are not
 * emitted. */
static void
test_unsupported(void **state)
{
	const uint32_t none = 1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_SET |
			      1u << FLOW_ACTION_DROP | 1u << FLOW_ACTION_SET_QUEUE;
	static const struct {
		const char *actions, *want;
	} cases[] = {
		{"2,ct(commit)", "drop(reason=unsupported)"},
		{"2,clone(ct(table=1)),2", "drop(reason=unsupported)"},
		{"ct_clear,2", "12"},
		{"set_queue:3,2", "set(skb_priority(0x3)),12"},
	};
	struct lab lab;

	(void)state;
	lab_open_on(&lab, 2, none);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[128];

		snprintf(rule, sizeof rule, "ip,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, NULL);
		lab_expect(&lab, PACKET, false, cases[i].want);
	}
	lab_close(&lab);
}

/* A datapath without zones and labels: what sets them is a drop, with their name in the trace, and that
 * they are 0 is not matched. */
static void
test_absent_fields(void **state)
{
	static const struct flow_key absent = {.ct_zone = UINT16_MAX, .ct_label = {1}};
	static const struct {
		const char *actions, *want;
	} cases[] = {
		{"ct(commit),2", "ct(commit),12"},
		{"ct(commit,zone=5),2", "drop(reason=unsupported)"},
		{"ct(commit,exec(load:1->NXM_NX_CT_LABEL[0..7])),2",
		 "ct(commit,label=0x1/0xff),12"},
		{"ct(commit,exec(load:1->NXM_NX_CT_LABEL[120..127])),2",
		 "drop(reason=unsupported)"},
	};
	struct xlate_out out;
	struct lab lab;

	(void)state;
	lab_open_with(&lab, 2, &(struct xlate_config){.seed = 42, .dp_absent = &absent});
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char rule[128];

		snprintf(rule, sizeof rule, "ip,actions=%s", cases[i].actions);
		lab_rules(&lab, rule, NULL);
		lab_expect(&lab, PACKET, false, cases[i].want);
	}
	lab_rules(&lab, "ct_zone=0,ct_mark=0,actions=2", "priority=9,ct_zone=5,actions=1", NULL);
	lab_translate(&lab, PACKET, false, &out);
	assert_int_equal(out.mask.ct_zone, 0);
	assert_int_equal(out.mask.ct_mark, UINT32_MAX);
	xlate_out_free(&out);
	lab_close(&lab);
}

/* Gives a packet a connection from 10.0.0.1:1000 to 10.0.0.9:80. */
static void
connection_give(struct flow_key *key)
{
	const uint8_t src[4] = {10, 0, 0, 1}, dst[4] = {10, 0, 0, 9};

	key->ct_state = FLOW_CT_STATE_ESTABLISHED | FLOW_CT_STATE_TRACKED;
	key->ct_nw_proto = 6;
	memcpy(key->ct_src.b + FLOW_IP6_V4_AT, src, sizeof src);
	memcpy(key->ct_dst.b + FLOW_IP6_V4_AT, dst, sizeof dst);
	key->ct_tp_src = htons(1000);
	key->ct_tp_dst = htons(80);
}

static struct flow_key
mask_of(struct lab *lab, const struct flow_key *key, bool is_dropped)
{
	struct flow_key mask;
	struct xlate_out out;

	lab_translate_key(lab, key, &out);
	assert_int_equal(out.drop != FLOW_NOT_DROPPED, is_dropped);
	mask = out.mask;
	xlate_out_free(&out);
	return mask;
}

/* The original direction is matched bit by bit where there is a connection; elsewhere ct_state shows that there
 * is none, and for other packets than those of IP their type does. */
static void
test_original_direction(void **state)
{
	static const struct flow_key absent = {.ct_dst = {{[0 ... 15] = 0xff}}};
	struct flow_key key, mask;
	struct lab lab;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab,
		  "table=0,priority=2,ct_state=+est,ip,ct_nw_dst=10.0.0.8/30,ct_nw_proto=6,actions="
		  "move:NXM_NX_CT_TP_DST[0..7]->NXM_NX_REG0[0..7],resubmit(,1)",
		  "table=1,reg0=80,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	connection_give(&key);
	mask = mask_of(&lab, &key, false);
	assert_int_equal(mask.ct_dst.b[15], 0xfc);
	assert_int_equal(mask.ct_dst.b[12], 0xff);
	assert_int_equal(mask.ct_dst.b[11], 0);
	assert_int_equal(mask.ct_nw_proto, UINT8_MAX);
	assert_int_equal(mask.ct_tp_dst, htons(0xff));
	assert_int_equal(mask.ct_src.b[15] | mask.ct_tp_src, 0);
	key.ct_dst.b[15] = 12; /* another connection */
	assert_int_equal(mask_of(&lab, &key, true).ct_dst.b[15] & 4, 4);

	lab_rules(&lab, "ct_state=+rpl,ip,ct_nw_dst=10.0.0.9,actions=2", NULL);
	key.ct_state =
		FLOW_CT_STATE_REPLY | FLOW_CT_STATE_TRACKED; /* the rule has no other proof */
	flow_key_fill_orig(&key, 0);
	mask = mask_of(&lab, &key, true);
	assert_false(flow_key_has_orig(&mask));
	assert_int_equal(mask.ct_state & FLOW_CT_STATE_VALID, FLOW_CT_STATE_VALID);
	lab_close(&lab);

	lab_open_with(&lab, 2, &(struct xlate_config){.seed = 42, .dp_absent = &absent});
	lab_rules(&lab, "ct_state=+est,ip,ct_nw_dst=10.0.0.9,actions=2", NULL);
	key = lab_key(&lab, PACKET);
	key.ct_state = FLOW_CT_STATE_ESTABLISHED | FLOW_CT_STATE_TRACKED;
	mask = mask_of(&lab, &key, true);
	assert_false(flow_key_has_orig(&mask));
	lab_close(&lab);
}

static char *
followed(struct lab *lab, const char *flow, const char *states)
{
	uint8_t next;
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);
	struct xlate_trace t = {.br = lab->br,
				.flow = flow,
				.now_ns = LAB_NOW,
				.text = out,
				.all = true,
				.ct_next = &next,
				.n_ct_next = states ? 1 : 0};

	if (states && xlate_ct_state_parse(states, &next, lab->err, sizeof lab->err))
		fail_msg("%s: %s", states, lab->err);
	assert_int_equal(xlate_trace(lab->x, &t, NULL, NULL, lab->err, sizeof lab->err), 0);
	fclose(out);
	return text;
}

static unsigned int
count_of(const char *text, const char *word)
{
	unsigned int n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

static void
test_followed(void **state)
{
	struct lab lab;
	char *text;

	(void)state;
	lab_open(&lab, 2, 0);
	lab_rules(&lab, "tcp,actions=ct(commit,table=1,nat(dst=9.9.9.9:8080))",
		  "table=1,ct_state=+new,tcp,nw_dst=9.9.9.9,tp_dst=8080,actions=2",
		  "table=1,ct_state=+est,actions=1,2", "udp,actions=ct(table=0),ct(table=0)",
		  "sctp,actions=ct(table=0)", "table=2,actions=2", NULL);
	text = followed(&lab, PACKET, NULL);
	assert_non_null(strstr(text, ") - resume conntrack with default ct_state=trk|new (use "
				     "--ct-next to customize)\n"));
	assert_non_null(strstr(text, "nw_dst=9.9.9.9,tp_dst=8080\n====="));
	assert_non_null(strstr(text, "Datapath actions: p2\n"));
	free(text);
	text = followed(&lab, PACKET, "trk,est,rpl");
	assert_non_null(strstr(text, " - resume conntrack with ct_state=est|rpl|trk\n"));
	assert_null(strstr(text, "default"));
	free(text);
	/* Recirculates without end, in two ways each time. */
	text = followed(&lab, "in_port=1,udp", NULL);
	assert_int_equal(count_of(text, "\nrecirc("), 64);
	assert_non_null(strstr(text, "is recirculated more than 64 times; trace stopped"));
	free(text);
	/* Alone it ends by itself. */
	text = followed(&lab, "in_port=1,sctp", NULL);
	assert_int_equal(count_of(text, "\nrecirc("), XLATE_PASSES_MAX);
	assert_non_null(strstr(text, "recursion-too-deep"));
	free(text);
	assert_int_equal(frozens_count(lab.x->frozens), 0);
	lab_close(&lab);
}

#define N_THREADS 3
#define N_ROUNDS 20000

struct shared {
	struct lab lab;
	struct flow_key keys[2];
	_Atomic unsigned int n_wrong;
};

/* Translates to one of two states, as other threads do. Resumes it while it is held, and then the
 * state before, which may have been released. */
static void *
sender(void *aux)
{
	struct shared *s = aux;
	uint32_t before = 0;

	rcu_thread_start();
	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		struct flow_key key = s->keys[i % 2];
		struct xlate_in in = {.key = &key, .now_ns = LAB_NOW};
		struct xlate_out out, back;
		uint32_t now;

		s->n_wrong += xlate_translate(s->lab.x, &in, &out) != 0;
		key.recirc_id = now = lab_recirc_of(&out);
		s->n_wrong += xlate_translate(s->lab.x, &in, &back) != 0;
		s->n_wrong += back.drop != FLOW_NOT_DROPPED;
		xlate_out_free(&out);
		xlate_out_free(&back);
		if (before) {
			key.recirc_id = before;
			s->n_wrong += xlate_translate(s->lab.x, &in, &back) != 0;
			s->n_wrong +=
				back.drop != FLOW_NOT_DROPPED && back.drop != FLOW_DROP_NO_RECIRC;
			xlate_out_free(&back);
		}
		before = now;
		rcu_quiesce();
	}
	rcu_thread_stop();
	return NULL;
}

static void
test_threads(void **state)
{
	static struct shared s;
	pthread_t threads[N_THREADS];

	(void)state;
	lab_open(&s.lab, 2, 0);
	lab_rules(&s.lab, "tcp,actions=move:NXM_OF_TCP_DST[]->NXM_NX_REG0[0..15],ct(table=1)",
		  "table=1,actions=2", NULL);
	s.keys[0] = s.keys[1] = lab_key(&s.lab, PACKET);
	s.keys[1].tp_dst = (be16)~s.keys[1].tp_dst;
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sender, &s), 0);
	rcu_sleep();
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	rcu_wake();
	assert_int_equal(s.n_wrong, 0);
	assert_int_equal(frozens_count(s.lab.x->frozens), 0);
	lab_close(&s.lab);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_recirculated),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_found_numbers),
		cmocka_unit_test(test_bridge_is_deleted),
		cmocka_unit_test(test_unsupported),
		cmocka_unit_test(test_absent_fields),
		cmocka_unit_test(test_original_direction),
		cmocka_unit_test(test_followed),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
