/* SPDX-License-Identifier: Apache-2.0 */
/* The scenes of rdma-core's own tests of direct rules (tests/test_mlx5_dr.py) that the FDB has; docs/mlx5.md lists where
 * others are. */
#include "level.h"
#include <arpa/inet.h>
#include <bits.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define N_VPORTS 4
#define N_PACKETS 10
#define TAG 0x8100200a /* TPID, priority 1, VID 10 */

struct scene {
	struct rig rig;
	struct level level;
};

static void
begin(struct scene *s, unsigned format)
{
	rig_start(&s->rig, &(struct emu_config){.format = format, .n_vports = N_VPORTS});
	level_make(&s->level, &s->rig, 1);
}

static void
end(struct scene *s)
{
	level_remove(&s->level);
	rig_stop(&s->rig);
}

/* A packet from a vport leaves to one vport. */
static void
expect(const struct scene *s, uint16_t from, uint16_t to)
{
	struct emu_verdict v;

	level_walk(&s->level, from, &v);
	assert_int_equal(v.n_copies, 1);
	assert_int_equal(v.copies[0].vport, to);
}

/* test_dest_ib_port: port 1 of the RDMA device is the wire, port n vport n - 1. */
static void
dest_ib_port(void **state)
{
	(void)state;
	struct scene s;

	begin(&s, 1);
	for (uint32_t port = 1; port <= 1 + N_VPORTS; port++) {
		struct mlx5dv_dr_action *action =
			mlx5dv_dr_action_create_dest_ib_port(s.rig.domain, port);

		assert_non_null(action);
		struct mlx5dv_dr_rule *rule = level_rule(s.level.matcher, LEVEL_MAC, 1, &action);

		assert_non_null(rule);
		expect(&s, 1, port == 1 ? EMU_WIRE : (uint16_t)(port - 1));
		assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
		assert_int_equal(mlx5dv_dr_action_destroy(action), 0);
	}
	errno = 0;
	assert_null(mlx5dv_dr_action_create_dest_ib_port(s.rig.domain, 2 + N_VPORTS));
	assert_int_equal(errno, EINVAL);
	end(&s);
}

/* test_prevent_duplicate_rule: by default a second rule is accepted, and then not. */
static void
prevent_duplicate_rule(void **state)
{
	(void)state;
	struct mlx5dv_dr_action *to[2];
	struct scene s;

	begin(&s, 1);
	for (uint16_t i = 0; i < 2; i++)
		to[i] = mlx5dv_dr_action_create_dest_vport(s.rig.domain, i + 1);
	struct mlx5dv_dr_rule *first = level_rule(s.level.matcher, LEVEL_MAC, 1, &to[0]);
	struct mlx5dv_dr_rule *second = level_rule(s.level.matcher, LEVEL_MAC, 1, &to[1]);

	assert_non_null(first);
	assert_non_null(second);
	assert_int_equal(mlx5dv_dr_rule_destroy(second), 0);
	expect(&s, 3, 1);
	mlx5dv_dr_domain_allow_duplicate_rules(s.rig.domain, false);
	errno = 0;
	assert_null(level_rule(s.level.matcher, LEVEL_MAC, 1, &to[1]));
	assert_int_equal(errno, EEXIST);
	expect(&s, 3, 1);
	assert_int_equal(mlx5dv_dr_rule_destroy(first), 0);
	expect(&s, 3, 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(to[i]), 0);
	end(&s);
}

/* test_tbl_modify_header_rule: the next table matches what was written. test_tbl_counter_action: both tables count. */
static void
modify_header_and_count(void **state)
{
	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		struct mlx5dv_devx_obj *objects[2];
		struct mlx5dv_dr_action *counters[2];
		uint32_t numbers[2];
		struct level next;
		struct scene s;

		begin(&s, format);
		level_make(&next, &s.rig, 2);
		for (unsigned i = 0; i < 2; i++) {
			objects[i] = rig_counter(&s.rig, &numbers[i]);
			counters[i] = mlx5dv_dr_action_create_flow_counter(objects[i], 0);
		}
		struct mlx5dv_dr_action *rewrite = level_rewrite(&s.rig, 0x8888);
		struct mlx5dv_dr_action *on = mlx5dv_dr_action_create_dest_table(next.table);
		struct mlx5dv_dr_action *to = mlx5dv_dr_action_create_dest_vport(s.rig.domain, 2);
		struct mlx5dv_dr_action *before[] = {counters[0], rewrite, on};
		struct mlx5dv_dr_action *after[] = {counters[1], to};
		struct mlx5dv_dr_rule *rules[] = {
			level_rule(s.level.matcher, LEVEL_MAC, 3, before),
			level_rule(next.matcher, (LEVEL_MAC & ~0xffffULL) | 0x8888, 2, after)};

		assert_non_null(rules[0]);
		assert_non_null(rules[1]);
		for (unsigned i = 0; i < N_PACKETS; i++)
			expect(&s, 1, 2);
		for (unsigned i = 0; i < 2; i++) {
			uint64_t packets, bytes;

			assert_int_equal(
				rig_counter_query(objects[i], numbers[i], &packets, &bytes), 0);
			assert_int_equal(packets, N_PACKETS);
			assert_int_equal(bytes, N_PACKETS * LEVEL_LENGTH);
			assert_int_equal(mlx5dv_dr_rule_destroy(rules[i]), 0);
			assert_int_equal(mlx5dv_dr_action_destroy(counters[i]), 0);
			assert_int_equal(mlx5dv_devx_obj_destroy(objects[i]), 0);
		}
		assert_int_equal(mlx5dv_dr_action_destroy(to), 0);
		assert_int_equal(mlx5dv_dr_action_destroy(on), 0);
		assert_int_equal(mlx5dv_dr_action_destroy(rewrite), 0);
		level_remove(&next);
		end(&s);
	}
}

/* test_tx_def_miss_action: the default miss of an earlier matcher, not the drop of a later one. */
static void
default_miss(void **state)
{
	(void)state;
	struct emu_verdict v;
	struct scene s;

	begin(&s, 1);
	struct mlx5dv_dr_matcher *later = level_matcher(&s.level, 2);
	struct mlx5dv_dr_action *miss = mlx5dv_dr_action_create_default_miss();
	struct mlx5dv_dr_action *drop = mlx5dv_dr_action_create_drop();
	struct mlx5dv_dr_rule *to_miss = level_rule(s.level.matcher, LEVEL_MAC, 1, &miss);
	struct mlx5dv_dr_rule *to_drop = level_rule(later, LEVEL_MAC, 1, &drop);

	assert_non_null(to_miss);
	assert_non_null(to_drop);
	expect(&s, 1, 0);
	assert_int_equal(mlx5dv_dr_rule_destroy(to_miss), 0);
	level_walk(&s.level, 1, &v);
	assert_int_equal(v.end, EMU_END_DROP);
	assert_int_equal(mlx5dv_dr_rule_destroy(to_drop), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(drop), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(miss), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(later), 0);
	end(&s);
}

/* test_push_vlan and test_pop_vlan: a tag is pushed on the way from a vport, and popped in the next table. */
static void
push_and_pop_vlan(void **state)
{
	(void)state;
	struct mlx5dv_dr_action *push, *pop, *to;
	struct emu_verdict v;
	struct level next;
	struct scene s;

	begin(&s, 1);
	level_make(&next, &s.rig, 2);
	push = mlx5dv_dr_action_create_push_vlan(s.rig.domain, htonl(TAG));
	pop = mlx5dv_dr_action_create_pop_vlan();
	to = mlx5dv_dr_action_create_dest_vport(s.rig.domain, 2);
	struct mlx5dv_dr_action *on = mlx5dv_dr_action_create_dest_table(next.table);
	struct mlx5dv_dr_action *pushes[] = {push, to}, *pops[] = {pop, to},
				*pushes_on[] = {push, on};
	struct mlx5dv_dr_rule *rule = level_rule(s.level.matcher, LEVEL_MAC, 2, pushes);
	static const uint8_t tagged[] = {0x81, 0x00, 0x20, 0x0a, 0x12, 0x34};

	assert_non_null(rule);
	level_walk(&s.level, 1, &v);
	assert_int_equal(v.n_copies, 1);
	assert_int_equal(v.copies[0].length, LEVEL_LENGTH + 4);
	assert_memory_equal(v.copies[0].bytes + 12, tagged, sizeof(tagged));
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	rule = level_rule(s.level.matcher, LEVEL_MAC, 2, pushes_on);
	struct mlx5dv_dr_rule *popping = level_rule(next.matcher, LEVEL_MAC, 2, pops);

	assert_non_null(rule);
	assert_non_null(popping);
	level_walk(&s.level, 1, &v);
	assert_int_equal(v.n_copies, 1);
	assert_int_equal(v.copies[0].length, LEVEL_LENGTH);
	assert_memory_equal(v.copies[0].bytes + 12, tagged + 4, 2);
	assert_int_equal(mlx5dv_dr_rule_destroy(popping), 0);
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(on), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(to), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(pop), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(push), 0);
	level_remove(&next);
	end(&s);
}

/* test_set_matcher_layout: this version takes the size of a table only for matchers of a definer, which these are not. */
static void
set_matcher_layout(void **state)
{
	(void)state;
	struct mlx5dv_dr_matcher_layout layout = {.flags = MLX5DV_DR_MATCHER_LAYOUT_NUM_RULE,
						  .log_num_of_rules_hint = 5};
	struct scene s;

	begin(&s, 1);
	struct mlx5dv_dr_action *to = mlx5dv_dr_action_create_dest_vport(s.rig.domain, 2);

	assert_int_equal(mlx5dv_dr_matcher_set_layout(s.level.matcher, &layout), ENOTSUP);
	struct mlx5dv_dr_rule *rule = level_rule(s.level.matcher, LEVEL_MAC, 1, &to);

	assert_non_null(rule);
	expect(&s, 1, 2);
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(to), 0);
	end(&s);
}

/* test_domain_dump: a line for each object. */
static void
domain_dump(void **state)
{
	(void)state;
	struct scene s;
	char text[4096] = "";
	unsigned n_lines = 0;

	begin(&s, 1);
	struct mlx5dv_dr_action *to = mlx5dv_dr_action_create_dest_vport(s.rig.domain, 2);
	struct mlx5dv_dr_rule *rule = level_rule(s.level.matcher, LEVEL_MAC, 1, &to);
	FILE *f = fmemopen(text, sizeof(text), "w");

	assert_non_null(rule);
	assert_non_null(f);
	assert_int_equal(mlx5dv_dump_dr_domain(f, s.rig.domain), 0);
	fclose(f);
	for (const char *c = text; *c; c++)
		n_lines += *c == '\n';
	/* The domain, a table, a matcher, a rule and its action at least. */
	assert_true(n_lines >= 5);
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(to), 0);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dest_ib_port),
		cmocka_unit_test(prevent_duplicate_rule),
		cmocka_unit_test(modify_header_and_count),
		cmocka_unit_test(default_miss),
		cmocka_unit_test(push_and_pop_vlan),
		cmocka_unit_test(set_matcher_layout),
		cmocka_unit_test(domain_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
