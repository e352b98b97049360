/* SPDX-License-Identifier: Apache-2.0 */
/* Geneve options as fields: what rules match, what megaflows match then, and which changes make them stale. br0: p1, p2
 * (datapath 11, 12), and a tunnel port, 9 (datapath 20). */
#include "lab.h"

#include "support/rng.h"

#include <flow/packed.h>
#include <xlate/tlv_map.h>

#include <arpa/inet.h>
#include <string.h>

static int
map(struct lab *lab, enum xlate_tlv_command command, uint8_t type, uint8_t n_bytes, uint16_t index)
{
	struct xlate_tlv tlv = {0x102, type, n_bytes, index};
	const struct xlate_tlv_mod mod = {command, 1, &tlv};

	return xlate_tlv_map_change(lab->x, lab->br, &mod, lab->err, sizeof lab->err);
}

/* tun_metadata0: 4 bytes, 1: 8 bytes, 63: 4 bytes. */
static int
setup(void **state)
{
	static struct lab lab;
	const struct xlate_tunnel tunnel = {.remote_flow = true,
					    .local_flow = true,
					    .in_key_flow = true,
					    .out_key_flow = true,
					    .ttl = XLATE_TUNNEL_TTL};
	struct xlate_port port = {.name = "t", .ofp_port = 9, .dp_port = 20, .tunnel = &tunnel};

	lab_open(&lab, 2, 0);
	assert_int_equal(xlate_port_add(lab.x, lab.br, &port, NULL, lab.err, sizeof lab.err), 0);
	assert_int_equal(map(&lab, XLATE_TLV_ADD, 1, 4, 0), 0);
	assert_int_equal(map(&lab, XLATE_TLV_ADD, 0x82, 8, 1), 0);
	assert_int_equal(map(&lab, XLATE_TLV_ADD, 3, 4, 63), 0);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

/* Returns the key of a packet from the tunnel with these options. */
static struct flow_key
packet_with(struct lab *lab, const char *options)
{
	char text[512];

	snprintf(text, sizeof text,
		 "recirc_id(0),tunnel(tun_id=0x5,src=10.0.0.2,dst=10.0.0.1,ttl=64,geneve(%s),"
		 "flags(key)),in_port(20),eth_type(0x0800),ipv4(proto=17,frag=no)",
		 options);
	return lab_key(lab, text);
}

/* Translates, and returns the megaflow. */
static struct flow_match
translate_key(struct lab *lab, const struct flow_key *key, struct xlate_out *out)
{
	struct flow_match m = {.key = *key};

	lab_translate_key(lab, key, out);
	m.mask = out->mask;
	flow_match_canonicalize(&m);
	return m;
}

/* Asserts the actions of a packet, and the options that its megaflow matches. */
static void
expect(struct lab *lab, const char *options, const char *actions, const char *matched)
{
	struct flow_key key = packet_with(lab, options);
	struct xlate_out out;
	struct flow_match m = translate_key(lab, &key, &out);
	char *text, want[512];
	size_t n;
	FILE *mem = open_memstream(&text, &n);

	flow_match_print_dp(&m, NULL, false, mem);
	fputc(' ', mem);
	flow_actions_print_dp(&out.actions, NULL, mem);
	fclose(mem);
	snprintf(want, sizeof want, "geneve(%s)", matched);
	if (!strstr(text, want))
		fail_msg("%s: %s; expected %s", options, text, want);
	assert_string_equal(strrchr(text, ' ') + 1, actions);
	free(text);
	xlate_out_free(&out);
}

#define ANY0 "{class=0x102,type=0x1,len=4}"
#define OTHER "{class=0xfff0,type=0x1,len=8,0x77}"
#define OTHER_ANY "{class=0xfff0,type=0x1,len=8}"

static void
test_options_are_matched(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "priority=9,tun_metadata0=0x5,actions=1",
		  "priority=8,tun_metadata1=0x200000000/0xf00000000,actions=2",
		  "priority=7,tun_metadata63,actions=1,2", NULL);
	expect(lab, "{class=0x102,type=0x1,len=4,0x5}", "11", "{class=0x102,type=0x1,len=4,0x5}");
	expect(lab, OTHER "{class=0x102,type=0x1,len=4,0x5}", "11",
	       OTHER_ANY "{class=0x102,type=0x1,len=4,0x5}");
	expect(lab, "{class=0x102,type=0x82,len=8,0xff2ffffffff}", "12",
	       "{class=0x102,type=0x82,len=8,0x200000000/0xf00000000}");
	/* Of no interest to any rule. */
	expect(lab, "", "drop", "");
	expect(lab, OTHER, "drop", OTHER_ANY);
	/* Without data. */
	expect(lab, "{class=0x102,type=0x3,len=4,0x99}", "11,12", "{class=0x102,type=0x3,len=4}");
	/* Whatever the order; the first is not looked at. */
	lab_rules(lab, "tun_metadata63=0x7,actions=1", NULL);
	expect(lab, "{class=0x102,type=0x1,len=4,0x5}{class=0x102,type=0x3,len=4,0x7}", "11",
	       ANY0 "{class=0x102,type=0x3,len=4,0x7}");
	expect(lab, "{class=0x102,type=0x3,len=4,0x7}{class=0x102,type=0x1,len=4,0x5}", "11",
	       "{class=0x102,type=0x3,len=4,0x7}" ANY0);
}

static void
test_bad_options_drop(void **state)
{
	struct lab *lab = *state;
	struct flow_key key = packet_with(lab, "{class=0x102,type=0x1,len=4,0x5}");

	lab_rules(lab, "actions=1", NULL);
	/* One that is critical and not mapped; one of another length. */
	expect(lab, "{class=0xfff0,type=0x81,len=4,0x1}", "drop(reason=tunnel-options)",
	       "{class=0xfff0,type=0x81,len=4}");
	expect(lab, "{class=0x102,type=0x1,len=8,0x5}", "drop(reason=tunnel-options)",
	       "{class=0x102,type=0x1,len=8}");
	for (uint8_t n = 1; n < 8; n++) {
		key.tun.n_opt_bytes = n;
		lab_expect_key(lab, &key, "drop(reason=tunnel-options)");
	}
	key.tun.n_opt_bytes = 8;
	lab_expect_key(lab, &key, "11");
	key.tun.n_opt_bytes = UINT8_MAX;
	lab_expect_key(lab, &key, "drop(reason=tunnel-options)");
	/* Without a map nobody looks at options. */
	lab_rules(lab, "actions=1", NULL);
	assert_int_equal(map(lab, XLATE_TLV_CLEAR, 0, 4, 0), 0);
	lab_expect_key(lab, &key, "11");
}

static void
test_what_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"tun_metadata2=1,actions=drop",
		 "tun_metadata2: no option is mapped to it; expected a field of the TLV map "
		 "(ovs-ofctl add-tlv-map)"},
		{"tun_metadata0,tun_metadata0=1,actions=drop", "tun_metadata0: is given twice"},
		{"tun_opts=0x5,actions=drop",
		 "tun_opts: is a field of megaflows; expected tun_metadata0..63"},
	};
	struct lab *lab = *state;
	struct xlate_flow_mod fm;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(xlate_flow_mod_parse(lab->br, cases[i].text, XLATE_ADD, &fm,
						      lab->err, sizeof lab->err),
				 -EINVAL);
		assert_string_equal(lab->err, cases[i].why);
	}
	assert_int_equal(xlate_flow_mod_parse(lab->br, "tun_metadata0=0x100000000,actions=drop",
					      XLATE_ADD, &fm, lab->err, sizeof lab->err),
			 -EINVAL);
	/* A field that a rule matches stays mapped. */
	lab_rules(lab, "tun_metadata1,actions=drop", NULL);
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 1), -EBUSY);
	assert_string_equal(lab->err, "tun_metadata1 is used by a flow or group");
	assert_int_equal(map(lab, XLATE_TLV_CLEAR, 0, 4, 1), -EBUSY);
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 0), 0);
	lab_rules(lab, "actions=drop", NULL);
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 1), 0);
}

#define TO "set(tunnel(tun_id=0x5,dst=10.0.0.9,ttl=64,flags(key)"

static void
test_options_are_sent(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab,
		  "in_port=1,actions=set_field:10.0.0.9->tun_dst,set_field:5->tun_id,"
		  "set_field:0x1122334455667788->tun_metadata1,set_field:7->tun_metadata0,9",
		  NULL);
	/* In the order of the fields. */
	lab_expect(lab, "in_port=1", false,
		   TO ",geneve({class=0x102,type=0x1,len=4,0x7}"
		      "{class=0x102,type=0x82,len=8,0x1122334455667788}))),20");
	/* Parts; what follows one output is in the next alone; a copy's are its own. */
	lab_rules(
		lab,
		"in_port=1,actions=set_field:10.0.0.9->tun_dst,set_field:5->tun_id,9,"
		"clone(load:9->NXM_NX_TUN_METADATA63[0..7],9),load:0xab->tun_metadata0[8..15],9,2",
		NULL);
	lab_expect(lab, "in_port=1", false,
		   TO ")),20," TO ",geneve({class=0x102,type=0x3,len=4,0x9}))),20," TO
		      ",geneve({class=0x102,type=0x1,len=4,0xab00}))),20,12");
	/* The same twice needs one set; a copy of the packet without options removes them. */
	lab_rules(lab,
		  "in_port=1,actions=set_field:10.0.0.9->tun_dst,set_field:5->tun_id,"
		  "clone(set_field:1->tun_metadata0,9,9),9",
		  NULL);
	lab_expect(lab, "in_port=1", false,
		   TO ",geneve({class=0x102,type=0x1,len=4,0x1}))),20,20," TO ",geneve())),20");
	/* From a register, by the stack, and by a rule that was learned. */
	lab_rules(lab,
		  "in_port=1,actions=set_field:10.0.0.9->tun_dst,set_field:5->tun_id,"
		  "load:0x55->NXM_NX_REG1[],move:NXM_NX_REG1[]->tun_metadata0[],"
		  "push:NXM_NX_TUN_METADATA0[],pop:NXM_NX_TUN_METADATA63[],9",
		  NULL);
	lab_expect(lab, "in_port=1", false,
		   TO ",geneve({class=0x102,type=0x1,len=4,0x55}"
		      "{class=0x102,type=0x3,len=4,0x55}))),20");
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 63), -EBUSY);
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 1), 0);
}

/* A packet from a tunnel keeps its options on the way to another; those that are not mapped stay behind. */
static void
test_options_pass_on(void **state)
{
	struct lab *lab = *state;

	lab_rules(
		lab,
		"in_port=9,actions=set_field:10.0.0.9->tun_dst,load:1->tun_metadata0[0..3],in_port",
		NULL);
	expect(lab, OTHER "{class=0x102,type=0x3,len=4,0x99}{class=0x102,type=0x1,len=4,0xff}",
	       TO
	       ",geneve({class=0x102,type=0x1,len=4,0xf1}{class=0x102,type=0x3,len=4,0x99}))),20",
	       OTHER_ANY "{class=0x102,type=0x3,len=4,0x99}"
			 "{class=0x102,type=0x1,len=4,0xf0/0xfffffff0}");
	expect(lab, "", TO ",geneve({class=0x102,type=0x1,len=4,0x1}))),20", "");
}

static int
print_learned(const struct xlate_rule_view *rule, void *out)
{
	if (rule->table)
		xlate_rule_print(NULL, rule, false, LAB_NOW, out);
	return 0;
}

static void
test_rules_are_learned(void **state)
{
	struct lab *lab = *state;
	struct flow_key key = packet_with(lab, "{class=0x102,type=0x1,len=4,0x5}");
	struct xlate_in in = {.key = &key, .now_ns = LAB_NOW, .learn = true};
	struct xlate_out out;
	char text[256] = "";
	FILE *mem = fmemopen(text, sizeof text, "w");

	lab_rules(lab,
		  "in_port=9,actions=learn(table=1,tun_metadata0,"
		  "load:tun_metadata0[0..31]->NXM_NX_TUN_METADATA63[])",
		  NULL);
	assert_int_equal(xlate_translate(lab->x, &in, &out), 0);
	xlate_out_free(&out);
	assert_int_equal(xlate_learned_apply(lab->x), 1);
	xlate_rule_each(lab->br, NULL, print_learned, mem);
	fclose(mem);
	assert_string_equal(text,
			    "table=1, tun_metadata0=0x5 actions=load:0x5->NXM_NX_TUN_METADATA63[]");
	assert_int_equal(map(lab, XLATE_TLV_DELETE, 0, 4, 63), -EBUSY);
}

static bool
is_current(struct lab *lab, const struct flow_match *m, const struct xlate_out *out)
{
	struct flow_packed *p = flow_packed_new(m);
	bool current = xlate_record_current(lab->x, out->record, p);

	flow_packed_unref(p);
	return current;
}

/* A rule that the megaflow's packets may match makes it stale; one that differs in a consulted bit of the data does not. */
static void
test_rules_make_megaflows_stale(void **state)
{
	struct lab *lab = *state;
	struct flow_key key = packet_with(lab, OTHER "{class=0x102,type=0x1,len=4,0x5}");
	struct xlate_out out;
	struct flow_match m;

	lab_rules(lab, "priority=9,tun_metadata0=0x5,actions=1", NULL);
	m = translate_key(lab, &key, &out);
	assert_true(is_current(lab, &m, &out));
	lab_mod(lab, XLATE_ADD, "priority=10,tun_metadata0=0x6,actions=2");
	assert_true(is_current(lab, &m, &out));
	lab_mod(lab, XLATE_ADD, "priority=10,tun_metadata0=0x5/0xf,actions=2");
	assert_false(is_current(lab, &m, &out));
	xlate_out_free(&out);
}

/* ---- random ---- */

static void
add_option(struct flow_tunnel *t, uint16_t class, uint8_t type, unsigned int n_words, struct rng *r)
{
	uint8_t *b = t->opts + t->n_opt_bytes;

	if (t->n_opt_bytes + 4 + 4 * n_words > sizeof t->opts)
		return;
	b[0] = (uint8_t)(class >> 8);
	b[1] = (uint8_t) class;
	b[2] = type;
	b[3] = (uint8_t)n_words;
	for (unsigned int i = 0; i < 4 * n_words; i++)
		b[4 + i] = (uint8_t)rng_below(r, 2);
	t->n_opt_bytes = (uint8_t)(t->n_opt_bytes + 4 + 4 * n_words);
}

static struct flow_key
random_packet(const struct flow_key *bare, struct rng *r)
{
	static const uint8_t types[] = {1, 0x82, 3, 4, 0x85};
	struct flow_key key = *bare;

	for (unsigned int n = rng_below(r, 4); n > 0; n--) {
		uint8_t type = types[rng_below(r, 20) ? rng_below(r, 4) : 4];

		add_option(&key.tun, 0x102, type, type == 0x82 ? 2 : 1, r);
	}
	return key;
}

/* The same options with other data. */
static struct flow_key
random_twin(const struct flow_key *of, struct rng *r)
{
	struct flow_key key = *of;
	uint8_t *b = key.tun.opts;

	for (unsigned int i = 0; i < key.tun.n_opt_bytes; i += 4 + 4u * b[i + 3])
		for (unsigned int k = 0; k < 4u * b[i + 3]; k++)
			b[i + 4 + k] ^= (uint8_t)!rng_below(r, 6);
	return key;
}

static void
random_rules(struct lab *lab, struct rng *r)
{
	static const unsigned int indices[] = {0, 1, 63}, sends[] = {1, 2, 0xfff8};
	static const char *const edits[] = {"", "load:1->tun_metadata63[0..7],",
					    "move:tun_metadata0[]->tun_metadata63[],",
					    "clone(set_field:5->tun_metadata1,1),"};
	char text[256];

	lab_mod(lab, XLATE_DELETE, "");
	for (unsigned int n = 1 + rng_below(r, 4); n > 0; n--) {
		size_t at = (size_t)snprintf(text, sizeof text, "priority=%u", rng_below(r, 9));

		for (unsigned int i = 0; i < 3; i++) {
			if (rng_below(r, 2))
				continue;
			at += (size_t)snprintf(text + at, sizeof text - at, ",tun_metadata%u",
					       indices[i]);
			if (rng_below(r, 4))
				at += (size_t)snprintf(text + at, sizeof text - at, "=0x%x/0x%x",
						       rng_below(r, 2) << 8 | rng_below(r, 2),
						       rng_below(r, 2) << 8 | rng_below(r, 2));
		}
		snprintf(text + at, sizeof text - at, ",actions=set_field:10.0.0.9->tun_dst,%s%u",
			 edits[rng_below(r, 4)], sends[rng_below(r, 3)]);
		lab_mod(lab, XLATE_ADD, text);
	}
}

/* A packet that a megaflow matches is treated as its first packet was. */
static void
test_megaflows_are_sound(void **state)
{
	struct lab *lab = *state;
	const struct flow_key bare = packet_with(lab, "");
	unsigned int n_shared = 0;
	struct rng r = {17};

	for (unsigned int i = 0; i < 300; i++) {
		random_rules(lab, &r);
		for (unsigned int k = 0; k < 20; k++) {
			struct flow_key a = random_packet(&bare, &r);
			struct xlate_out of_a, of_b;
			struct flow_match m = translate_key(lab, &a, &of_a);

			assert_true(flow_match_covers(&m, &a));
			for (unsigned int j = 0; j < 20; j++) {
				struct flow_key b =
					j % 2 ? random_twin(&a, &r) : random_packet(&bare, &r);

				if (!flow_match_covers(&m, &b))
					continue;
				n_shared += !flow_key_equal(&a, &b);
				lab_translate_key(lab, &b, &of_b);
				assert_true(flow_actions_equal(&of_a.actions, &of_b.actions));
				xlate_out_free(&of_b);
			}
			xlate_out_free(&of_a);
		}
	}
	assert_true(n_shared > 10000);
}

/* Options of any bytes, and of any length that a key can give. */
static void
test_any_bytes(void **state)
{
	struct lab *lab = *state;
	const struct flow_key bare = packet_with(lab, "");
	struct rng r = {3};

	lab_rules(lab, "priority=9,tun_metadata0=0x5/0x7,actions=1",
		  "actions=set_field:10.0.0.9->tun_dst,in_port", NULL);
	for (unsigned int i = 0; i < 20000; i++) {
		struct flow_key key = bare;
		struct xlate_out out;
		struct flow_match m;

		for (size_t k = 0; k < sizeof key.tun.opts; k++)
			key.tun.opts[k] =
				(uint8_t)(rng_below(&r, 3) ? rng_below(&r, 4) : rng_u32(&r));
		key.tun.n_opt_bytes = (uint8_t)rng_below(&r, rng_below(&r, 9) ? 65 : 256);
		m = translate_key(lab, &key, &out);
		assert_true(flow_match_covers(&m, &key));
		assert_int_equal(m.mask.tun.n_opt_bytes, UINT8_MAX);
		xlate_out_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_options_are_matched, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_options_drop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options_are_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_options_pass_on, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rules_are_learned, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rules_make_megaflows_stale, setup, teardown),
		cmocka_unit_test_setup_teardown(test_megaflows_are_sound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_any_bytes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
