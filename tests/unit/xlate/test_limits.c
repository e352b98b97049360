/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of configuration by peers: one object more is refused with the number, and nothing
 * changes. */
#include "lab.h"

#include <arpa/inet.h>
#include <xlate/change.h>
#include <xlate/meter.h>
#include <xlate/table_config.h>

#define RULES_MAX 10
#define GROUPS_MAX 5
#define METERS_MAX 3

static int
setup(void **state)
{
	static struct lab lab;

	lab_open_with(&lab, 3,
		      &(struct xlate_config){.rules_max = RULES_MAX,
					     .groups_max = GROUPS_MAX,
					     .meters_max = METERS_MAX});
	lab_mod(&lab, XLATE_DELETE, "");
	*state = &lab;
	return 0;
}

static int
setup_for_masks(void **state)
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

static struct xlate_flow_mod
parse(struct lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm;

	if (xlate_flow_mod_parse(lab->br, text, command, &fm, lab->err, sizeof lab->err))
		fail_msg("%s: %s", text, lab->err);
	return fm;
}

static int
apply(struct lab *lab, struct xlate_flow_mod *fms, size_t n)
{
	int rc = xlate_flow_mods_apply(lab->x, lab->br, fms, n, NULL, lab->err, sizeof lab->err);

	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	return rc;
}

static int
flow(struct lab *lab, enum xlate_command command, const char *text)
{
	struct xlate_flow_mod fm = parse(lab, command, text);

	return apply(lab, &fm, 1);
}

static uint64_t
n_rejected(struct lab *lab, uint8_t table)
{
	struct xlate_table_state s;

	xlate_table_state(lab->br, table, &s);
	return s.n_rejected;
}

/* Adds n flows of table 1 with different masks, numbered from 'first'. */
static int
add_masks(struct lab *lab, unsigned int first, unsigned int n, const char *text)
{
	struct xlate_flow_mod fm = parse(lab, XLATE_ADD, text);
	struct xlate_change *c;
	int rc = 0;

	assert_int_equal(xlate_change_begin(lab->x, lab->br, &c), 0);
	for (unsigned int i = 0; i < n && !rc; i++) {
		fm.match.key.reg[0] = 0;
		fm.match.mask.reg[0] = htonl(first + i);
		rc = xlate_change_flow(c, &fm, lab->err, sizeof lab->err);
	}
	if (rc)
		xlate_change_abort(c);
	else
		xlate_change_commit(c, NULL);
	xlate_flow_mod_free(&fm);
	return rc;
}

static void
expect_no_other_mask(struct lab *lab, unsigned int table, const char *text)
{
	uint64_t before = n_rejected(lab, (uint8_t)table);
	char want[128];

	snprintf(want, sizeof want,
		 "table %u: its flows have %d masks, the most it can have; use a mask of an "
		 "existing flow",
		 table, XLATE_MASKS_MAX);
	assert_int_equal(flow(lab, XLATE_ADD, text), -ENOSPC);
	assert_string_equal(lab->err, want);
	assert_int_equal(n_rejected(lab, (uint8_t)table), before + 1);
}

static void
test_masks(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(add_masks(lab, 1, XLATE_MASKS_MAX, "table=1,actions=output:2"), 0);
	expect_no_other_mask(lab, 1, "table=1,reg1=1,actions=drop");
	/* Still accepted: existing masks, other tables, other actions. */
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg0=1/1,actions=drop"), 0);
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,priority=7,reg0=0/1,actions=drop"), 0);
	assert_int_equal(flow(lab, XLATE_ADD, "table=2,reg1=1,actions=drop"), 0);
	assert_int_equal(flow(lab, XLATE_MODIFY, "table=1,actions=drop"), 0);
	/* The only rule of a mask is deleted; another mask takes its place at once. */
	assert_int_equal(flow(lab, XLATE_DELETE_STRICT, "table=1,reg0=0/2"), 0);
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg1=1,actions=drop"), 0);
	expect_no_other_mask(lab, 1, "table=1,reg0=0/2,actions=drop");
	/* Deletes one of several rules of a mask. */
	assert_int_equal(flow(lab, XLATE_DELETE_STRICT, "table=1,reg0=1/1"), 0);
	expect_no_other_mask(lab, 1, "table=1,reg0=0/2,actions=drop");
}

/* Deleted masks do not count, although they exist until a grace period is over. */
static void
test_masks_are_replaced(void **state)
{
	struct lab *lab = *state;

	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(add_masks(lab, 1 + i * XLATE_MASKS_MAX, XLATE_MASKS_MAX,
					   "table=1,actions=output:2"),
				 0);
		expect_no_other_mask(lab, 1, "table=1,reg1=1,actions=drop");
		assert_int_equal(flow(lab, XLATE_DELETE, "table=1"), 0);
	}
}

/* A change that is rolled back restores the counts. */
static void
test_refused_changes(void **state)
{
	struct lab *lab = *state;
	struct xlate_flow_mod fms[3];

	assert_int_equal(add_masks(lab, 1, XLATE_MASKS_MAX + 1, "table=1,actions=output:2"),
			 -ENOSPC);
	assert_int_equal(add_masks(lab, 1, XLATE_MASKS_MAX, "table=1,actions=output:2"), 0);
	for (unsigned int i = 0; i < 3; i++) {
		fms[0] = parse(lab, XLATE_DELETE_STRICT, "table=1,reg0=0/9");
		fms[1] = parse(lab, XLATE_ADD, "table=1,reg1=1,actions=drop");
		fms[2] = parse(lab, XLATE_ADD, "table=1,reg2=1,actions=drop");
		assert_int_equal(apply(lab, fms, 3), -ENOSPC);
	}
	assert_int_equal(flow(lab, XLATE_DELETE_STRICT, "table=1,reg0=0/9"), 0);
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg1=1,actions=drop"), 0);
	expect_no_other_mask(lab, 1, "table=1,reg2=1,actions=drop");
}

/* Rules of conjunctions are in a classifier of their own. */
static void
test_masks_of_conjunctions(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(add_masks(lab, 1, XLATE_MASKS_MAX, "table=1,actions=conjunction(1,1/2)"),
			 0);
	expect_no_other_mask(lab, 1, "table=1,reg1=1,actions=conjunction(1,2/2)");
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg1=1,actions=drop"), 0);
}

static void
test_rules(void **state)
{
	struct lab *lab = *state;
	struct xlate_table_state s;
	char text[64];

	for (unsigned int i = 0; i < RULES_MAX; i++) {
		snprintf(text, sizeof text, "table=1,reg0=%u,actions=drop", i);
		assert_int_equal(flow(lab, XLATE_ADD, text), 0);
	}
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg0=99,actions=drop"), -ENOSPC);
	assert_string_equal(lab->err, "table 1: is full; its limit is 10 flows");
	assert_int_equal(flow(lab, XLATE_ADD, "table=1,reg0=1,actions=output:1"), 0);
	assert_int_equal(flow(lab, XLATE_ADD, "table=2,reg0=99,actions=drop"), 0);
	xlate_table_state(lab->br, 1, &s);
	assert_int_equal(s.rules_max, RULES_MAX);
	assert_int_equal(s.vacancy, 0);
	assert_int_equal(s.n_rejected, 1);
	xlate_table_state(lab->br, 2, &s);
	assert_int_equal(s.vacancy, 90);
}

static void
test_groups(void **state)
{
	struct lab *lab = *state;
	char text[64];

	for (unsigned int i = 1; i <= GROUPS_MAX; i++) {
		snprintf(text, sizeof text, "group_id=%u,type=all,bucket=output:1", i);
		assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, text), 0);
	}
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, "group_id=9,type=all"), -ENOSPC);
	assert_string_equal(lab->err, "group 9: the bridge has 5 groups, the most it can have");
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD_OR_MODIFY, "group_id=9,type=all"), -ENOSPC);
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD_OR_MODIFY, "group_id=2,type=all"), 0);
	assert_int_equal(lab_group(lab, XLATE_GROUP_MODIFY, "group_id=1,type=all"), 0);
	assert_int_equal(lab_group(lab, XLATE_GROUP_DELETE, "group_id=1"), 0);
	assert_int_equal(lab_group(lab, XLATE_GROUP_ADD, "group_id=9,type=all"), 0);
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

static const struct xlate_meter_sink sink = {.set = no_meter, .del = no_meter_del};

static int
meter(struct lab *lab, enum xlate_meter_command command, uint32_t id)
{
	struct xlate_meter_mod mm = {.command = command, .config = {.id = id}};

	return xlate_meter_mod_apply(lab->x, lab->br, &mm, NULL, lab->err, sizeof lab->err);
}

static void
test_meters(void **state)
{
	struct lab *lab = *state;

	xlate_meter_sink_set(lab->x, &sink);
	for (uint32_t i = 1; i <= METERS_MAX; i++)
		assert_int_equal(meter(lab, XLATE_METER_ADD, i), 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, 9), -ENOSPC);
	assert_string_equal(lab->err, "meter 9: the bridge has 3 meters, the most it can have");
	assert_int_equal(meter(lab, XLATE_METER_MODIFY, 1), 0);
	assert_int_equal(meter(lab, XLATE_METER_DELETE, 1), 0);
	assert_int_equal(meter(lab, XLATE_METER_ADD, 9), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define M(f) cmocka_unit_test_setup_teardown(f, setup_for_masks, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		M(test_masks),		 M(test_masks_are_replaced),
		M(test_refused_changes), M(test_masks_of_conjunctions),
		T(test_rules),		 T(test_groups),
		T(test_meters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
