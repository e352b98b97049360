/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers' configuration does not decide how long, or how deep, a thread works. */
#include "lab.h"

#include <stdio.h>

#define LABELLED "in_port=1,mpls,mpls_label=5,mpls_bos=1,mpls_ttl=9"
#define IP "in_port=1,ip,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64"

static int
setup(void **state)
{
	static struct lab lab;

	lab_open(&lab, 3, 0);
	lab_mod(&lab, XLATE_DELETE, "");
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	lab_close(*state);
	return 0;
}

/* Adds or modifies a group of type all with 'n' buckets that each have 'actions'. */
static int
group(struct lab *lab, enum xlate_group_command command, unsigned int id, unsigned int n,
      const char *actions)
{
	char text[512];
	size_t at = (size_t)snprintf(text, sizeof text, "group_id=%u,type=all", id);

	for (unsigned int i = 0; i < n; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, ",bucket=actions=%s", actions);
	assert_true(at < sizeof text);
	return lab_group(lab, command, text);
}

/* Makes groups 1..n, each with 'n_buckets' that send to the next; the last sends to port 2. */
static void
chain(struct lab *lab, unsigned int n, unsigned int n_buckets)
{
	char actions[32] = "output:2";

	for (unsigned int id = n; id > 0; id--) {
		assert_int_equal(group(lab, XLATE_GROUP_ADD, id, n_buckets, actions), 0);
		snprintf(actions, sizeof actions, "group:%u", id);
	}
}

/* A ring is refused whatever its length, whether a new or a modified group closes it. */
static void
test_rings_are_refused(void **state)
{
	static const unsigned int lengths[] = {1, 2, 3, 62, 63, 64, 65, 66, 80, 129, 1000};
	struct lab *lab = *state;

	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		unsigned int n = lengths[i];

		chain(lab, n, 1);
		assert_int_equal(group(lab, XLATE_GROUP_MODIFY, n, 1, "group:1"), -ELOOP);
		assert_string_equal(strchr(lab->err, ':'),
				    ": would refer to itself, directly or through other groups");
		assert_int_equal(group(lab, XLATE_GROUP_MODIFY, n, 1, "group:4294967000"), 0);
		assert_int_equal(group(lab, XLATE_GROUP_ADD, 4294967000, 1, "group:1"), -ELOOP);
		assert_int_equal(group(lab, XLATE_GROUP_ADD, 4294967000, 1, "output:2"), 0);
		assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, ""), 0);
	}
}

/* An inserted bucket can close a ring, too, and a ring may lead through one bucket of many. */
static void
test_ring_by_an_inserted_bucket(void **state)
{
	struct lab *lab = *state;

	chain(lab, 100, 1);
	assert_int_equal(
		lab_group(lab, XLATE_GROUP_INSERT_BUCKET,
			  "group_id=99,command_bucket_id=last,bucket=bucket_id=8,actions=output:3,"
			  "bucket=bucket_id=9,actions=mod_dl_src:02:00:00:00:00:01,group:3"),
		-ELOOP);
	assert_int_equal(
		lab_group(
			lab, XLATE_GROUP_INSERT_BUCKET,
			"group_id=99,command_bucket_id=last,bucket=bucket_id=8,actions=group:100"),
		0);
}

/* Two ways from each group to the next make 2^59 ways to the last; the search visits each group
 * once. The packet is dropped for its depth, or for the number of groups that it would enter. */
static void
test_ways_through_groups_are_not_counted_out(void **state)
{
	struct lab *lab = *state;

	chain(lab, 60, 2);
	assert_int_equal(group(lab, XLATE_GROUP_MODIFY, 60, 1, "drop"), 0);
	lab_rules(lab, "actions=pop_mpls:0x0800,group:1", NULL);
	lab_expect(lab, LABELLED, false, "drop(reason=too-many-resubmits)");
	assert_int_equal(group(lab, XLATE_GROUP_MODIFY, 60, 2, "output:2"), 0);
	lab_rules(lab, "actions=pop_mpls:0x0800,output:3,group:57", NULL);
	lab_expect(lab, LABELLED, false,
		   "pop_mpls(eth_type=0x0800),13,12,12,12,12,12,12,12,12,12,12,12,12,12,12,12,12");
}

/* The search of a long chain for accesses below a label is bounded; if it is cut off, the packet
 * is recirculated. */
static void
test_long_chains_end(void **state)
{
	struct lab *lab = *state;
	struct flow_key key;
	struct xlate_out out;
	char want[64];

	chain(lab, 2000, 1);
	lab_rules(lab, "actions=pop_mpls:0x0800,group:1960", NULL);
	lab_expect(lab, LABELLED, false, "pop_mpls(eth_type=0x0800),12");
	lab_rules(lab, "actions=pop_mpls:0x0800,group:1", NULL);
	key = lab_key(lab, LABELLED);
	lab_translate_key(lab, &key, &out);
	snprintf(want, sizeof want, "pop_mpls(eth_type=0x0800),recirc(%#x)", lab_recirc_of(&out));
	lab_expect_key(lab, &key, want);
	key = lab_key(lab, IP);
	key.recirc_id = lab_recirc_of(&out);
	lab_expect_key(lab, &key, "drop(reason=recursion-too-deep)");
	xlate_out_free(&out);
}

/* The last group of a chain accesses headers below the label. */
static void
test_what_a_group_leads_to_looks_below(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out;
	struct flow_key key;

	chain(lab, 40, 2);
	assert_int_equal(group(lab, XLATE_GROUP_MODIFY, 40, 1, "dec_ttl,output:2"), 0);
	lab_rules(lab, "actions=pop_mpls:0x0800,group:1", NULL);
	key = lab_key(lab, LABELLED);
	lab_translate_key(lab, &key, &out);
	assert_int_not_equal(lab_recirc_of(&out), 0);
	xlate_out_free(&out);
}

/* Each pass leaves work to do and recirculates the packet. */
static void
test_passes_are_counted(void **state)
{
	struct lab *lab = *state;
	struct xlate_out out[XLATE_PASSES_MAX];
	struct flow_key key = lab_key(lab, LABELLED);

	lab_rules(lab, "mpls,actions=copy_ttl_out,resubmit(,0),output:2", NULL);
	for (unsigned int i = 0; i < XLATE_PASSES_MAX; i++) {
		lab_translate_key(lab, &key, &out[i]);
		key.recirc_id = lab_recirc_of(&out[i]);
	}
	lab_expect_key(lab, &key, "drop(reason=recursion-too-deep)");
	for (unsigned int i = 0; i < XLATE_PASSES_MAX; i++)
		xlate_out_free(&out[i]);
}

static void
expect_drop(struct lab *lab, const char *why)
{
	char want[64];

	snprintf(want, sizeof want, *why ? "drop(reason=%s)" : "drop", why);
	lab_expect(lab, IP, false, want);
}

/* Returns 'actions' n times, separated by commas. */
static char *
times(unsigned int n, const char *actions)
{
	size_t n_bytes = strlen(actions) + 1;
	char *text = malloc(n * n_bytes + 1);

	assert_non_null(text);
	for (unsigned int i = 0; i < n; i++)
		sprintf(text + i * n_bytes, "%s,", actions);
	return text;
}

/* Table 0 resubmits 4,096 times to table 1, which has 'actions' n times. */
static void
expect_of_product(struct lab *lab, unsigned int n, const char *actions, const char *why)
{
	char *list = times(n, actions), *rule = malloc(strlen(list) + 64);

	assert_non_null(rule);
	sprintf(rule, "table=1,actions=%s", list);
	lab_mod(lab, XLATE_ADD, rule);
	expect_drop(lab, why);
	free(rule);
	free(list);
}

/* Work that is small in each of many places has a bound in total. */
static void
test_steps_are_bounded(void **state)
{
	struct lab *lab = *state;
	char *list = times(XLATE_RESUBMITS_MAX - 1, "resubmit(,1)"),
	     *rule = malloc(strlen(list) + 64);

	assert_non_null(rule);
	sprintf(rule, "table=0,actions=%s", list);
	lab_rules(lab, rule, NULL);
	expect_of_product(lab, 100, "load:1->NXM_NX_REG0[]", "");
	expect_of_product(lab, 300, "load:1->NXM_NX_REG0[]", "too-many-steps");
	expect_of_product(lab, 1, "multipath(symmetric_l4,1,hrw,65536,0,NXM_NX_REG3[])",
			  "too-many-steps");
	expect_of_product(lab, 2, "multipath(symmetric_l4,1,iter_hash,2,65536,NXM_NX_REG3[])",
			  "too-many-steps");
	expect_of_product(lab, 5,
			  "learn(table=5,priority=1,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],"
			  "output:NXM_OF_IN_PORT[])",
			  "too-many-steps");
	free(rule);
	free(list);
}

/* Each mask that a lookup tries counts as a step: 600 masks of one priority, looked up 2,000
 * times. */
static void
test_masks_are_steps(void **state)
{
	struct lab *lab = *state;
	char *list = times(2000, "resubmit(,1)"), *rule = malloc(strlen(list) + 64);

	assert_non_null(rule);
	sprintf(rule, "table=0,actions=%s", list);
	lab_rules(lab, rule, NULL);
	for (unsigned int i = 1; i <= 600; i++) {
		sprintf(rule, "table=1,reg0=%#x/%#x,actions=output:2", i, i);
		lab_mod(lab, XLATE_ADD, rule);
		if (i == 100)
			expect_drop(lab, "");
	}
	expect_drop(lab, "too-many-steps");
	free(rule);
	free(list);
}

/* Each clause of a conjunction that a lookup gathers counts as a step: 3,000 in a rule. */
static void
test_clauses_are_steps(void **state)
{
	struct lab *lab = *state;
	char *list = times(3000, "conjunction(7,1/2)"), *rule = malloc(strlen(list) + 64);

	assert_non_null(rule);
	lab_rules(lab, "table=1,priority=1,actions=drop", NULL);
	sprintf(rule, "table=1,priority=2,actions=%s", list);
	lab_mod(lab, XLATE_ADD, rule);
	free(list);
	for (unsigned int n = 200; n <= 400; n += 200) {
		list = times(n, "resubmit(,1)");
		sprintf(rule, "table=0,actions=%s", list);
		free(list);
		lab_mod(lab, XLATE_ADD, rule);
		expect_drop(lab, n == 200 ? "" : "too-many-steps");
	}
	free(rule);
}

/* Adds a group of 'type' with n buckets. */
static void
wide_group(struct lab *lab, unsigned int id, const char *type, unsigned int n, const char *bucket)
{
	char *list = times(n, bucket), *text = malloc(strlen(list) + 64);

	assert_non_null(text);
	sprintf(text, "group_id=%u,type=%s,%s", id, type, list);
	if (lab_group(lab, XLATE_GROUP_ADD, text))
		fail_msg("%.80s: %s", text, lab->err);
	free(text);
	free(list);
}

/* A group with many buckets does not drop: all watched ports are checked, and the chosen buckets
 * executed. */
static void
test_wide_groups(void **state)
{
	struct lab *lab = *state;

	wide_group(lab, 1, "select", XLATE_BUCKETS_MAX, "bucket=actions=output:2");
	wide_group(lab, 2, "select", XLATE_BUCKETS_MAX, "bucket=actions=output:3");
	wide_group(lab, 3, "select", XLATE_BUCKETS_MAX, "bucket=watch_port:3,actions=output:3");
	wide_group(lab, 4, "ff", XLATE_BUCKETS_MAX, "bucket=watch_port:9,actions=output:3");
	wide_group(lab, 5, "all", 64, "bucket=actions=group:6");
	wide_group(lab, 6, "select", 65, "bucket=actions=output:3");
	lab_rules(lab, "actions=group:1,group:2,group:3,group:4", NULL);
	lab_expect(lab, IP, false, "12,13,13");
	lab_rules(lab, "actions=group:5", NULL);
	lab_expect(lab, IP, false,
		   "13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,"
		   "13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,"
		   "13,13,13,13,13,13,13,13,13,13,13,13,13,13,13,13");
}

/* Groups that watch each other: they are found to be dead, or the search is cut off. */
static void
test_watching_is_bounded(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(
		lab_group(lab, XLATE_GROUP_ADD, "group_id=1,type=ff,bucket=watch_group:2,output:2"),
		0);
	assert_int_equal(
		lab_group(lab, XLATE_GROUP_ADD, "group_id=2,type=ff,bucket=watch_group:1,output:2"),
		0);
	lab_rules(lab, "actions=output:3,group:1", NULL);
	expect_drop(lab, "recursion-too-deep");
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, ""), 0);
	for (unsigned int i = 1; i <= 40; i++) {
		char text[160];

		snprintf(text, sizeof text,
			 "group_id=%u,type=ff,bucket=watch_group:%u,output:2,"
			 "bucket=watch_group:%u,output:2",
			 i, i + 1, i + 1);
		assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, text), 0);
	}
	lab_rules(lab, "actions=output:3,group:1", NULL);
	expect_drop(lab, "too-many-steps");
}

static void
load_one_bit(struct lab *lab, enum xlate_command command, unsigned int bit)
{
	char text[512];
	size_t at = (size_t)snprintf(text, sizeof text, "table=1,");

	for (unsigned int reg = 0; reg < XLATE_REGS; reg++)
		at += (size_t)snprintf(text + at, sizeof text - at, "reg%u=%#x,", reg,
				       bit / 32 == reg ? 1u << (31 - bit % 32) : 0);
	snprintf(text + at, sizeof text - at, command == XLATE_ADD ? "actions=output:2" : "");
	lab_mod(lab, command, text);
}

/* Each key shares one bit more with the next than with all before, which makes the deepest trie
 * possible. */
static void
test_deep_tries(void **state)
{
	struct lab *lab = *state;

	for (unsigned int bit = 0; bit < 32 * XLATE_REGS; bit++)
		load_one_bit(lab, XLATE_ADD, bit);
	lab_mod(lab, XLATE_ADD, "table=0,actions=load:1->NXM_NX_REG15[],resubmit(,1)");
	lab_expect(lab, IP, false, "12");
	for (unsigned int bit = 1; bit < 32 * XLATE_REGS; bit += 2)
		load_one_bit(lab, XLATE_DELETE_STRICT, bit);
	lab_expect(lab, IP, false, "drop");
	lab_mod(lab, XLATE_DELETE, "table=1");
}

static int
parse_actions(struct lab *lab, const char *text)
{
	struct xlate_actions *a = NULL;
	int rc = xlate_actions_parse(NULL, text, &a, lab->err, sizeof lab->err);

	xlate_actions_free(a);
	return rc;
}

/* Returns 'open' n times, 'text', and 'close' n times. */
static char *
nested(unsigned int n, const char *open, const char *text)
{
	size_t n_open = strlen(open), n_text = strlen(text);
	char *s = malloc(n * (n_open + 1) + n_text + 1);

	assert_non_null(s);
	for (unsigned int i = 0; i < n; i++)
		memcpy(s + i * n_open, open, n_open);
	memcpy(s + n * n_open, text, n_text);
	memset(s + n * n_open + n_text, ')', n);
	s[n * (n_open + 1) + n_text] = '\0';
	return s;
}

static int
add_group(struct lab *lab, const char *prefix, const char *buckets)
{
	char *text;
	int rc;

	assert_true(asprintf(&text, "group_id=1,type=all,%s%s", prefix, buckets) > 0);
	rc = lab_group(lab, XLATE_GROUP_ADD, text);
	free(text);
	return rc;
}

static void
test_texts_are_bounded(void **state)
{
	struct lab *lab = *state;
	char *deep = nested(32, "clone(", "output:2"), *deeper = nested(33, "clone(", "output:2"),
	     *deepest = nested(100000, "clone(", "output:2"),
	     *mixed = nested(20000, "ct(commit,exec(", "output:2"),
	     *words = times(200000, "bucket=actions=actions=actions=output:1"),
	     *equals = nested(1000000, "actions=", "output:1"),
	     *buckets = times(XLATE_BUCKETS_MAX + 1, "bucket=actions=output:1");

	assert_int_equal(parse_actions(lab, deep), 0);
	assert_int_equal(parse_actions(lab, deeper), -EINVAL);
	assert_string_equal(lab->err, "clone: lists are nested deeper than 32, the most accepted");
	assert_int_equal(parse_actions(lab, deepest), -EINVAL);
	assert_int_equal(parse_actions(lab, mixed), -EINVAL);
	assert_int_equal(add_group(lab, "bucket=", equals), -EINVAL);
	assert_int_equal(add_group(lab, "", words), -EINVAL);
	assert_int_equal(add_group(lab, "", buckets), -EINVAL);
	assert_string_equal(lab->err, "bucket: expected at most 4096 buckets");
	free(buckets);
	free(deep);
	free(deeper);
	free(deepest);
	free(mixed);
	free(words);
	free(equals);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rings_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ring_by_an_inserted_bucket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ways_through_groups_are_not_counted_out, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_long_chains_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_a_group_leads_to_looks_below, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_passes_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_steps_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_masks_are_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clauses_are_steps, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wide_groups, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watching_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_tries, setup, teardown),
		cmocka_unit_test_setup_teardown(test_texts_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
