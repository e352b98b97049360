/* SPDX-License-Identifier: Apache-2.0 */
/* Interpretation of a device's error: the field or action at fault, and whether a retry helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "error.h"

#include <errno.h>
#include <stdio.h>

static void
blueprint_make(struct rteflow_blueprint *b)
{
	memset(b, 0, sizeof *b);
	b->pattern.n = 3;
	b->pattern.fields[0] = FLOW_FIELD_IN_PORT;
	b->pattern.fields[1] = FLOW_FIELD_ETH_TYPE;
	b->pattern.fields[2] = FLOW_FIELD_NW_PROTO;
	b->program.n = 2;
	b->program.types[0] = FLOW_ACTION_DROP;
	b->program.types[1] = FLOW_ACTION_SET;
	b->program.fields[0] = FLOW_FIELD_NONE;
	b->program.fields[1] = FLOW_FIELD_NW_TTL;
}

static struct nic_refusal
explain(const struct rteflow_blueprint *b, enum rte_flow_error_type type, const void *cause,
	const char *message, int rc)
{
	struct rte_flow_error e = {.type = type, .cause = cause, .message = message};
	struct nic_refusal why;

	memset(&why, 0xff, sizeof why);
	rteflow_error_explain(&e, rc, b, &why);
	return why;
}

static void
expect(struct nic_refusal why, enum nic_reason reason, enum flow_field_id field,
       enum flow_action_type action)
{
	assert_int_equal(why.reason, reason);
	assert_int_equal(why.field, field);
	assert_int_equal(why.action, action);
}

static void
items_are_blamed(void **state)
{
	struct rteflow_blueprint b;
	struct nic_refusal why;

	(void)state;
	blueprint_make(&b);
	why = explain(&b, RTE_FLOW_ERROR_TYPE_ITEM, &b.pattern.items[2], "no such", -ENOTSUP);
	expect(why, NIC_REASON_FIELD, FLOW_FIELD_NW_PROTO, FLOW_N_ACTIONS);
	assert_string_equal(why.detail, "no such");
	expect(explain(&b, RTE_FLOW_ERROR_TYPE_ITEM_MASK, &b.pattern.items[1], NULL, -EINVAL),
	       NIC_REASON_FIELD_MASK, FLOW_FIELD_ETH_TYPE, FLOW_N_ACTIONS);
}

static void
actions_are_blamed(void **state)
{
	struct rteflow_blueprint b;

	(void)state;
	blueprint_make(&b);
	expect(explain(&b, RTE_FLOW_ERROR_TYPE_ACTION, &b.program.actions[1], "", -ENOTSUP),
	       NIC_REASON_ACTION, FLOW_FIELD_NW_TTL, FLOW_ACTION_SET);
	expect(explain(&b, RTE_FLOW_ERROR_TYPE_ACTION_NUM, NULL, "", -E2BIG), NIC_REASON_ACTION,
	       FLOW_FIELD_NONE, FLOW_N_ACTIONS);
}

/* A cause that is not part of the rule, or is past its used items, blames no field and no
 * action. */
static void
unknown_causes_name_nobody(void **state)
{
	struct rteflow_blueprint b;
	const void *causes[] = {NULL, &b, &b.pattern.items[3], &b.program.actions[0],
				(const char *)&b.pattern.items[0] - 1};

	(void)state;
	blueprint_make(&b);
	for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
		expect(explain(&b, RTE_FLOW_ERROR_TYPE_ITEM_SPEC, causes[i], "x", -EINVAL),
		       NIC_REASON_FIELD, FLOW_FIELD_NONE, FLOW_N_ACTIONS);
}

static void
what_may_pass_is_tried_again(void **state)
{
	static const int later[] = {-EIO, -ENODEV, -EAGAIN, -EBUSY, -EEXIST};
	static const int full[] = {-ENOSPC, -ENOMEM};
	char longer[200];
	struct rteflow_blueprint b;
	struct nic_refusal why;

	(void)state;
	blueprint_make(&b);
	for (size_t i = 0; i < sizeof full / sizeof full[0]; i++)
		expect(explain(&b, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, NULL, full[i]),
		       NIC_REASON_TABLE_FULL, FLOW_FIELD_NONE, FLOW_N_ACTIONS);
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
		expect(explain(&b, RTE_FLOW_ERROR_TYPE_ITEM, &b.pattern.items[1], "x", later[i]),
		       NIC_REASON_INSERT_FAILED, FLOW_FIELD_NONE, FLOW_N_ACTIONS);
	memset(longer, 'y', sizeof longer);
	longer[sizeof longer - 1] = 0;
	why = explain(&b, RTE_FLOW_ERROR_TYPE_HANDLE, NULL, longer, -EIO);
	expect(why, NIC_REASON_INSERT_FAILED, FLOW_FIELD_NONE, FLOW_N_ACTIONS);
	assert_int_equal(strlen(why.detail), sizeof why.detail - 1);
}

/* Errors that drivers return without a cause, and which are final. */
static void
what_never_passes_is_not(void **state)
{
	static const int never[] = {-ENOTSUP, -EINVAL, -E2BIG};
	struct rteflow_blueprint b;

	(void)state;
	blueprint_make(&b);
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		expect(explain(&b, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, "no", never[i]),
		       NIC_REASON_RULE, FLOW_FIELD_NONE, FLOW_N_ACTIONS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_blamed),
		cmocka_unit_test(actions_are_blamed),
		cmocka_unit_test(unknown_causes_name_nobody),
		cmocka_unit_test(what_may_pass_is_tried_again),
		cmocka_unit_test(what_never_passes_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
