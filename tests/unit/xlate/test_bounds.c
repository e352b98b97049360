/* SPDX-License-Identifier: Apache-2.0 */
/* What controllers configure does not decide how long, or how deep, a thread works. */
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

/* Adds or modifies a group of type all with 'n' buckets, each of these actions. */
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

/* Groups 1..n, each with 'n_buckets' that send to the next; the last sends to port 2. */
static void
chain(struct lab *lab, unsigned int n, unsigned int n_buckets)
{
	char actions[32] = "output:2";

	for (unsigned int id = n; id > 0; id--) {
		assert_int_equal(group(lab, XLATE_GROUP_ADD, id, n_buckets, actions), 0);
		snprintf(actions, sizeof actions, "group:%u", id);
	}
}

/* A ring is refused whatever its length, closed by a new group as by a changed one. */
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
				    ": would send to itself, by its buckets or theirs");
		assert_int_equal(group(lab, XLATE_GROUP_MODIFY, n, 1, "group:4294967000"), 0);
		assert_int_equal(group(lab, XLATE_GROUP_ADD, 4294967000, 1, "group:1"), -ELOOP);
		assert_int_equal(group(lab, XLATE_GROUP_ADD, 4294967000, 1, "output:2"), 0);
		assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, ""), 0);
	}
}

/* Buckets inserted into a group close a ring, too, and a ring may lead through one bucket of many. */
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

/* Two ways from each group to the next are 2^59 ways to the last; that is found out by the number of
 * groups. The packet is dropped for its depth, or the number of groups that it would enter. */
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

/* A long chain is searched for what looks below a label as far as a bound, and then looked at again. */
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

/* The last of a chain looks below. */
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
