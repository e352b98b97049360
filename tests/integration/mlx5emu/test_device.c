/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's libmlx5 opens the emulated device and steers by it; nothing is left at the end. */
#include "rig.h"
#include <bits.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

static void
without_device(void **state)
{
	(void)state;
	struct stat st;
	int n = -1;
	struct ibv_device **list = ibv_get_device_list(&n);

	assert_int_equal(n, 0);
	if (list)
		ibv_free_device_list(list);
	assert_int_not_equal(stat("/dev/infiniband/uverbs0", &st), 0);
}

static uint8_t
format_of(struct ibv_context *context)
{
	uint8_t in[16] = {0x01, 0x00}, out[4112] = {0};

	in[7] = 1;
	assert_int_equal(mlx5dv_devx_general_cmd(context, in, sizeof(in), out, sizeof(out)), 0);
	return (uint8_t)emu_get(out + 16, EMU_FIELD(1092, 4));
}

static void
capabilities(void **state)
{
	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		struct rig rig;
		struct ibv_port_attr port;
		struct mlx5dv_port vport;

		rig_start(&rig,
			  &(struct emu_config){.format = format, .n_vports = 4, .metadata = true});
		assert_int_equal(format_of(rig.context), format);
		assert_int_equal(ibv_query_port(rig.context, 1, &port), 0);
		assert_int_equal(port.link_layer, IBV_LINK_LAYER_ETHERNET);
		assert_int_equal(mlx5dv_query_port(rig.context, 1, &vport), 0);
		assert_int_equal(vport.vport, EMU_WIRE);
		assert_int_equal(mlx5dv_query_port(rig.context, 4, &vport), 0);
		assert_int_equal(vport.vport, 3);
		assert_int_equal(vport.vport_vhca_id, 3);
		assert_int_equal(vport.reg_c0.mask, 0xffff0000);
		assert_int_equal(mlx5dv_query_port(rig.context, 6, &vport), EINVAL);
		rig_stop(&rig);
	}
}

static void
one_rule(void **state)
{
	(void)state;
	for (unsigned format = 0; format < 2; format++) {
		struct rig rig;
		union rig_match mask, value;
		struct emu_counts counts;
		uint32_t number;

		rig_start(&rig, &(struct emu_config){.format = format, .n_vports = 4});
		struct mlx5dv_dr_table *table = mlx5dv_dr_table_create(rig.domain, 1);

		assert_non_null(table);
		rig_match_init(&mask);
		rig_match_init(&value);
		/* dmac_47_16 and dmac_15_0 of the outer headers. */
		memset((uint8_t *)mask.params.match_buf + 8, 0xff, 4);
		memset((uint8_t *)mask.params.match_buf + 12, 0xff, 2);
		memset((uint8_t *)value.params.match_buf + 8, 0x12, 4);
		memset((uint8_t *)value.params.match_buf + 12, 0x34, 2);
		struct mlx5dv_dr_matcher *matcher =
			mlx5dv_dr_matcher_create(table, 1, 1, &mask.params);

		assert_non_null(matcher);
		struct mlx5dv_devx_obj *object = rig_counter(&rig, &number);

		assert_non_null(object);
		struct mlx5dv_dr_action *counter = mlx5dv_dr_action_create_flow_counter(object, 0);
		struct mlx5dv_dr_action *vport = mlx5dv_dr_action_create_dest_vport(rig.domain, 3);

		assert_non_null(counter);
		assert_non_null(vport);
		struct mlx5dv_dr_action *actions[] = {counter, vport};
		struct mlx5dv_dr_rule *rule =
			mlx5dv_dr_rule_create(matcher, &value.params, 2, actions);

		assert_non_null(rule);
		assert_int_equal(
			mlx5dv_dr_domain_sync(rig.domain, MLX5DV_DR_DOMAIN_SYNC_FLAGS_SW |
								  MLX5DV_DR_DOMAIN_SYNC_FLAGS_HW),
			0);
		assert_true(emu_settle());
		emu_counts(&counts);
		assert_true(counts.work_requests > 4);
		assert_int_equal(counts.refused, 0);
		assert_int_equal(counts.objects[EMU_TABLE], 1);
		assert_int_equal(counts.objects[EMU_COUNTER], 1);
		assert_int_equal(mlx5dv_dr_matcher_destroy(matcher), EBUSY);
		assert_int_equal(mlx5dv_dr_rule_destroy(rule), 0);
		assert_int_equal(mlx5dv_dr_action_destroy(counter), 0);
		assert_int_equal(mlx5dv_dr_action_destroy(vport), 0);
		assert_int_equal(mlx5dv_dr_matcher_destroy(matcher), 0);
		assert_int_equal(mlx5dv_dr_table_destroy(table), 0);
		assert_int_equal(mlx5dv_devx_obj_destroy(object), 0);
		rig_stop(&rig);
	}
}

/* Returns the status with which a general command is refused, or the errno of a request that the kernel refuses. */
static int
refused(struct ibv_context *context, uint16_t opcode, size_t in_length, size_t out_length)
{
	uint8_t in[64] = {opcode >> 8, opcode & 0xff}, out[4112] = {0};
	int error = mlx5dv_devx_general_cmd(context, in, in_length, out, out_length);

	return error == EREMOTEIO ? -out[0] : error;
}

static void
firmware_checks(void **state)
{
	(void)state;
	struct rig rig;
	uint8_t out[16] = {0};

	rig_start(&rig, &(struct emu_config){.n_vports = 2});
	assert_int_equal(refused(rig.context, 0x0777, 16, 16), -0x02);
	assert_int_equal(refused(rig.context, 0x0100, 16, 64), -0x51);
	assert_int_equal(refused(rig.context, 0x0b00, 16, 16), -0x50);
	assert_int_equal(refused(rig.context, 0x0100, 4, 4112), EINVAL);
	/* Creating is no general command. */
	assert_int_equal(refused(rig.context, 0x0939, 16, 16), EINVAL);
	/* A bulk of 3 * 128 counters. */
	uint8_t bulk[16] = {0x09, 0x39, [15] = 3};

	assert_null(mlx5dv_devx_obj_create(rig.context, bulk, sizeof(bulk), out, sizeof(out)));
	assert_int_equal(out[0], 0x03);
	/* A queue of numbers that nothing has. */
	uint8_t qp[272] = {0x05, 0x00};

	assert_null(mlx5dv_devx_obj_create(rig.context, qp, sizeof(qp), out, sizeof(out)));
	assert_int_equal(out[0], 0x05);
	/* A table of a NIC domain whose entries the firmware would write, and one whose first entry is in no memory. */
	uint8_t table[64] = {0x09, 0x30};

	assert_null(mlx5dv_devx_obj_create(rig.context, table, sizeof(table), out, sizeof(out)));
	assert_int_equal(out[0], 0x03);
	table[16] = 4;
	table[24] = 0x20;
	assert_null(mlx5dv_devx_obj_create(rig.context, table, sizeof(table), out, sizeof(out)));
	assert_int_equal(out[0], 0x03);
	/* An object must be what the command names. */
	uint8_t one[16] = {0x09, 0x39}, query[64] = {0x09, 0x32}, answer[64] = {0};
	struct mlx5dv_devx_obj *counter =
		mlx5dv_devx_obj_create(rig.context, one, sizeof(one), out, sizeof(out));

	assert_non_null(counter);
	assert_int_equal(
		mlx5dv_devx_obj_query(counter, query, sizeof(query), answer, sizeof(answer)),
		EREMOTEIO);
	assert_int_equal(answer[0], 0x05);
	/* It goes through no transition of a queue. */
	uint8_t modify[272] = {0x05, 0x04};

	assert_int_equal(mlx5dv_devx_obj_modify(counter, modify, sizeof(modify), out, sizeof(out)),
			 EREMOTEIO);
	assert_int_equal(out[0], 0x05);
	assert_int_equal(mlx5dv_devx_obj_destroy(counter), 0);
	rig_stop(&rig);
}

/* The answers arrive in the order of the queries, each with its number. */
static void
queries_are_answered_later(void **state)
{
	(void)state;
	struct rig rig;
	uint32_t number;
	uint8_t in[32] = {0x09, 0x3b};
	union {
		struct mlx5dv_devx_async_cmd_hdr header;
		uint8_t bytes[8 + 32];
	} answer;

	rig_start(&rig, &(struct emu_config){.n_vports = 1});
	struct mlx5dv_devx_cmd_comp *answers = mlx5dv_devx_create_cmd_comp(rig.context);
	struct mlx5dv_devx_obj *counter = rig_counter(&rig, &number);

	assert_non_null(answers);
	assert_non_null(counter);
	emu_set(in, EMU_FIELD(224, 32), number);
	assert_int_equal(mlx5dv_devx_obj_query_async(counter, in, sizeof(in), 32, 7, answers), 0);
	emu_set(in, EMU_FIELD(224, 32), number + 1);
	assert_int_equal(mlx5dv_devx_obj_query_async(counter, in, sizeof(in), 32, 8, answers), 0);
	assert_int_equal(mlx5dv_devx_get_async_cmd_comp(answers, &answer.header, sizeof(answer)),
			 0);
	assert_int_equal(answer.header.wr_id, 7);
	assert_int_equal(answer.bytes[8], 0);
	/* Of a counter that the object does not have. */
	assert_int_equal(mlx5dv_devx_get_async_cmd_comp(answers, &answer.header, sizeof(answer)),
			 0);
	assert_int_equal(answer.header.wr_id, 8);
	assert_int_equal(answer.bytes[8], 0x05);
	/* One that nobody reads is forgotten with its file. */
	assert_int_equal(mlx5dv_devx_obj_query_async(counter, in, sizeof(in), 32, 9, answers), 0);
	mlx5dv_devx_destroy_cmd_comp(answers);
	assert_int_equal(mlx5dv_devx_obj_destroy(counter), 0);
	rig_stop(&rig);
}

static void
leaks_are_counted(void **state)
{
	(void)state;
	struct emu_counts counts;
	uint32_t number;
	struct rig rig = {0};

	assert_int_equal(emu_start(&(struct emu_config){.n_vports = 1}), 0);
	rig.context = rig_open();
	assert_non_null(rig.context);
	struct mlx5dv_devx_obj *counter = rig_counter(&rig, &number);

	assert_non_null(counter);
	assert_int_equal(ibv_close_device(rig.context), 0);
	emu_counts(&counts);
	assert_int_equal(counts.leaked, 1);
	assert_int_equal(counts.objects[EMU_COUNTER], 0);
	/* The library can no longer destroy it: that needs the context. */
	free(counter);
	emu_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_device),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(one_rule),
		cmocka_unit_test(firmware_checks),
		cmocka_unit_test(queries_are_answered_later),
		cmocka_unit_test(leaks_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
