/* SPDX-License-Identifier: Apache-2.0 */
/* Personality mlx5: its patterns. */
#pragma once

#include "table.h"

/* Replaces nicsim_pattern_compile(); same results. */
int nicsim_mlx5_pattern(struct nicsim *sw, const struct rte_flow_item *items,
			struct nicsim_rule_spec *out, struct rte_flow_error *error);
