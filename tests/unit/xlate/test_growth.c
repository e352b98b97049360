/* SPDX-License-Identifier: Apache-2.0 */
/* Costs of operations beside SMALL and beside LARGE other objects, which differ by logarithms
 * only; and costs of many operations together, which are proportional to their number. */
#include "lab.h"

#include "change/change.h"
#include "steps.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdio.h>

#define SMALL 1000u
#define LARGE 100000u

/* A tree or a heap of LARGE is 1.7 times as deep as one of SMALL. */
#define SAME(large, small) assert_in_range(large, 0, 3 * (small) + 500)
/* Proportional to the number, with the same allowance. */
#define LINEAR(large, small) assert_in_range(large, 0, 3 * (LARGE / SMALL) * (small))

static void
start(struct lab *lab)
{
	lab_open(lab, 3, 0);
	lab_mod(lab, XLATE_DELETE, "");
}

/* Returns a parsed flow mod, which may be changed and used repeatedly. */
static struct xlate_flow_mod
parse(struct lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm;

	if (xlate_flow_mod_parse(lab->br, text, command, &fm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	return fm;
}

static void
must(struct lab *lab, int rc)
{
	if (rc)
		fail_msg("%s", lab->err);
}

/* Adds n copies of rule 'text' in one change; 'vary' makes each distinct. */
static void
fill(struct lab *lab, unsigned int n, const char *text,
     void (*vary)(struct xlate_flow_mod *fm, unsigned int i))
{
	struct xlate_flow_mod fm = parse(lab, XLATE_ADD, text);
	struct xlate_change *c;

	must(lab, xlate_change_begin(lab->x, lab->br, &c));
	for (unsigned int i = 0; i < n; i++) {
		vary(&fm, i);
		must(lab, xlate_change_flow(c, &fm, lab->err, sizeof lab->err));
	}
	xlate_change_commit(c, NULL);
	xlate_flow_mod_free(&fm);
}

static struct cost
cost_of_fill(struct lab *lab, unsigned int n, const char *text,
	     void (*vary)(struct xlate_flow_mod *fm, unsigned int i))
{
	struct cost begin = cost_now();

	fill(lab, n, text, vary);
	return cost_since(begin);
}

static struct cost
cost_of_mod(struct lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm = parse(lab, command, text);
	struct cost begin = cost_now(), cost;

	must(lab, xlate_flow_mods_apply(lab->x, lab->br, &fm, 1, NULL, lab->err, sizeof lab->err));
	cost = cost_since(begin);
	xlate_flow_mod_free(&fm);
	return cost;
}

static struct cost
cost_of_translation(struct lab *lab, const char *packet)
{
	struct flow_key key = lab_key(lab, packet);
	struct cost begin = cost_now(), cost;
	struct xlate_out out;

	lab_translate_key(lab, &key, &out);
	cost = cost_since(begin);
	xlate_out_free(&out);
	return cost;
}

static void
by_register(struct xlate_flow_mod *fm, unsigned int i)
{
	fm->match.key.reg[0] = htonl(i);
	fm->match.mask.reg[0] = UINT32_MAX;
}

/* Spreads the masks over as many tables as needed. */
static void
by_mask(struct xlate_flow_mod *fm, unsigned int i)
{
	fm->table = (uint8_t)(1 + i / XLATE_MASKS_MAX);
	fm->match.key.reg[0] = 0;
	fm->match.mask.reg[0] = htonl(i + 1);
}

static void
by_priority_and_mask(struct xlate_flow_mod *fm, unsigned int i)
{
	by_mask(fm, i);
	fm->priority = (uint16_t)(i % 60000);
}

static void
by_cookie(struct xlate_flow_mod *fm, unsigned int i)
{
	by_register(fm, i);
	fm->cookie = i;
}

/* Costs at the two sizes. */
struct costs {
	struct cost small, large;
};

static struct costs at_both_sizes(struct cost (*measure)(struct lab *lab, unsigned int n))
{
	struct costs c;
	struct lab lab;

	start(&lab);
	c.small = measure(&lab, SMALL);
	lab_close(&lab);
	start(&lab);
	c.large = measure(&lab, LARGE);
	lab_close(&lab);
	return c;
}

static void check_same(struct cost (*measure)(struct lab *lab, unsigned int n))
{
	struct costs c = at_both_sizes(measure);

	SAME(c.large.n_steps, c.small.n_steps);
	SAME(c.large.n_bytes, c.small.n_bytes);
}

static void check_linear(struct cost (*measure)(struct lab *lab, unsigned int n))
{
	struct costs c = at_both_sizes(measure);

	LINEAR(c.large.n_steps, c.small.n_steps);
	LINEAR(c.large.n_bytes, c.small.n_bytes);
}

static struct cost
many_masks(struct lab *lab, unsigned int n)
{
	return cost_of_fill(lab, n, "table=1,actions=drop", by_mask);
}

static struct cost
many_masks_that_rise(struct lab *lab, unsigned int n)
{
	return cost_of_fill(lab, n, "table=1,actions=drop", by_priority_and_mask);
}

/* Two rules for each priority. */
static void
by_rising_priority(struct xlate_flow_mod *fm, unsigned int i)
{
	by_register(fm, i);
	fm->priority = (uint16_t)(i / 2);
}

static void
by_falling_priority(struct xlate_flow_mod *fm, unsigned int i)
{
	fm->priority = (uint16_t)(50000 - i / 2);
}

static struct cost
many_priorities_of_a_mask(struct lab *lab, unsigned int n)
{
	return cost_of_fill(lab, n, "table=1,actions=drop", by_rising_priority);
}

/* Half of n rules are each replaced once; then all are deleted. */
static struct cost
many_priorities_of_a_match(struct lab *lab, unsigned int n)
{
	struct cost begin = cost_now();

	fill(lab, n, "table=1,reg0=1,actions=drop", by_falling_priority);
	lab_mod(lab, XLATE_DELETE, "table=1");
	rcu_quiesce();
	rcu_drain();
	xlate_reclaim(lab->x);
	return cost_since(begin);
}

/* A lookup costs as much as its table has masks, which is bounded whatever a peer adds. */
static struct cost
lookup_among_masks(struct lab *lab, unsigned int n)
{
	fill(lab, n, "priority=0,actions=drop", by_mask);
	lab_mod(lab, XLATE_ADD, "table=0,actions=load:0xffffffff->NXM_NX_REG0[],goto_table:1");
	return cost_of_translation(lab, "in_port=1,ip");
}

static void
test_lookups(void **state)
{
	struct costs c = at_both_sizes(lookup_among_masks);

	(void)state;
	assert_in_range(c.large.n_steps, 0, 2 * XLATE_MASKS_MAX / SMALL * c.small.n_steps);
	assert_in_range(c.large.n_bytes, 0, 2 * XLATE_MASKS_MAX / SMALL * c.small.n_bytes);
}

static struct cost
many_rules(struct lab *lab, unsigned int n)
{
	return cost_of_fill(lab, n, "table=1,actions=output:2", by_register);
}

static void
test_bundles(void **state)
{
	(void)state;
	check_linear(many_masks);
	check_linear(many_masks_that_rise);
	check_linear(many_rules);
	check_linear(many_priorities_of_a_mask);
	check_linear(many_priorities_of_a_match);
}

static struct cost
one_more(struct lab *lab, unsigned int n)
{
	many_rules(lab, n);
	return cost_of_mod(lab, XLATE_ADD, "table=1,reg0=0xffffffff,actions=drop");
}

static struct cost
one_more_that_overlaps_none(struct lab *lab, unsigned int n)
{
	many_rules(lab, n);
	return cost_of_mod(lab, XLATE_ADD, "table=1,reg0=0xffffffff,check_overlap,actions=drop");
}

static struct cost
one_less(struct lab *lab, unsigned int n)
{
	many_rules(lab, n);
	return cost_of_mod(lab, XLATE_DELETE_STRICT, "table=1,reg0=7");
}

static struct cost
one_less_loosely(struct lab *lab, unsigned int n)
{
	many_rules(lab, n);
	return cost_of_mod(lab, XLATE_DELETE, "table=1,reg0=7");
}

static struct cost
others_less(struct lab *lab, unsigned int n)
{
	many_rules(lab, n);
	lab_mod(lab, XLATE_ADD, "table=1,in_port=1,actions=drop");
	return cost_of_mod(lab, XLATE_DELETE, "table=1,in_port=1");
}

static struct cost
one_less_by_cookie(struct lab *lab, unsigned int n)
{
	fill(lab, n, "table=1,actions=drop", by_cookie);
	return cost_of_mod(lab, XLATE_DELETE, "cookie=7/-1");
}

/* Sweeps a deleted rule that had the highest priority of its mask. */
static struct cost
first_less(struct lab *lab, unsigned int n)
{
	struct cost begin;

	many_rules(lab, n);
	lab_mod(lab, XLATE_ADD, "table=1,priority=65535,reg0=0xffffffff,actions=drop");
	lab_mod(lab, XLATE_DELETE_STRICT, "table=1,priority=65535,reg0=0xffffffff");
	rcu_quiesce();
	rcu_drain();
	begin = cost_now();
	xlate_reclaim(lab->x);
	return cost_since(begin);
}

static void
test_single_mods(void **state)
{
	(void)state;
	check_same(one_more);
	check_same(one_more_that_overlaps_none);
	check_same(one_less);
	check_same(one_less_loosely);
	check_same(others_less);
	check_same(one_less_by_cookie);
	check_same(first_less);
}

static struct cost
idle_second(struct lab *lab, unsigned int n)
{
	struct cost begin;

	many_rules(lab, n);
	fill(lab, n, "table=2,idle_timeout=60,hard_timeout=600,actions=drop", by_register);
	begin = cost_now();
	assert_int_equal(xlate_expire(lab->x, clock_now_ns()), 0);
	return cost_since(begin);
}

static struct cost
one_expires(struct lab *lab, unsigned int n)
{
	struct cost begin;

	many_rules(lab, n);
	fill(lab, n, "table=2,idle_timeout=60,actions=drop", by_register);
	lab_mod(lab, XLATE_ADD, "table=3,idle_timeout=5,actions=drop");
	begin = cost_now();
	assert_int_equal(xlate_expire(lab->x, clock_now_ns() + 9 * NS_PER_S), 1);
	return cost_since(begin);
}

static struct cost
all_expire(struct lab *lab, unsigned int n)
{
	struct cost begin;

	fill(lab, n, "table=2,idle_timeout=60,actions=drop", by_register);
	begin = cost_now();
	assert_int_equal(xlate_expire(lab->x, clock_now_ns() + 61 * NS_PER_S), n);
	return cost_since(begin);
}

static struct cost
one_hastens(struct lab *lab, unsigned int n)
{
	struct flow_key key;
	struct xlate_out out;
	struct cost begin;

	many_rules(lab, n);
	fill(lab, n, "table=2,idle_timeout=60,actions=drop", by_register);
	lab_mod(lab, XLATE_ADD, "tcp,actions=fin_timeout(idle_timeout=2),output:2");
	key = lab_key(lab, "in_port=1,tcp,tcp_flags=fin");
	assert_int_equal(
		xlate_translate(lab->x,
				&(struct xlate_in){.key = &key, .now_ns = LAB_NOW, .learn = true},
				&out),
		0);
	xlate_out_free(&out);
	begin = cost_now();
	assert_int_equal(xlate_expire(lab->x, clock_now_ns() + 3 * NS_PER_S), 1);
	return cost_since(begin);
}

static void
test_expiry(void **state)
{
	(void)state;
	check_same(idle_second);
	check_same(one_expires);
	check_same(one_hastens);
	check_linear(all_expire);
}

static int
no_meter(void *aux, uint32_t dp_meter, const struct flow_meter *rates)
{
	(void)aux;
	(void)dp_meter;
	(void)rates;
	return 0;
}

static void
no_meter_del(void *aux, uint32_t dp_meter)
{
	(void)aux;
	(void)dp_meter;
}

static int
no_stats(void *aux, uint32_t dp_meter, struct flow_meter_stats *out)
{
	(void)aux;
	(void)dp_meter;
	(void)out;
	return -ENOENT;
}

static const struct xlate_meter_sink sink = {
	.set = no_meter, .del = no_meter_del, .stats = no_stats};

static void
meter(struct lab *lab, enum xlate_meter_command command, uint32_t id)
{
	struct xlate_meter_mod mm = {.command = command, .config = {.id = id}};

	xlate_meter_sink_set(lab->x, &sink);
	must(lab, xlate_meter_mod_apply(lab->x, lab->br, &mm, NULL, lab->err, sizeof lab->err));
}

static int
see_group(const struct xlate_group_view *group, void *aux)
{
	unsigned int *n_refs = aux;

	*n_refs = group->n_refs;
	return 0;
}

static int
see_meter(const struct xlate_meter_view *m, void *aux)
{
	unsigned int *n_refs = aux;

	*n_refs = m->n_refs;
	return 0;
}

/* Makes groups 1 and 2 and meters 1 and 2; all rules name the first, one of them the second. */
static void
named(struct lab *lab, unsigned int n)
{
	must(lab, lab_group(lab, XLATE_GROUP_ADD, "group_id=1,type=all,bucket=output:2"));
	must(lab, lab_group(lab, XLATE_GROUP_ADD, "group_id=2,type=all,bucket=output:2"));
	meter(lab, XLATE_METER_ADD, 1);
	meter(lab, XLATE_METER_ADD, 2);
	fill(lab, n, "table=1,actions=meter:1,group:1", by_register);
	lab_mod(lab, XLATE_ADD, "table=2,actions=meter:2,group:2");
}

static struct cost
refs_of(struct lab *lab, unsigned int n)
{
	unsigned int n_refs[2][2];
	struct cost begin, cost;

	named(lab, n);
	begin = cost_now();
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(xlate_group_each(lab->br, i + 1, see_group, &n_refs[0][i]), 0);
		assert_int_equal(xlate_meter_each(lab->br, i + 1, see_meter, &n_refs[1][i]), 0);
	}
	cost = cost_since(begin);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(n_refs[i][0], n);
		assert_int_equal(n_refs[i][1], 1);
	}
	return cost;
}

static struct cost
group_removed(struct lab *lab, unsigned int n)
{
	struct cost begin;

	named(lab, n);
	begin = cost_now();
	must(lab, lab_group(lab, XLATE_GROUP_DELETE, "group_id=2"));
	return cost_since(begin);
}

static struct cost
meter_removed(struct lab *lab, unsigned int n)
{
	struct cost begin;

	named(lab, n);
	begin = cost_now();
	meter(lab, XLATE_METER_DELETE, 2);
	return cost_since(begin);
}

static void
test_what_rules_name(void **state)
{
	(void)state;
	check_same(refs_of);
	check_same(group_removed);
	check_same(meter_removed);
}

/* Adds n groups in one change. 'what' is the text of each; unless 'step' is 0, the number of the
 * group 'step' away is appended. */
static void
groups_add(struct lab *lab, uint32_t first, uint32_t n, const char *what, int step)
{
	struct xlate_change *c;

	must(lab, xlate_change_begin(lab->x, lab->br, &c));
	for (uint32_t i = 0; i < n; i++) {
		struct xlate_group_mod gm;
		char text[96];
		int at = snprintf(text, sizeof text, "group_id=%u,%s", first + i, what);

		if (step)
			snprintf(text + at, sizeof text - (size_t)at, "%u",
				 (uint32_t)((int)(first + i) + step));
		must(lab, xlate_group_mod_parse(lab->br, text, XLATE_GROUP_ADD, &gm, lab->err,
						sizeof lab->err));
		must(lab, xlate_change_group(c, &gm, lab->err, sizeof lab->err));
		xlate_group_mod_free(&gm);
	}
	xlate_change_commit(c, NULL);
}

/* Adds groups that each have a bucket sending to the group 'step' away. */
static struct cost
chain(struct lab *lab, uint32_t first, uint32_t n, int step)
{
	struct cost begin = cost_now();

	groups_add(lab, first, n, "type=all,bucket=group:", step);
	return cost_since(begin);
}

static struct cost
chain_upwards(struct lab *lab, unsigned int n)
{
	return chain(lab, 10, n, -1);
}

static struct cost
chain_downwards(struct lab *lab, unsigned int n)
{
	return chain(lab, 10, n, 1);
}

/* A ring of n groups is detected by one walk around it. */
static struct cost
ring(struct lab *lab, unsigned int n)
{
	struct cost begin;
	char text[64];

	chain(lab, 10, n, 1);
	snprintf(text, sizeof text, "group_id=%u,type=all,bucket=group:10", 10 + n);
	begin = cost_now();
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, text), -ELOOP);
	return cost_since(begin);
}

static struct cost
one_group_more(struct lab *lab, unsigned int n)
{
	struct cost begin;

	chain(lab, 10, n, 1000000);
	begin = cost_now();
	must(lab, lab_group(lab, XLATE_GROUP_ADD, "group_id=5,type=all,bucket=group:10"));
	must(lab, lab_group(lab, XLATE_GROUP_MODIFY, "group_id=17,type=all,bucket=output:2"));
	must(lab, lab_group(lab, XLATE_GROUP_DELETE, "group_id=18"));
	return cost_since(begin);
}

/* Sets down a port that one group watches; all others watch another. */
static struct cost
link_lost(struct lab *lab, unsigned int n)
{
	struct cost begin;

	groups_add(lab, 10, n, "type=ff,bucket=watch_port:2,output:2", 0);
	must(lab,
	     lab_group(lab, XLATE_GROUP_ADD, "group_id=5,type=ff,bucket=watch_port:3,output:3"));
	begin = cost_now();
	xlate_port_live_set(lab->x, 13, false);
	return cost_since(begin);
}

static struct cost
one_meter_more(struct lab *lab, unsigned int n)
{
	struct cost begin;

	for (uint32_t i = 1; i <= n; i++)
		meter(lab, XLATE_METER_ADD, i);
	begin = cost_now();
	meter(lab, XLATE_METER_ADD, 1000000);
	meter(lab, XLATE_METER_MODIFY, 17);
	meter(lab, XLATE_METER_DELETE, 18);
	return cost_since(begin);
}

static void
test_groups_and_meters(void **state)
{
	(void)state;
	check_linear(chain_upwards);
	check_linear(chain_downwards);
	check_linear(ring);
	check_same(one_group_more);
	check_same(link_lost);
	check_same(one_meter_more);
}

static struct cost
learn_below_limit(struct lab *lab, unsigned int n)
{
	char text[256];

	fill(lab, n, "table=1,cookie=9,actions=drop", by_register);
	snprintf(
		text, sizeof text,
		"table=0,actions=learn(table=1,cookie=9,limit=%u,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
		"output:NXM_OF_IN_PORT[],result_dst=NXM_NX_REG1[0]),output:NXM_NX_REG1[]",
		n + 1);
	lab_mod(lab, XLATE_ADD, text);
	return cost_of_translation(lab, "in_port=1,ip,dl_src=02:00:00:00:00:09");
}

static struct cost
teacher_removed(struct lab *lab, unsigned int n)
{
	fill(lab, n, "table=1,actions=drop", by_cookie);
	lab_mod(lab, XLATE_ADD,
		"table=2,actions=learn(table=3,cookie=9,delete_learned,NXM_OF_ETH_DST[]="
		"NXM_OF_ETH_SRC[])");
	lab_mod(lab, XLATE_ADD, "table=3,cookie=9,actions=drop");
	return cost_of_mod(lab, XLATE_DELETE_STRICT, "table=2");
}

/* Deletes rules that teach the same together; for each, the code checks whether another remains. */
static struct cost
teachers_removed(struct lab *lab, unsigned int n)
{
	fill(lab, n,
	     "table=2,actions=learn(table=3,cookie=9,delete_learned,NXM_OF_ETH_DST[]="
	     "NXM_OF_ETH_SRC[])",
	     by_register);
	fill(lab, n, "table=3,cookie=9,actions=drop", by_register);
	return cost_of_mod(lab, XLATE_DELETE, "table=2");
}

static void
test_learning(void **state)
{
	(void)state;
	check_same(learn_below_limit);
	check_same(teacher_removed);
	check_linear(teachers_removed);
}

/* A packet that satisfies clauses of n conjunctions, by 5 rules of n / 5 clauses each, in no
 * order; only one conjunction is complete. */
static struct cost
conjunctions(struct lab *lab, unsigned int n)
{
	unsigned int n_ids = n / 5;
	char *text = malloc(64 * (size_t)n_ids + 256);

	assert_non_null(text);
	for (unsigned int rule = 0; rule < 5; rule++) {
		size_t at =
			(size_t)sprintf(text, "table=0,priority=9,reg0=0/%#x,actions=", 1u << rule);

		for (unsigned int i = 0; i < n_ids; i++) {
			unsigned int id = (i * 7919) % n_ids + 1, k = id == 1 ? rule + 1 : 1;

			at += (size_t)sprintf(text + at, "conjunction(%u,%u/5),", id, k);
		}
		lab_mod(lab, XLATE_ADD, text);
	}
	free(text);
	lab_mod(lab, XLATE_ADD, "table=0,priority=8,conj_id=1,actions=output:3");
	lab_expect(lab, "in_port=1,ip", false, "13");
	return cost_of_translation(lab, "in_port=1,ip");
}

static void
test_conjunctions(void **state)
{
	(void)state;
	check_linear(conjunctions);
}

static struct cost
cost_beside_tunnels(unsigned int n)
{
	struct xlate_tunnel t = {.ttl = XLATE_TUNNEL_TTL, .remote = {{[10] = 0xff, 0xff, 10}}};
	struct cost cost;
	struct lab lab;

	start(&lab);
	for (unsigned int i = 0; i < n; i++) {
		struct xlate_port port = {.dp_port = 20, .tunnel = &t};
		char name[16];

		snprintf(name, sizeof name, "t%u", i);
		port.name = name;
		t.in_key = htobe64(i);
		must(&lab, xlate_port_add(lab.x, lab.br, &port, NULL, lab.err, sizeof lab.err));
	}
	lab_mod(&lab, XLATE_ADD, "actions=1");
	cost = cost_of_translation(&lab, "in_port=t0");
	lab_close(&lab);
	return cost;
}

/* A tunnel is found by a hash for each kind of port, whatever their number. */
static void
test_tunnels(void **state)
{
	struct cost one = cost_beside_tunnels(1), thousand = cost_beside_tunnels(1000);

	(void)state;
	assert_in_range(thousand.n_steps, 1, one.n_steps + 100);
	assert_in_range(thousand.n_bytes, 0, one.n_bytes);
}

static struct cost
cost_beside_policies(uint32_t n)
{
	struct cost cost;
	struct lab lab;

	lab_open_with(&lab, 3, &(struct xlate_config){.seed = 42, .dp_name = "dp"});
	for (uint32_t zone = 0; zone < n; zone++)
		must(&lab, xlate_zone_timeouts_set(lab.x, (uint16_t)zone, UINT8_MAX));
	lab_mod(&lab, XLATE_ADD, "tcp,actions=ct(commit),2");
	cost = cost_of_translation(&lab, "in_port=1,tcp");
	lab_close(&lab);
	return cost;
}

/* The policy of a zone is found by its number. */
static void
test_policies(void **state)
{
	struct cost one = cost_beside_policies(1), all = cost_beside_policies(UINT16_MAX + 1);

	(void)state;
	assert_in_range(all.n_steps, 1, one.n_steps + 100);
	assert_in_range(all.n_bytes, 0, one.n_bytes);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bundles),		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_single_mods),	cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_what_rules_name), cmocka_unit_test(test_learning),
		cmocka_unit_test(test_conjunctions),	cmocka_unit_test(test_groups_and_meters),
		cmocka_unit_test(test_tunnels),		cmocka_unit_test(test_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
