/* SPDX-License-Identifier: Apache-2.0 */
/* Destination arrays of libmlx5: the scene of rdma-core's own test (test_dest_array of tests/test_mlx5_dr.py) in the FDB,
 * and what the firmware makes of the commands that it consists of. */
#include "level.h"
#include <bits.h>
#include <errno.h>
#include <fault.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define N_TARGETS 8	  /* seven vports and a table */
#define STATUS_LIMIT 0x08 /* ENOMEM */
#define BAD_PARAM 0x03
#define BAD_RES 0x05
#define LIMIT 0x08
#define BAD_LENGTH 0x50
#define FDB 4

static const struct emu_config config = {.format = 1, .n_vports = N_TARGETS};

static struct mlx5dv_dr_action *
array_make(struct rig *rig, size_t n, struct mlx5dv_dr_action *const targets[])
{
	struct mlx5dv_dr_action_dest_attr attrs[N_TARGETS], *dests[N_TARGETS];

	for (size_t i = 0; i < n; i++) {
		attrs[i] = (struct mlx5dv_dr_action_dest_attr){.type = MLX5DV_DR_ACTION_DEST,
							       .dest = targets[i]};
		dests[i] = &attrs[i];
	}
	return mlx5dv_dr_action_create_dest_array(rig->domain, n, dests);
}

/* Seven vports have the packet as it is; the eighth copy goes through a table, which rewrites it. */
static void
of_format(unsigned format)
{
	struct mlx5dv_dr_action *targets[N_TARGETS], *last[2];
	uint64_t packets, bytes;
	struct level first, second;
	struct emu_verdict v;
	struct rig rig;
	uint32_t number;

	rig_start(&rig, &(struct emu_config){.format = format, .n_vports = N_TARGETS});
	level_make(&first, &rig, 1);
	level_make(&second, &rig, 2);
	struct mlx5dv_devx_obj *object = rig_counter(&rig, &number);

	for (uint16_t i = 0; i < N_TARGETS - 1; i++)
		targets[i] = mlx5dv_dr_action_create_dest_vport(rig.domain, i + 1);
	targets[N_TARGETS - 1] = mlx5dv_dr_action_create_dest_table(second.table);
	last[0] = level_rewrite(&rig, 0x1234);
	last[1] = mlx5dv_dr_action_create_dest_vport(rig.domain, N_TARGETS);
	struct mlx5dv_dr_action *counter = mlx5dv_dr_action_create_flow_counter(object, 0);
	struct mlx5dv_dr_action *array = array_make(&rig, N_TARGETS, targets);

	assert_non_null(array);
	struct mlx5dv_dr_action *actions[] = {counter, array};
	struct mlx5dv_dr_rule *rules[] = {level_rule(second.matcher, LEVEL_MAC, 2, last),
					  level_rule(first.matcher, LEVEL_MAC, 2, actions)};

	assert_non_null(rules[0]);
	assert_non_null(rules[1]);
	for (unsigned from = 1; from < 3; from++) {
		level_walk(&first, from == 1 ? 1 : EMU_WIRE, &v);
		assert_int_equal(v.n_copies, N_TARGETS);
		for (unsigned i = 0; i < N_TARGETS; i++) {
			assert_int_equal(v.copies[i].vport, i + 1);
			assert_int_equal(v.copies[i].length, LEVEL_LENGTH);
			assert_memory_equal(v.copies[i].bytes + 4,
					    i + 1 < N_TARGETS ? "\x00\x01" : "\x12\x34", 2);
		}
		assert_int_equal(rig_counter_query(object, number, &packets, &bytes), 0);
		assert_int_equal(packets, from);
		assert_int_equal(bytes, from * LEVEL_LENGTH);
	}
	/* What is used stays. */
	assert_int_equal(mlx5dv_dr_action_destroy(array), EBUSY);
	assert_int_equal(mlx5dv_dr_rule_destroy(rules[1]), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(targets[0]), EBUSY);
	assert_int_equal(mlx5dv_dr_action_destroy(array), 0);
	assert_int_equal(mlx5dv_dr_rule_destroy(rules[0]), 0);
	for (unsigned i = 0; i < N_TARGETS; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(targets[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(last[i]), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(counter), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(object), 0);
	level_remove(&second);
	level_remove(&first);
	rig_stop(&rig);
}

static void
format_0(void **state)
{
	(void)state;
	of_format(0);
}

static void
format_1(void **state)
{
	(void)state;
	of_format(1);
}

/* A counter as member counts what the array is given; a miss is a copy for the manager. From the wire there is no way
 * back to it. */
static void
members(void **state)
{
	(void)state;
	struct mlx5dv_dr_action *targets[3];
	uint64_t packets, bytes;
	struct emu_verdict v;
	struct level level;
	struct rig rig;
	uint32_t number;

	rig_start(&rig, &config);
	level_make(&level, &rig, 1);
	struct mlx5dv_devx_obj *object = rig_counter(&rig, &number);

	targets[0] = mlx5dv_dr_action_create_flow_counter(object, 0);
	targets[1] = mlx5dv_dr_action_create_default_miss();
	targets[2] = mlx5dv_dr_action_create_dest_vport(rig.domain, EMU_WIRE);
	struct mlx5dv_dr_action *array = array_make(&rig, 3, targets);

	assert_non_null(array);
	struct mlx5dv_dr_rule *rule = level_rule(level.matcher, LEVEL_MAC, 1, &array);

	assert_non_null(rule);
	level_walk(&level, 1, &v);
	assert_int_equal(v.n_copies, 2);
	assert_int_equal(v.copies[0].vport, 0);
	assert_int_equal(v.copies[1].vport, EMU_WIRE);
	assert_int_equal(v.n_counted, 1);
	assert_int_equal(rig_counter_query(object, number, &packets, &bytes), 0);
	assert_int_equal(packets, 1);
	level_walk(&level, EMU_WIRE, &v);
	assert_int_equal(v.end, EMU_END_FAULTY);
	assert_non_null(strstr(v.why, "the wire"));
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(array), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(targets[i]), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(object), 0);
	level_remove(&level);
	rig_stop(&rig);
}

/* Arrays that lead to each other. */
static void
loops_end(void **state)
{
	(void)state;
	struct mlx5dv_dr_action *targets[2];
	struct emu_verdict v;
	struct level level;
	struct rig rig;

	rig_start(&rig, &config);
	level_make(&level, &rig, 1);
	targets[0] = mlx5dv_dr_action_create_dest_vport(rig.domain, 1);
	targets[1] = mlx5dv_dr_action_create_dest_table(level.table);
	struct mlx5dv_dr_action *array = array_make(&rig, 2, targets);
	struct mlx5dv_dr_rule *rule = level_rule(level.matcher, LEVEL_MAC, 1, &array);

	assert_non_null(rule);
	level_walk(&level, 1, &v);
	assert_int_equal(v.end, EMU_END_FAULTY);
	assert_non_null(strstr(v.why, "lead to each other"));
	assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(array), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(targets[i]), 0);
	level_remove(&level);
	rig_stop(&rig);
}

/* Each command of an array fails: nothing is left, and the next attempt succeeds. */
static void
each_command_fails(void **state)
{
	(void)state;
	static const uint16_t opcodes[] = {0x930, 0x933, 0x936, 0x932};
	struct mlx5dv_dr_action *targets[2];
	struct emu_counts counts;
	struct rig rig;

	rig_start(&rig, &config);
	for (uint16_t i = 0; i < 2; i++)
		targets[i] = mlx5dv_dr_action_create_dest_vport(rig.domain, i + 1);
	for (unsigned i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		emu_fail_command(opcodes[i], 0, STATUS_LIMIT);
		errno = 0;
		assert_null(array_make(&rig, 2, targets));
		emu_counts(&counts);
		assert_int_equal(counts.objects[EMU_TABLE], 0);
		assert_int_equal(counts.objects[EMU_GROUP], 0);
		assert_int_equal(counts.objects[EMU_ENTRY], 0);
		struct mlx5dv_dr_action *array = array_make(&rig, 2, targets);

		assert_non_null(array);
		assert_int_equal(mlx5dv_dr_action_destroy(array), 0);
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(mlx5dv_dr_action_destroy(targets[i]), 0);
	rig_stop(&rig);
}

/* The commands themselves, by numbers of the PRM. */
struct commands {
	struct rig rig;
	uint8_t table[64], group[1024], entry[832 + 8 * (N_TARGETS + 1)], out[16];
};

/* Returns the object, or NULL if the firmware answers the status. */
static struct mlx5dv_devx_obj *
create(struct commands *c, const uint8_t *in, size_t length, uint8_t status)
{
	struct mlx5dv_devx_obj *object =
		mlx5dv_devx_obj_create(c->rig.context, in, length, c->out, sizeof(c->out));

	assert_int_equal(!object, status != 0);
	assert_int_equal(c->out[0], status);
	return object;
}

/* Sends a command with other bits at a place, and expects a status. */
static void
refuse(struct commands *c, uint8_t *in, size_t length, struct emu_field at, uint64_t value,
       uint8_t status)
{
	uint64_t was = emu_get(in, at);

	emu_set(in, at, value);
	create(c, in, length, status);
	emu_set(in, at, was);
}

static uint32_t
number_of(const struct commands *c)
{
	return (uint32_t)emu_get(c->out, EMU_FIELD(72, 24));
}

static void
table_checks(struct commands *c)
{
	size_t n = sizeof(c->table);

	emu_set(c->table, EMU_FIELD(0, 16), 0x930);
	emu_set(c->table, EMU_FIELD(128, 8), FDB);
	emu_set(c->table, EMU_FIELD(200, 8), 63);
	refuse(c, c->table, n, EMU_FIELD(128, 8), 0, BAD_PARAM);  /* of a NIC domain */
	refuse(c, c->table, n, EMU_FIELD(192, 1), 1, BAD_PARAM);  /* reformat_en */
	refuse(c, c->table, n, EMU_FIELD(193, 1), 1, BAD_PARAM);  /* decap_en */
	refuse(c, c->table, n, EMU_FIELD(195, 1), 1, BAD_PARAM);  /* termination_table */
	refuse(c, c->table, n, EMU_FIELD(196, 4), 1, BAD_PARAM);  /* table_miss_action */
	refuse(c, c->table, n, EMU_FIELD(200, 8), 64, BAD_PARAM); /* level */
	refuse(c, c->table, n, EMU_FIELD(216, 8), 1, BAD_PARAM);  /* log_size */
	create(c, c->table, n - 4, BAD_LENGTH);
}

static void
group_checks(struct commands *c, uint32_t table)
{
	size_t n = sizeof(c->group);

	emu_set(c->group, EMU_FIELD(0, 16), 0x933);
	emu_set(c->group, EMU_FIELD(128, 8), FDB);
	emu_set(c->group, EMU_FIELD(168, 24), table);
	refuse(c, c->group, n, EMU_FIELD(128, 8), 0, BAD_RES);
	refuse(c, c->group, n, EMU_FIELD(168, 24), table + 100, BAD_RES);
	refuse(c, c->group, n, EMU_FIELD(224, 32), 1, BAD_PARAM); /* start_flow_index */
	refuse(c, c->group, n, EMU_FIELD(288, 32), 1, BAD_PARAM); /* end_flow_index */
	refuse(c, c->group, n, EMU_FIELD(504, 8), 1, BAD_PARAM);  /* match_criteria_enable */
	create(c, c->group, n - 4, BAD_LENGTH);
}

static void
entry_checks(struct commands *c, uint32_t table, uint32_t group)
{
	uint8_t *e = c->entry, *to = c->entry + 832;
	size_t n = 832 + 2 * 8;

	emu_set(e, EMU_FIELD(0, 16), 0x936);
	emu_set(e, EMU_FIELD(128, 8), FDB);
	emu_set(e, EMU_FIELD(168, 24), table);
	emu_set(e, EMU_FIELD(544, 32), group);
	emu_set(e, EMU_FIELD(624, 16), 4); /* action: forward */
	emu_set(e, EMU_FIELD(648, 24), 2); /* destination_list_size */
	emu_set(to, EMU_FIELD(8, 24), 1);
	emu_set(to + 8, EMU_FIELD(8, 24), 2);
	refuse(c, e, n, EMU_FIELD(168, 24), table + 100, BAD_RES);
	refuse(c, e, n, EMU_FIELD(544, 32), group + 1, BAD_RES);
	refuse(c, e, n, EMU_FIELD(256, 32), 1, BAD_PARAM); /* flow_index */
	refuse(c, e, n, EMU_FIELD(48, 16), 1, BAD_PARAM);  /* op_mod */
	refuse(c, e, n, EMU_FIELD(624, 16), 8, BAD_PARAM); /* counts alone */
	refuse(c, e, n, EMU_FIELD(624, 16), 0x14, BAD_PARAM);
	refuse(c, e, n, EMU_FIELD(640, 1), 1, BAD_PARAM); /* extended_destination */
	refuse(c, e, n, EMU_FIELD(648, 24), 0, BAD_PARAM);
	refuse(c, e, n, EMU_FIELD(648, 24), 9, BAD_PARAM); /* more than log_max_destination */
	refuse(c, e, n, EMU_FIELD(648, 24), 3, BAD_LENGTH);
	refuse(c, e, n, EMU_FIELD(680, 24), 1, BAD_PARAM);	  /* a counter without its action */
	refuse(c, e, n, EMU_FIELD(832 * 8, 8), 2, BAD_PARAM);	  /* a TIR */
	refuse(c, e, n, EMU_FIELD(832 * 8, 8), 1, BAD_RES);	  /* no such table */
	refuse(c, e, n, EMU_FIELD(832 * 8 + 8, 24), 40, BAD_RES); /* no such vport */
	refuse(c, e, n, EMU_FIELD(832 * 8 + 33, 1), 1, BAD_PARAM); /* packet_reformat */
	refuse(c, e, n, EMU_FIELD(832 * 8 + 8, 24), 2, BAD_PARAM); /* twice */
	create(c, e, n - 4, BAD_LENGTH);
	/* No such counter. */
	emu_set(e, EMU_FIELD(680, 24), 1);
	refuse(c, e, n + 8, EMU_FIELD(624, 16), 0xc, BAD_RES);
	emu_set(e, EMU_FIELD(680, 24), 0);
}

static void
firmware_checks(void **state)
{
	(void)state;
	struct commands c = {0};
	uint8_t query[64] = {0x09, 0x32}, answer[64] = {0};

	rig_start(&c.rig,
		  &(struct emu_config){.n_vports = N_TARGETS, .destinations = 8, .tables = 1});
	table_checks(&c);
	struct mlx5dv_devx_obj *table = create(&c, c.table, sizeof(c.table), 0);
	uint32_t number = number_of(&c);

	create(&c, c.table, sizeof(c.table), LIMIT);
	group_checks(&c, number);
	struct mlx5dv_devx_obj *group = create(&c, c.group, sizeof(c.group), 0);
	uint32_t group_number = number_of(&c);

	create(&c, c.group, sizeof(c.group), BAD_PARAM);
	entry_checks(&c, number, group_number);
	struct mlx5dv_devx_obj *entry = create(&c, c.entry, 832 + 2 * 8, 0);

	create(&c, c.entry, 832 + 2 * 8, BAD_PARAM);
	/* Queried with another type than the table's. */
	emu_set(query, EMU_FIELD(168, 24), number);
	assert_int_equal(mlx5dv_devx_obj_query(table, query, sizeof(query), answer, sizeof(answer)),
			 EREMOTEIO);
	assert_int_not_equal(mlx5dv_devx_obj_destroy(table), 0);
	assert_int_not_equal(mlx5dv_devx_obj_destroy(group), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(entry), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(group), 0);
	assert_int_equal(mlx5dv_devx_obj_destroy(table), 0);
	rig_stop(&c.rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_0),
		cmocka_unit_test(format_1),
		cmocka_unit_test(members),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(each_command_fails),
		cmocka_unit_test(firmware_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
