/* SPDX-License-Identifier: Apache-2.0 */
/* Matchers: one for each table, shape and priority, made for its first rule and removed with its last.
 *
 * Cost: a matcher is found in O(1).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "mlx5_private.h"

struct mlxdr_matcher;

/* Finds or makes the matcher of a match's shape, and adds a user. Returns 0, -ENOSPC if the budget has no room,
 * or -errno of libmlx5. */
int mlxdr_matcher_get(struct mlxdr_nic *n, struct mlx5dv_dr_table *table,
		      const struct mlxdr_match *match, uint16_t prio, struct mlxdr_matcher **out);

/* Removes a user, and the matcher with the last. */
void mlxdr_matcher_put(struct mlxdr_nic *n, struct mlxdr_matcher *m);

/* Inserts a rule with the match's values. Returns NULL with errno. */
struct mlx5dv_dr_rule *mlxdr_matcher_insert(const struct mlxdr_matcher *m,
					    const struct mlxdr_match *match,
					    struct mlx5dv_dr_action **actions,
					    unsigned int n_actions);

/* Returns the entries that a packet visits to be compared. */
unsigned int mlxdr_matcher_n_entries(const struct mlxdr_matcher *m);
