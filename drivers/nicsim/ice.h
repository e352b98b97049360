/* SPDX-License-Identifier: Apache-2.0 */
/* Personality e810: its patterns and actions. */
#pragma once

#include "table.h"

/* Replaces nicsim_pattern_compile(); same results. */
int nicsim_ice_pattern(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);

/* Checks the actions before they are compiled. Returns 0, or -errno with 'error' filled. */
int nicsim_ice_actions(struct nicsim *sw, const struct rte_flow_action *actions,
		       struct nicsim_rule_spec *rule, struct rte_flow_error *error);
