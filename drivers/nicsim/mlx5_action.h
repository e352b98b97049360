/* SPDX-License-Identifier: Apache-2.0 */
/* Personality mlx5: its actions. */
#pragma once

#include "table.h"

/* Checks the actions before they are compiled. Returns 0, or -errno with 'error' filled. */
int nicsim_mlx5_actions(struct nicsim *sw, const struct rte_flow_action *actions,
			struct nicsim_rule_spec *rule, struct rte_flow_error *error);
