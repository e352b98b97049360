/* SPDX-License-Identifier: Apache-2.0 */
/* Header rewrites and pushes as actions of the device, shared between rules that do the same.
 *
 * Cost: an edit is found in O(1).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

/* Find or make an edit, and add a user. Return 0, -ENOSPC if the budget has no room, or -errno of libmlx5. */
int mlxdr_edit_rewrite(struct mlxdr_nic *n, const uint64_t *sets, unsigned int n_sets,
		       struct mlxdr_edit **out);
int mlxdr_edit_push(struct mlxdr_nic *n, uint32_t tag, struct mlxdr_edit **out);

/* Removes a user, and the edit with the last. */
void mlxdr_edit_put(struct mlxdr_nic *n, struct mlxdr_edit *e);

struct mlx5dv_dr_action *mlxdr_edit_action(const struct mlxdr_edit *e);
