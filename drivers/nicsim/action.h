/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of rules, compiled as the API allows. */
#pragma once

#include "table.h"

/* Compiles actions to a part of a rule spec. Returns 0, or -errno with 'error' filled. */
int nicsim_actions_compile(struct nicsim *sw, const struct rte_flow_action *actions,
			   struct nicsim_rule_spec *out, struct rte_flow_error *error);
