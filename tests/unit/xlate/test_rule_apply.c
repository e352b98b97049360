/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of flow mods on tables: one version, all or none, and which counters continue. */
#include "lab.h"

#include "bridge/bridge.h"

#include <stdio.h>
#include <string.h>

#define MODS_MAX 8

struct mods {
	struct xlate_flow_mod fm[MODS_MAX];
	size_t n, n_rules;
};

static void
mods_add(struct lab *lab, struct mods *m, enum xlate_command command, const char *text)
{
	if (xlate_flow_mod_parse(lab->br, text, command, &m->fm[m->n], lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	m->n++;
}

static int
mods_apply(struct lab *lab, struct mods *m)
{
	int rc = xlate_flow_mods_apply(lab->x, lab->br, m->fm, m->n, &m->n_rules, lab->err,
				       sizeof lab->err);

	for (size_t i = 0; i < m->n; i++) {
		assert_true(rc || !m->fm[i].actions);
		xlate_flow_mod_free(&m->fm[i]);
	}
	m->n = 0;
	return rc;
}

/* Applies one flow mod; returns how many rules it changed. */
static size_t
mod(struct lab *lab, enum xlate_command command, const char *text)
{
	struct mods m = {.n = 0};

	mods_add(lab, &m, command, text);
	assert_int_equal(mods_apply(lab, &m), 0);
	return m.n_rules;
}

static int
print_line(const struct xlate_rule_view *rule, void *aux)
{
	xlate_rule_print(NULL, rule, false, 0, aux);
	fputc(';', aux);
	return 0;
}

static char *
dump(struct lab *lab, const struct xlate_flow_mod *filter)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(xlate_rule_each(lab->br, filter, print_line, out), 0);
	fclose(out);
	return text;
}

static void
expect_dump(struct lab *lab, const char *want)
{
	char *text = dump(lab, NULL);

	assert_string_equal(text, want);
	free(text);
}

static int
take_view(const struct xlate_rule_view *rule, void *aux)
{
	*(struct xlate_rule_view *)aux = *rule;
	return 1;
}

/* Returns the first rule. */
static struct xlate_rule_view
view(struct lab *lab)
{
	struct xlate_rule_view v;

	assert_int_equal(xlate_rule_each(lab->br, NULL, take_view, &v), 1);
	return v;
}

/* Credits the rule in table 0 that matches 'key'. */
static void
credit(struct lab *lab, const struct xlate_key *key, uint64_t packets, uint64_t used_ns)
{
	const struct tables *t = lab->br->tables;
	struct flow_stats delta = {.packets = packets, .bytes = packets * 100, .used_ns = used_ns};
	struct xlate_key mask;

	memset(&mask, 0, sizeof mask);

	const struct rule *r = tables_lookup(t, 0, tables_version(t), key, &mask, NULL);

	assert_non_null(r);
	rule_count_add(r->count, &delta);
}

static struct lab
open_empty(void)
{
	struct lab lab;

	lab_open(&lab, 4, 0);
	lab_mod(&lab, XLATE_DELETE, "");
	return lab;
}

static void
test_dump_order(void **state)
{
	struct lab lab = open_empty();

	(void)state;
	lab_mod(&lab, XLATE_ADD, "table=2,priority=7,actions=2");
	lab_mod(&lab, XLATE_ADD, "priority=5,in_port=1,actions=1");
	lab_mod(&lab, XLATE_ADD, "priority=9,ip,actions=3");
	lab_mod(&lab, XLATE_ADD, "priority=5,in_port=2,actions=1");
	expect_dump(&lab, "priority=9,ip actions=output:3;priority=5,in_port=1 actions=output:1;"
			  "priority=5,in_port=2 actions=output:1;"
			  "table=2, priority=7 actions=output:2;");
	lab_close(&lab);
}

static void
test_add_replaces(void **state)
{
	static const struct xlate_key any;
	struct lab lab = open_empty();

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=1,actions=1");
	credit(&lab, &any, 5, 1);
	assert_int_equal(view(&lab).stats.packets, 5);

	uint64_t created = view(&lab).created_ns;

	assert_int_equal(mod(&lab, XLATE_ADD, "priority=1,cookie=9,actions=2"), 1);
	expect_dump(&lab, "cookie=0x9, priority=1 actions=output:2;");
	assert_int_equal(view(&lab).stats.packets, 5);
	assert_true(view(&lab).created_ns > created);
	assert_int_equal(mod(&lab, XLATE_ADD, "priority=1,cookie=9,reset_counts,actions=2"), 1);
	assert_int_equal(view(&lab).stats.packets, 0);
	lab_close(&lab);
}

static void
test_modify_keeps_counters(void **state)
{
	static const struct xlate_key any;
	struct lab lab = open_empty();

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=1,cookie=3,idle_timeout=7,actions=1");
	credit(&lab, &any, 5, 1);

	struct xlate_rule_view before = view(&lab);

	assert_int_equal(mod(&lab, XLATE_MODIFY, "actions=2"), 1);
	expect_dump(&lab, "cookie=0x3, idle_timeout=7, priority=1 actions=output:2;");
	credit(&lab, &any, 2, 1);
	assert_int_equal(view(&lab).stats.packets, 7);
	assert_int_equal(view(&lab).created_ns, before.created_ns);
	assert_true(view(&lab).modified_ns > before.modified_ns);

	assert_int_equal(mod(&lab, XLATE_MODIFY, "cookie=4,reset_counts,actions=3"), 1);
	assert_int_equal(view(&lab).stats.packets, 0);
	assert_int_equal(view(&lab).cookie, 4);
	lab_close(&lab);
}

static void
test_loose_and_strict(void **state)
{
	struct lab lab = open_empty();

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=1,ip,actions=1");
	lab_mod(&lab, XLATE_ADD, "priority=2,tcp,actions=1");
	lab_mod(&lab, XLATE_ADD, "priority=3,arp,actions=1");
	lab_mod(&lab, XLATE_ADD, "table=4,priority=4,udp,actions=1");
	assert_int_equal(mod(&lab, XLATE_MODIFY, "ip,actions=2"), 3);
	expect_dump(&lab,
		    "priority=3,arp actions=output:1;priority=2,tcp actions=output:2;"
		    "priority=1,ip actions=output:2;table=4, priority=4,udp actions=output:2;");
	assert_int_equal(mod(&lab, XLATE_MODIFY_STRICT, "priority=1,ip,actions=3"), 1);
	assert_int_equal(mod(&lab, XLATE_MODIFY_STRICT, "priority=7,ip,actions=3"), 0);
	assert_int_equal(mod(&lab, XLATE_MODIFY, "icmp,actions=3"), 0);
	assert_int_equal(mod(&lab, XLATE_DELETE_STRICT, "priority=2,ip"), 0);
	assert_int_equal(mod(&lab, XLATE_DELETE_STRICT, "priority=2,tcp"), 1);
	assert_int_equal(mod(&lab, XLATE_DELETE, "table=0,ip"), 1);
	expect_dump(&lab,
		    "priority=3,arp actions=output:1;table=4, priority=4,udp actions=output:2;");
	assert_int_equal(mod(&lab, XLATE_DELETE, ""), 2);
	expect_dump(&lab, "");
	lab_close(&lab);
}

static void
test_filters(void **state)
{
	struct lab lab = open_empty();
	struct xlate_flow_mod filter;
	char *text;

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=1,cookie=0x11,ip,actions=1,2");
	lab_mod(&lab, XLATE_ADD, "priority=2,cookie=0x12,tcp,actions=2");
	lab_mod(&lab, XLATE_ADD, "priority=3,cookie=0x21,arp,actions=3");
	assert_int_equal(xlate_flow_mod_parse(lab.br, "out_port=p1", XLATE_DELETE, &filter, lab.err,
					      sizeof lab.err),
			 0);
	text = dump(&lab, &filter);
	assert_string_equal(text, "cookie=0x11, priority=1,ip actions=output:1,output:2;");
	free(text);
	assert_int_equal(mod(&lab, XLATE_MODIFY, "cookie=0x10/0xf0,actions=4"), 2);
	assert_int_equal(mod(&lab, XLATE_DELETE, "out_port=2"), 0);
	assert_int_equal(mod(&lab, XLATE_DELETE, "out_port=4,cookie=0x12/-1"), 1);
	expect_dump(&lab, "cookie=0x21, priority=3,arp actions=output:3;"
			  "cookie=0x11, priority=1,ip actions=output:4;");
	lab_close(&lab);
}

static void
test_check_overlap(void **state)
{
	struct lab lab = open_empty();
	struct mods m = {.n = 0};

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=5,ip,nw_src=10.0.0.0/8,actions=1");
	lab_mod(&lab, XLATE_ADD, "check_overlap,priority=6,ip,nw_dst=10.0.0.0/8,actions=1");
	lab_mod(&lab, XLATE_ADD, "check_overlap,priority=5,ip,nw_src=11.0.0.0/8,actions=1");
	lab_mod(&lab, XLATE_ADD, "check_overlap,priority=5,ip,nw_src=10.0.0.0/8,actions=2");
	mods_add(&lab, &m, XLATE_ADD, "check_overlap,priority=5,ip,nw_dst=10.0.0.0/8,actions=1");
	assert_int_equal(mods_apply(&lab, &m), -EEXIST);
	assert_non_null(strstr(lab.err, "check_overlap"));
	lab_close(&lab);
}

static void
test_all_or_none(void **state)
{
	static const struct xlate_key any;
	struct lab lab = open_empty();
	struct mods m = {.n = 0};
	uint64_t version;

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=1,actions=1");
	lab_mod(&lab, XLATE_ADD, "priority=2,ip,actions=1");
	credit(&lab, &any, 5, 1);
	version = xlate_version(lab.x);
	mods_add(&lab, &m, XLATE_DELETE, "ip");
	mods_add(&lab, &m, XLATE_ADD, "priority=1,actions=2");
	mods_add(&lab, &m, XLATE_ADD, "priority=9,tcp,actions=2");
	mods_add(&lab, &m, XLATE_MODIFY, "tcp,actions=3");
	mods_add(&lab, &m, XLATE_ADD, "check_overlap,priority=9,ip,actions=3");
	assert_int_equal(mods_apply(&lab, &m), -EEXIST);
	assert_non_null(strstr(lab.err, "change 5 of 5"));
	expect_dump(&lab, "priority=2,ip actions=output:1;priority=1 actions=output:1;");
	assert_int_equal(xlate_version(lab.x), version);
	credit(&lab, &any, 1, 1);

	struct xlate_table_stats stats;

	xlate_table_stats(lab.br, 0, &stats);
	assert_int_equal(stats.n_rules, 2);

	mods_add(&lab, &m, XLATE_DELETE, "ip");
	mods_add(&lab, &m, XLATE_ADD, "priority=9,tcp,actions=2");
	mods_add(&lab, &m, XLATE_MODIFY, "tcp,actions=3");
	mods_add(&lab, &m, XLATE_ADD, "priority=8,udp,actions=2");
	mods_add(&lab, &m, XLATE_DELETE, "udp");
	assert_int_equal(mods_apply(&lab, &m), 0);
	assert_int_equal(m.n_rules, 5);
	expect_dump(&lab, "priority=9,tcp actions=output:3;priority=1 actions=output:1;");
	assert_int_equal(view(&lab).stats.packets, 0);
	assert_int_equal(xlate_version(lab.x), version + 1);
	xlate_table_stats(lab.br, 0, &stats);
	assert_int_equal(stats.n_rules, 2);
	lab_close(&lab);
}

static void
test_goto_table_of_modified(void **state)
{
	struct lab lab = open_empty();
	struct mods m = {.n = 0};

	(void)state;
	lab_mod(&lab, XLATE_ADD, "table=1,actions=1");
	lab_mod(&lab, XLATE_ADD, "table=5,actions=1");
	mods_add(&lab, &m, XLATE_MODIFY, "actions=goto_table:3");
	assert_int_equal(mods_apply(&lab, &m), -EINVAL);
	expect_dump(&lab, "table=1, actions=output:1;table=5, actions=output:1;");
	assert_int_equal(mod(&lab, XLATE_MODIFY, "table=1,actions=goto_table:3"), 1);
	lab_close(&lab);
}

/* A translation under an older version still finds that version's rules until it ends. */
static void
test_versions(void **state)
{
	struct lab lab = open_empty();
	const struct tables *t = lab.br->tables;
	struct xlate_key any, mask;

	(void)state;
	memset(&any, 0, sizeof any);
	lab_mod(&lab, XLATE_ADD, "priority=1,cookie=1,actions=1");

	uint64_t before = tables_version(t);

	assert_int_equal(tables_changed(t, 0), before);
	lab_mod(&lab, XLATE_ADD, "priority=1,cookie=2,actions=2");
	lab_mod(&lab, XLATE_ADD, "table=9,priority=1,cookie=3,actions=2");
	memset(&mask, 0, sizeof mask);
	assert_int_equal(tables_lookup(t, 0, before, &any, &mask, NULL)->cookie, 1);
	assert_int_equal(tables_lookup(t, 0, before + 1, &any, &mask, NULL)->cookie, 2);
	assert_null(tables_lookup(t, 9, before + 1, &any, &mask, NULL));
	assert_int_equal(tables_lookup(t, 9, before + 2, &any, &mask, NULL)->cookie, 3);
	assert_null(tables_lookup(t, 200, before + 2, &any, &mask, NULL));
	assert_int_equal(tables_changed(t, 0), before + 1);
	assert_int_equal(tables_changed(t, 9), before + 2);
	lab_close(&lab);
}

static void
test_timeouts(void **state)
{
	static const struct xlate_key any;
	struct lab lab = open_empty();
	uint64_t t0;

	(void)state;
	lab_mod(&lab, XLATE_ADD, "priority=3,idle_timeout=10,actions=1");
	lab_mod(&lab, XLATE_ADD, "priority=2,hard_timeout=20,actions=2");
	lab_mod(&lab, XLATE_ADD, "priority=1,actions=3");
	t0 = view(&lab).created_ns;
	assert_int_equal(xlate_expire(lab.x, t0 + 9 * NS_PER_S), 0);
	credit(&lab, &any, 1, t0 + 9 * NS_PER_S);
	assert_int_equal(xlate_expire(lab.x, t0 + 18 * NS_PER_S), 0);
	assert_int_equal(xlate_expire(lab.x, t0 + 19 * NS_PER_S), 1);
	expect_dump(&lab,
		    "hard_timeout=20, priority=2 actions=output:2;priority=1 actions=output:3;");
	credit(&lab, &any, 1, t0 + 20 * NS_PER_S);
	assert_int_equal(xlate_expire(lab.x, t0 + 21 * NS_PER_S), 1);
	expect_dump(&lab, "priority=1 actions=output:3;");
	assert_int_equal(xlate_expire(lab.x, t0 + 100000 * NS_PER_S), 0);
	lab_close(&lab);
}

/* The counters held by a record outlive the rule. */
static void
test_count_outlives_rule(void **state)
{
	struct lab lab = open_empty();
	const struct tables *t = lab.br->tables;
	struct flow_stats delta = {.packets = 1};
	struct xlate_key any, mask;
	struct rule_count *count;

	(void)state;
	memset(&any, 0, sizeof any);
	memset(&mask, 0, sizeof mask);
	lab_mod(&lab, XLATE_ADD, "actions=1");
	count = rule_count_ref(tables_lookup(t, 0, tables_version(t), &any, &mask, NULL)->count);
	lab_mod(&lab, XLATE_DELETE, "");
	rcu_quiesce();
	rcu_drain();
	lab_mod(&lab, XLATE_DELETE, "");
	rcu_quiesce();
	rcu_drain();
	rule_count_add(count, &delta);
	assert_int_equal(rule_count_read(count).packets, 1);
	rule_count_unref(count);
	lab_close(&lab);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_order),
		cmocka_unit_test(test_add_replaces),
		cmocka_unit_test(test_modify_keeps_counters),
		cmocka_unit_test(test_loose_and_strict),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_check_overlap),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_goto_table_of_modified),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_count_outlives_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
