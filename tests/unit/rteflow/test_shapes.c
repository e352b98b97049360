/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules have one shape, and what is kept of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shapes.h"

#include <stdlib.h>
#include <string.h>

#define NOW_NS UINT64_C(5000000000)

struct rule {
	struct rteflow_pattern pattern;
	struct rteflow_program program;
};

static void
rule_make(struct rule *r)
{
	memset(r, 0, sizeof *r);
	r->pattern.n = 2;
	r->pattern.items[0].type = RTE_FLOW_ITEM_TYPE_ETH;
	r->pattern.items[1].type = RTE_FLOW_ITEM_TYPE_IPV4;
	r->pattern.spec.eth.hdr.ether_type = RTE_BE16(0x0800);
	r->pattern.mask.eth.hdr.ether_type = UINT16_MAX;
	r->pattern.mask.ip4.hdr.dst_addr = UINT32_MAX;
	r->program.n = 2;
	r->program.actions[0].type = RTE_FLOW_ACTION_TYPE_SET_TTL;
	r->program.actions[1].type = RTE_FLOW_ACTION_TYPE_DROP;
}

static uint64_t
signature(const struct rule *r)
{
	return rteflow_shape_signature(&r->pattern, &r->program);
}

static void
test_signature(void **state)
{
	struct rule r, other;

	(void)state;
	rule_make(&r);
	assert_int_not_equal(signature(&r), 0);
	rule_make(&other);
	other.pattern.spec.ip4.hdr.dst_addr = 7;
	other.program.confs[0].ttl.ttl_value = 9;
	assert_int_equal(signature(&other), signature(&r));
	other.pattern.mask.ip4.hdr.dst_addr = 7;
	assert_int_not_equal(signature(&other), signature(&r));
	rule_make(&other);
	other.pattern.spec.eth.hdr.ether_type = RTE_BE16(0x86dd);
	assert_int_not_equal(signature(&other), signature(&r));
	rule_make(&other);
	other.pattern.items[1].type = RTE_FLOW_ITEM_TYPE_IPV6;
	assert_int_not_equal(signature(&other), signature(&r));
	rule_make(&other);
	other.program.n = 1;
	assert_int_not_equal(signature(&other), signature(&r));
	rule_make(&other);
	other.pattern.spec.ip4.hdr.fragment_offset = 1;
	assert_int_not_equal(signature(&other), signature(&r));
}

static void
test_refusal_is_kept_for_a_while(void **state)
{
	struct rteflow_shapes *s = calloc(1, sizeof *s);
	const struct nic_refusal why = {.reason = NIC_REASON_RULE, .detail = "no"};
	const struct nic_refusal *kept;

	(void)state;
	assert_non_null(s);
	assert_null(rteflow_shape_refused(s, 3, NOW_NS));
	rteflow_shape_refuse(s, 3, &why, NOW_NS);
	kept = rteflow_shape_refused(s, 3, NOW_NS + RTEFLOW_SHAPE_REFUSED_NS - 1);
	assert_non_null(kept);
	assert_string_equal(kept->detail, "no");
	assert_null(rteflow_shape_refused(s, 5, NOW_NS));
	assert_null(rteflow_shape_refused(s, 3, NOW_NS + RTEFLOW_SHAPE_REFUSED_NS));
	assert_false(rteflow_shape_works(s, 3));
	rteflow_shape_note(s, 3);
	assert_true(rteflow_shape_works(s, 3));
	assert_null(rteflow_shape_refused(s, 3, NOW_NS));
	free(s);
}

/* A hundred times as many shapes as there is room for: each is told by itself or not at all. */
static void
test_room_is_fixed(void **state)
{
	struct rteflow_shapes *s = calloc(1, sizeof *s);
	const struct nic_refusal why = {.reason = NIC_REASON_RULE};
	unsigned int n_kept = 0;

	(void)state;
	assert_non_null(s);
	for (uint64_t i = 0; i < 100 * RTEFLOW_SHAPES; i++) {
		assert_null(rteflow_shape_refused(s, 2 * i + 1, NOW_NS));
		rteflow_shape_refuse(s, 2 * i + 1, &why, NOW_NS);
	}
	for (uint64_t i = 0; i < 100 * RTEFLOW_SHAPES; i++)
		n_kept += rteflow_shape_refused(s, 2 * i + 1, NOW_NS) != NULL;
	assert_int_equal(n_kept, RTEFLOW_SHAPES);
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_refusal_is_kept_for_a_while),
		cmocka_unit_test(test_room_is_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
