/* SPDX-License-Identifier: Apache-2.0 */
/* Records: when they are current, and which rules they credit. */
#include "lab.h"

#define A "dl_src=02:00:00:00:00:0a"
#define TO_B "dl_dst=02:00:00:00:00:0b"

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 4, 0);
	lab_rules(&lab, "table=0,priority=5,actions=resubmit(,1),resubmit(,1),goto_table:2",
		  "table=1,in_port=1,actions=load:1->NXM_NX_REG0[]", "table=3,actions=drop", NULL);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

static struct xlate_out
translated(struct lab *lab, const char *packet)
{
	struct xlate_out out;

	lab_translate(lab, packet, true, &out);
	assert_non_null(out.record);
	assert_true(lab_current(lab, &out));
	return out;
}

static void
expect_current(struct lab *lab, struct xlate_out *out, bool current)
{
	assert_int_equal(lab_current(lab, out), current);
}

static void
test_tables(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out = translated(lab, "in_port=1,ip");

	lab_mod(lab, XLATE_ADD, "table=3,ip,actions=output:2");
	lab_mod(lab, XLATE_ADD, "table=9,ip,actions=output:2");
	expect_current(lab, &out, true);
	lab_mod(lab, XLATE_ADD, "table=2,ip,actions=output:2"); /* it was a miss */
	expect_current(lab, &out, false);
	xlate_out_free(&out);
	out = translated(lab, "in_port=1,ip");
	lab_mod(lab, XLATE_DELETE, "table=1");
	expect_current(lab, &out, false);
	xlate_out_free(&out);
}

/* Translates 'packet', applies a change, and asserts whether it touches the megaflow. */
static void
expect_touched(struct lab *lab, const char *packet, enum xlate_command command, const char *text,
	       bool touched)
{
	struct xlate_out out = translated(lab, packet);
	struct flow_match match = {.key = lab_key(lab, packet), .mask = out.mask};
	struct flow_packed *megaflow;

	flow_match_canonicalize(&match);
	megaflow = flow_packed_new(&match);
	lab_mod(lab, command, text);
	if (xlate_record_current(lab->x, out.record, megaflow) == touched)
		fail_msg("%s: %s", text, touched ? "touches nothing" : "touches the megaflow");
	flow_packed_unref(megaflow);
	/* A change that does not matter is not checked again. */
	if (!touched)
		assert_true(lab_current(lab, &out));
	xlate_out_free(&out);
}

#define WEB "in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80"

static void
test_added(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "priority=5,tcp,tp_dst=80,actions=output:2", "priority=1,actions=output:3",
		  NULL);
	expect_touched(lab, WEB, XLATE_ADD, "priority=4,tcp,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,tcp,tp_dst=81,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,udp,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,in_port=2,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,reg3=1,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,in_port=1,actions=drop", true);
	lab_mod(lab, XLATE_DELETE, "in_port=1");
	/* No bit of the address is in the mask. */
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,ip,nw_dst=10.9.9.9,actions=drop", true);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,ip,nw_dst=10.9.9.8,actions=drop", false);
}

static void
test_removed(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "priority=5,tcp,tp_dst=80,actions=output:2", "priority=1,actions=output:3",
		  NULL);
	expect_touched(lab, WEB, XLATE_MODIFY_STRICT, "priority=1,actions=output:4", false);
	expect_touched(lab, WEB, XLATE_DELETE_STRICT, "priority=1", false);
	expect_touched(lab, WEB, XLATE_MODIFY, "tcp,tp_dst=80,actions=output:4", true);
	expect_touched(lab, WEB, XLATE_ADD, "priority=5,tcp,tp_dst=80,actions=output:4", true);
	expect_touched(lab, WEB, XLATE_DELETE, "tcp,tp_dst=80", true);
}

static void
test_written(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab,
		  "tcp,actions=set_field:7->metadata,set_field:8080->tcp_dst,push_vlan:0x8100,"
		  "set_field:4101->vlan_vid,resubmit(3,1)",
		  NULL);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,metadata=6,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,tcp,tp_dst=80,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,dl_vlan=6,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,in_port=1,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD,
		       "table=1,metadata=7,tcp,tp_dst=8080,dl_vlan=5,in_port=3,actions=drop", true);
}

static void
test_labels(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "actions=push_mpls:0x8847,set_field:5->mpls_label,goto_table:1", NULL);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,tcp,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,mpls,mpls_label=6,actions=drop", false);
	expect_touched(lab, WEB, XLATE_ADD, "table=1,mpls,mpls_label=5,actions=drop", true);
}

#define LABELS                                                                                     \
	"in_port(11),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x8847),"           \
	"mpls(label=1,tc=0,ttl=64,bos=0,lse1=0x2140)"

static void
test_popped_label(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "mpls,mpls_label=1,actions=pop_mpls:0x8847,goto_table:1",
		  "table=1,mpls,mpls_label=9,actions=drop", NULL);
	expect_touched(lab, LABELS, XLATE_ADD, "table=1,mpls,mpls_label=3,actions=drop", false);
	expect_touched(lab, LABELS, XLATE_ADD, "table=1,mpls,mpls_label=2,actions=drop", true);
}

static void
test_conjunctions(void **state)
{
	struct lab *lab = *state;

	lab_rules(lab, "conj_id=7,actions=output:2", "priority=9,tcp,actions=conjunction(7,1/2)",
		  NULL);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,udp,actions=conjunction(7,2/2)", false);
	expect_touched(lab, WEB, XLATE_ADD, "priority=9,ip,actions=conjunction(7,2/2)", true);
	expect_touched(lab, WEB, XLATE_ADD, "priority=1,conj_id=7,udp,actions=drop", false);
	expect_touched(lab, WEB, XLATE_DELETE, "tcp", true);
}

static void
test_ports(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out = translated(lab, "in_port=1,ip");

	assert_int_equal(xlate_bridge_add(lab->x, "br1", lab->err, sizeof lab->err), 0);
	expect_current(lab, &out, true);
	assert_int_equal(lab_port(lab, "p9", 9, 19, XLATE_VLAN_TRUNK, 0), 0);
	expect_current(lab, &out, false);
	xlate_out_free(&out);
	out = translated(lab, "in_port=1,ip");
	assert_int_equal(xlate_port_del(lab->x, "p9", lab->err, sizeof lab->err), 0);
	expect_current(lab, &out, false);
	xlate_out_free(&out);
}

static void
test_bridge_is_deleted(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 3, .bytes = 180, .used_ns = LAB_NOW};
	struct xlate_out out = translated(lab, "in_port=1,ip");

	assert_int_equal(xlate_bridge_del(lab->x, "br0", lab->err, sizeof lab->err), 0);
	expect_current(lab, &out, false);
	xlate_record_push(lab->x, out.record, &delta);
	xlate_out_free(&out);
}

static void
test_macs(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;
	char text[80];
	unsigned int n_stale = 0;

	lab_rules(lab, "actions=normal", NULL);
	out = translated(lab, "in_port=1,ip," A "," TO_B);
	for (unsigned int i = 0; i < 32; i++) {
		struct xlate_out other;

		snprintf(text, sizeof text, "in_port=2,ip,dl_src=02:00:00:00:01:%02x," TO_B, i);
		other = translated(lab, text);
		n_stale += !lab_current(lab, &out);
		xlate_out_free(&other);
	}
	assert_int_equal(n_stale, 0);
	lab_expect(lab, "in_port=2,ip,dl_src=02:00:00:00:00:0b,dl_dst=ff:ff:ff:ff:ff:ff", true,
		   "11,13,14");
	expect_current(lab, &out, false);
	xlate_out_free(&out);
	/* After the flush, packets to the learned port must flood again. */
	out = translated(lab, "in_port=1,ip," A "," TO_B);
	xlate_mac_flush(lab->x, lab->br);
	expect_current(lab, &out, false);
	xlate_out_free(&out);
}

static int
stats_of(const struct xlate_rule_view *rule, void *aux)
{
	struct flow_stats *stats = aux;

	stats[rule->table] = rule->stats;
	return 0;
}

static void
test_credit(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 3, .bytes = 180, .used_ns = LAB_NOW}, none = {0};
	struct flow_stats rules[XLATE_TABLES] = {0};
	struct xlate_table_stats table;
	struct xlate_out out = translated(lab, "in_port=1,ip");

	xlate_record_push(lab->x, out.record, &none);
	xlate_record_push(lab->x, out.record, &delta);
	xlate_record_push(lab->x, out.record, &delta);
	xlate_rule_each(lab->br, NULL, stats_of, rules);
	assert_int_equal(rules[0].packets, 6);
	assert_int_equal(rules[0].bytes, 360);
	assert_int_equal(rules[0].used_ns, LAB_NOW);
	assert_int_equal(rules[1].packets, 12); /* each resubmit is a use */
	assert_int_equal(rules[3].packets, 0);
	xlate_table_stats(lab->br, 1, &table);
	assert_int_equal(table.lookups, 12);
	assert_int_equal(table.matches, 12);
	xlate_table_stats(lab->br, 2, &table);
	assert_int_equal(table.lookups, 6);
	assert_int_equal(table.matches, 0);
	/* A deleted rule may still be credited. */
	lab_mod(lab, XLATE_DELETE, "");
	xlate_record_push(lab->x, out.record, &delta);
	xlate_out_free(&out);
}

/* Counts may be read between a packet's count and its bytes, which then follow. */
static void
test_bytes_arrive_later(void **state)
{
	struct lab *lab = *state;
	struct flow_stats packet = {.packets = 1, .used_ns = LAB_NOW};
	struct flow_stats bytes = {.bytes = 1500, .used_ns = LAB_NOW};
	struct flow_stats rules[XLATE_TABLES] = {0};
	struct xlate_table_stats table;
	struct xlate_out out = translated(lab, "in_port=1,ip");

	xlate_record_push(lab->x, out.record, &packet);
	xlate_record_push(lab->x, out.record, &bytes);
	xlate_rule_each(lab->br, NULL, stats_of, rules);
	assert_int_equal(rules[0].packets, 1);
	assert_int_equal(rules[0].bytes, 1500);
	xlate_table_stats(lab->br, 1, &table);
	assert_int_equal(table.lookups, 2);
	xlate_out_free(&out);
}

static int
count(const struct xlate_mac *m, void *aux)
{
	assert_int_equal(m->ofp_port, 1);
	++*(unsigned int *)aux;
	return 0;
}

static void
test_push_keeps_addresses_alive(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 1, .used_ns = LAB_NOW + 200 * NS_PER_S};
	struct xlate_out out;
	unsigned int n = 0;

	lab_rules(lab, "actions=normal", NULL);
	out = translated(lab, "in_port=1,ip," A "," TO_B);
	xlate_record_push(lab->x, out.record, &delta);
	xlate_expire(lab->x, LAB_NOW + 400 * NS_PER_S);
	xlate_mac_each(lab->br, LAB_NOW, count, &n);
	assert_int_equal(n, 1);
	/* After a flush, packets of the flow teach the address again. */
	xlate_mac_flush(lab->x, lab->br);
	expect_current(lab, &out, true);
	delta.used_ns += NS_PER_S;
	xlate_record_push(lab->x, out.record, &delta);
	xlate_mac_each(lab->br, LAB_NOW, count, &n);
	assert_int_equal(n, 2);
	xlate_out_free(&out);
}

/* The address moved before the last packets of an older flow were pushed: they do not move it
 * back. */
static void
test_late_push_moves_nothing_back(void **state)
{
	struct lab *lab = *state;
	struct flow_stats delta = {.packets = 1, .used_ns = LAB_NOW - NS_PER_S};
	struct xlate_out old, new;

	lab_rules(lab, "actions=normal", NULL);
	old = translated(lab, "in_port=1,ip," A "," TO_B);
	new = translated(lab, "in_port=2,ip," A "," TO_B);
	xlate_record_push(lab->x, old.record, &delta);
	lab_expect(lab, "in_port=3,ip,dl_dst=02:00:00:00:00:0a", false, "12");
	xlate_out_free(&old);
	xlate_out_free(&new);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_tables),
		T(test_added),
		T(test_removed),
		T(test_written),
		T(test_labels),
		T(test_popped_label),
		T(test_conjunctions),
		T(test_ports),
		T(test_bridge_is_deleted),
		T(test_macs),
		T(test_credit),
		T(test_bytes_arrive_later),
		T(test_push_keeps_addresses_alive),
		T(test_late_push_moves_nothing_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
