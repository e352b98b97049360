/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"
#include <bits.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

struct ibv_context *
rig_open(void)
{
	struct mlx5dv_context_attr attr = {.flags = MLX5DV_CONTEXT_FLAGS_DEVX};
	struct ibv_context *context = NULL;
	int n = 0;
	struct ibv_device **list = ibv_get_device_list(&n);

	for (int i = 0; i < n && !context; i++)
		if (mlx5dv_is_supported(list[i]))
			context = mlx5dv_open_device(list[i], &attr);
	int error = errno;

	if (list)
		ibv_free_device_list(list);
	errno = error;
	return context;
}

void
rig_start(struct rig *rig, const struct emu_config *config)
{
	assert_int_equal(emu_start(config), 0);
	rig->context = rig_open();
	assert_non_null(rig->context);
	rig->domain = mlx5dv_dr_domain_create(rig->context, MLX5DV_DR_DOMAIN_TYPE_FDB);
	assert_non_null(rig->domain);
}

void
rig_stop(struct rig *rig)
{
	struct emu_counts counts;

	assert_int_equal(mlx5dv_dr_domain_destroy(rig->domain), 0);
	assert_int_equal(ibv_close_device(rig->context), 0);
	emu_counts(&counts);
	assert_int_equal(counts.contexts, 0);
	assert_int_equal(counts.leaked, 0);
	for (int kind = 0; kind < EMU_N_KINDS; kind++)
		assert_int_equal(counts.objects[kind], 0);
	assert_int_equal(counts.steering_bytes, 0);
	emu_stop();
}

struct mlx5dv_devx_obj *
rig_counter(struct rig *rig, uint32_t *number)
{
	uint8_t in[16] = {0x09, 0x39}, out[16] = {0};
	struct mlx5dv_devx_obj *counter =
		mlx5dv_devx_obj_create(rig->context, in, sizeof(in), out, sizeof(out));

	if (counter)
		*number = (uint32_t)emu_get(out, EMU_FIELD(64, 32));
	return counter;
}

int
rig_counter_query(struct mlx5dv_devx_obj *counter, uint32_t number, uint64_t *packets,
		  uint64_t *bytes)
{
	uint8_t in[32] = {0x09, 0x3b}, out[32] = {0};

	emu_set(in, EMU_FIELD(224, 32), number);
	int error = mlx5dv_devx_obj_query(counter, in, sizeof(in), out, sizeof(out));

	*packets = emu_get(out, EMU_FIELD(128, 64));
	*bytes = emu_get(out, EMU_FIELD(192, 64));
	return error;
}

void
rig_match_init(union rig_match *match)
{
	memset(match, 0, sizeof(*match));
	/* The library of rdma-core 44 knows seven groups of 64 bytes, which end before the room here does. */
	match->params.match_sz = 448;
}
