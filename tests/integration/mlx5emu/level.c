/* SPDX-License-Identifier: Apache-2.0 */
#include "level.h"
#include <bits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#define DMAC EMU_FIELD(64, 48)
#define SET 1
#define OUT_DMAC_15_0 5

struct mlx5dv_dr_matcher *
level_matcher(const struct level *l, uint16_t priority)
{
	union rig_match mask;

	rig_match_init(&mask);
	emu_set(mask.params.match_buf, DMAC, 0xffffffffffff);
	struct mlx5dv_dr_matcher *matcher =
		mlx5dv_dr_matcher_create(l->table, priority, 1, &mask.params);

	assert_non_null(matcher);
	return matcher;
}

void
level_make(struct level *l, struct rig *rig, uint32_t level)
{
	l->table = mlx5dv_dr_table_create(rig->domain, level);
	assert_non_null(l->table);
	l->number = emu_newest_table();
	l->matcher = level_matcher(l, 1);
}

void
level_remove(struct level *l)
{
	assert_int_equal(mlx5dv_dr_matcher_destroy(l->matcher), 0);
	assert_int_equal(mlx5dv_dr_table_destroy(l->table), 0);
}

struct mlx5dv_dr_rule *
level_rule(struct mlx5dv_dr_matcher *matcher, uint64_t dmac, size_t n_actions,
	   struct mlx5dv_dr_action *actions[])
{
	union rig_match value;

	rig_match_init(&value);
	emu_set(value.params.match_buf, DMAC, dmac);
	return mlx5dv_dr_rule_create(matcher, &value.params, n_actions, actions);
}

struct mlx5dv_dr_action *
level_rewrite(struct rig *rig, uint16_t dmac_15_0)
{
	uint64_t set = 0;

	emu_set(&set, EMU_FIELD(0, 4), SET);
	emu_set(&set, EMU_FIELD(4, 12), OUT_DMAC_15_0);
	emu_set(&set, EMU_FIELD(27, 5), 16);
	emu_set(&set, EMU_FIELD(32, 32), dmac_15_0);
	struct mlx5dv_dr_action *action =
		mlx5dv_dr_action_create_modify_header(rig->domain, 0, sizeof(set), (__be64 *)&set);

	assert_non_null(action);
	return action;
}

void
level_walk(const struct level *l, uint16_t vport, struct emu_verdict *v)
{
	uint8_t packet[LEVEL_LENGTH] = {[6] = 0x02, [11] = 0xaa, [12] = 0x12, [13] = 0x34};

	emu_set(packet, EMU_FIELD(0, 48), LEVEL_MAC);
	assert_int_equal(emu_walk(l->number, vport, packet, sizeof(packet), v), 0);
}
