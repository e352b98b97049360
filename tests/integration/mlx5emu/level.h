/* SPDX-License-Identifier: Apache-2.0 */
/* A table of the FDB whose rules match destination MACs.
 * A test calls these functions from one thread. A failing step fails the test. */
#pragma once
#include "rig.h"
#include <walk.h>

#define LEVEL_MAC 0x020000000001 /* of the packets of level_walk() */
#define LEVEL_LENGTH 64

struct level {
	struct mlx5dv_dr_table *table;
	struct mlx5dv_dr_matcher *matcher; /* of priority 1 */
	uint32_t number;		   /* of the firmware */
};

void level_make(struct level *l, struct rig *rig, uint32_t level);
void level_remove(struct level *l);

/* Makes another matcher. */
struct mlx5dv_dr_matcher *level_matcher(const struct level *l, uint16_t priority);

/* Makes a rule of a matcher. Returns NULL with errno. */
struct mlx5dv_dr_rule *level_rule(struct mlx5dv_dr_matcher *matcher, uint64_t dmac,
				  size_t n_actions, struct mlx5dv_dr_action *actions[]);

/* An action that sets the destination MAC's lower 16 bits. */
struct mlx5dv_dr_action *level_rewrite(struct rig *rig, uint16_t dmac_15_0);

/* Sends an untagged packet to LEVEL_MAC from a vport. */
void level_walk(const struct level *l, uint16_t vport, struct emu_verdict *v);
