/* SPDX-License-Identifier: Apache-2.0 */
/* An FDB domain of the real libmlx5 on the emulated device, and short names for its matches.
 * A test calls these functions from one thread. */
#pragma once
#include <emu.h>
#include <infiniband/mlx5dv.h>
#include <infiniband/verbs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RIG_MATCH_BYTES 512

struct rig {
	struct ibv_context *context;
	struct mlx5dv_dr_domain *domain;
};

/* Starts the device of a format, opens it with DevX, and makes an FDB domain. Fails the test otherwise. */
void rig_start(struct rig *rig, const struct emu_config *config);

/* Closes all and checks that the device has no object left, and that none had leaked. */
void rig_stop(struct rig *rig);

/* Opens the device without a domain. Returns NULL with errno. */
struct ibv_context *rig_open(void);

/* One flow counter. Returns NULL with errno. `*number` becomes the firmware's number. */
struct mlx5dv_devx_obj *rig_counter(struct rig *rig, uint32_t *number);

/* Packets and bytes of a counter, as the firmware answers. Returns 0 or an errno. */
int rig_counter_query(struct mlx5dv_devx_obj *counter, uint32_t number, uint64_t *packets,
		      uint64_t *bytes);

/* A mask or value of a match. The bytes are in the order of the PRM. */
union rig_match {
	struct mlx5dv_flow_match_parameters params;
	uint8_t bytes[sizeof(struct mlx5dv_flow_match_parameters) + RIG_MATCH_BYTES];
};

void rig_match_init(union rig_match *match);
