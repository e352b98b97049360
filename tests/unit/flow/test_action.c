/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/action.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void
test_lists_are_bounded(void **state)
{
	struct flow_actions acts;

	(void)state;
	flow_actions_init(&acts);
	for (uint32_t i = 0; i < FLOW_ACTIONS_MAX; i++)
		assert_int_equal(flow_actions_add_output(&acts, i), 0);
	assert_int_equal(flow_actions_add_drop(&acts, FLOW_DROP_MTU), -E2BIG);
	assert_int_equal(acts.n, FLOW_ACTIONS_MAX);
	for (uint32_t i = 0; i < FLOW_ACTIONS_MAX; i++)
		assert_int_equal(acts.a[i].port, i);
	flow_actions_free(&acts);
	assert_int_equal(acts.n, 0);
	assert_int_equal(flow_actions_add_output(&acts, 1), 0);
	flow_actions_free(&acts);
}

static void
test_copies_are_equal_and_apart(void **state)
{
	struct flow_value value = flow_value_from_u64(0x1234), mask = flow_value_from_u64(0xff0f);
	struct flow_actions a, b;

	(void)state;
	flow_actions_init(&a);
	flow_actions_init(&b);
	assert_true(flow_actions_equal(&a, &b));
	assert_int_equal(flow_actions_add_output(&a, 3), 0);
	assert_int_equal(flow_actions_add_set(&a, FLOW_FIELD_TCP_SRC, &value, &mask), 0);
	assert_int_equal(flow_actions_add_drop(&a, FLOW_DROP_TTL_EXPIRED), 0);
	assert_false(flow_actions_equal(&a, &b));
	assert_int_equal(flow_actions_copy(&b, &a), 0);
	assert_true(flow_actions_equal(&a, &b));
	b.a[2].drop = FLOW_DROP_MTU;
	assert_false(flow_actions_equal(&a, &b));
	assert_int_equal(flow_actions_copy(&b, &a), 0);
	b.a[1].set.mask[15] ^= 1;
	assert_false(flow_actions_equal(&a, &b));
	assert_int_equal(a.a[1].set.mask[15], 0x0f);
	assert_int_equal(a.a[1].set.value[14], 0x12);
	assert_int_equal(a.a[1].set.value[15], 0x04);
	flow_actions_free(&a);
	flow_actions_free(&b);
}

/* Bytes of the union that a type does not use do not affect equality. */
static void
test_equality_ignores_padding(void **state)
{
	static const struct flow_action some[] = {
		{.type = FLOW_ACTION_OUTPUT, .port = 7},
		{.type = FLOW_ACTION_UPCALL, .upcall = {FLOW_UPCALL_CONTROLLER, 128, 99}},
		{.type = FLOW_ACTION_PUSH_VLAN, .vlan = {0x0081, 0x0500}},
		{.type = FLOW_ACTION_POP_VLAN},
		{.type = FLOW_ACTION_DROP, .drop = FLOW_DROP_EXPLICIT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
		struct flow_action x, y;
		struct flow_actions a = {.a = &x, .n = 1}, b = {.a = &y, .n = 1};

		memset(&x, 0x11, sizeof x);
		memset(&y, 0x22, sizeof y);
		x.type = y.type = some[i].type;
		x.upcall.reason = y.upcall.reason = 0;
		if (some[i].type == FLOW_ACTION_OUTPUT)
			x.port = y.port = some[i].port;
		else if (some[i].type == FLOW_ACTION_UPCALL)
			x.upcall.cookie = y.upcall.cookie = some[i].upcall.cookie,
			x.upcall.max_len = y.upcall.max_len = some[i].upcall.max_len,
			x.upcall.meter = y.upcall.meter = some[i].upcall.meter;
		else if (some[i].type == FLOW_ACTION_PUSH_VLAN)
			x.vlan = y.vlan = some[i].vlan;
		else if (some[i].type == FLOW_ACTION_DROP)
			x.drop = y.drop = some[i].drop;
		assert_true(flow_actions_equal(&a, &b));
	}
}

static void
test_only_settable_fields_are_set(void **state)
{
	struct flow_value v = flow_value_from_u64(1);
	struct flow_actions acts;

	(void)state;
	flow_actions_init(&acts);
	for (int i = 0; i < FLOW_N_FIELDS; i++)
		assert_int_equal(flow_actions_add_set(&acts, (enum flow_field_id)i, &v, &v),
				 flow_fields[i].settable ? 0 : -EINVAL);
	assert_int_equal(flow_actions_add_set(&acts, FLOW_FIELD_NONE, &v, &v), -EINVAL);
	flow_actions_free(&acts);
}

static void
test_edit_refuses_and_changes_nothing(void **state)
{
	static const struct flow_action bad[] = {
		{.type = FLOW_ACTION_OUTPUT},
		{.type = FLOW_ACTION_DROP},
		{.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_ETH_TYPE},
		{.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_NONE},
		{.type = FLOW_ACTION_PUSH_VLAN, .vlan.tpid = 0x0091},
	};
	uint8_t memory[8 + 20] = {0}, before[sizeof memory];
	struct flow_buffer buf = {.data = memory + 8, .n = 20, .n_head = 8};
	struct flow_key key = {0};
	struct flow_offsets ofs;

	(void)state;
	flow_parse(buf.data, buf.n, &key, &ofs);
	memcpy(before, memory, sizeof memory);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(flow_edit(&bad[i], &buf, &key, &ofs), -EINVAL);
	buf.n = 13;
	assert_int_equal(flow_edit(&(struct flow_action){.type = FLOW_ACTION_PUSH_VLAN,
							 .vlan.tpid = htons(0x8100)},
				   &buf, &key, &ofs),
			 -EINVAL);
	assert_memory_equal(before, memory, sizeof memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists_are_bounded),
		cmocka_unit_test(test_copies_are_equal_and_apart),
		cmocka_unit_test(test_equality_ignores_padding),
		cmocka_unit_test(test_only_settable_fields_are_set),
		cmocka_unit_test(test_edit_refuses_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
