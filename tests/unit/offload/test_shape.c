/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a rule's shape, and how long shapes are remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shape.h"

#include <arpa/inet.h>

static struct flow_match
tcp_to(uint16_t port)
{
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.key.eth_type = htons(0x0800);
	m.key.nw_proto = 6;
	m.key.tp_dst = htons(port);
	m.mask.eth_type = m.mask.tp_dst = UINT16_MAX;
	m.mask.nw_proto = UINT8_MAX;
	return m;
}

static bool
same(const struct flow_match *m, const struct flow_actions *a, const struct flow_match *n,
     const struct flow_actions *b)
{
	struct shape_key k, l;

	ofl_shape_key(m, a, &k);
	ofl_shape_key(n, b, &l);
	return flow_ufid_equal(&k.match, &l.match) && k.actions == l.actions;
}

static void
test_matches(void **state)
{
	const struct flow_actions none = {0};
	struct flow_match m = tcp_to(80), n = tcp_to(443);

	(void)state;
	assert_true(same(&m, &none, &n, &none));
	n.key.nw_proto = 1; /* here the ICMP type, which is stored where m has its TCP port */
	assert_false(same(&m, &none, &n, &none));
	n = tcp_to(80);
	n.mask.tp_dst = htons(0xff00);
	assert_false(same(&m, &none, &n, &none));
	n = tcp_to(80);
	n.mask.vlan[0].tci = m.mask.vlan[0].tci = htons(FLOW_VLAN_CFI);
	assert_true(same(&m, &none, &n, &none));
	n.key.vlan[0].tci = htons(FLOW_VLAN_CFI);
	assert_false(same(&m, &none, &n, &none));
}

static void
test_actions(void **state)
{
	struct flow_action a[2] = {{.type = FLOW_ACTION_SET, .set = {.field = FLOW_FIELD_NW_TTL}},
				   {.type = FLOW_ACTION_OUTPUT, .port = 1}};
	struct flow_action b[2] = {a[0], a[1]};
	struct flow_actions as = {.a = a, .n = 2}, bs = {.a = b, .n = 2};
	struct flow_match m = tcp_to(80);

	(void)state;
	b[0].set.value[15] = 9;
	b[1].port = 2;
	assert_true(same(&m, &as, &m, &bs));
	b[0].set.mask[15] = 1;
	assert_false(same(&m, &as, &m, &bs));
	b[0] = a[0];
	b[0].set.field = FLOW_FIELD_NW_TOS;
	assert_false(same(&m, &as, &m, &bs));
	b[0] = a[1];
	b[1] = a[0];
	assert_false(same(&m, &as, &m, &bs));
	bs.n = 1;
	assert_false(same(&m, &as, &m, &bs));
}

static struct shape_key
key_of(uint64_t i)
{
	return (struct shape_key){.actions = i};
}

/* A refused shape is remembered without flows, until too many shapes exist. */
static void
test_memory(void **state)
{
	struct shapes all = {.n = 0};
	struct shape *used[SHAPES_MAX], *s;
	struct shape_key k;

	(void)state;
	ofl_shapes_init(&all);
	for (uint64_t i = 0; i < 3 * SHAPES_MAX; i++) {
		k = key_of(i);
		s = ofl_shape_get(&all, &k);
		assert_non_null(s);
		s->n_refused = i % 2;
		ofl_shape_unref(s);
		assert_int_equal(ofl_shape_find(&all, &k) != NULL, i % 2);
	}
	assert_int_equal(all.n, SHAPES_MAX);
	k = key_of(1);
	assert_null(ofl_shape_find(&all, &k));
	for (uint64_t i = 0; i < SHAPES_MAX; i++) {
		k = key_of(i);
		used[i] = ofl_shape_get(&all, &k);
		assert_non_null(used[i]);
	}
	k = key_of(SHAPES_MAX);
	assert_null(ofl_shape_get(&all, &k));
	for (uint64_t i = 0; i < SHAPES_MAX; i++)
		ofl_shape_unref(used[i]);
	ofl_shapes_free(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
