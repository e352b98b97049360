/* SPDX-License-Identifier: Apache-2.0 */
#include "canary.h"

#include "guard.h"

#include <errno.h>

struct rte_flow *
rteflow_canary_put(const struct rteflow_dialect *d, uint16_t dev_id, uint16_t proxy_id,
		   const struct rte_flow_action *actions, struct rte_flow_error *error)
{
	struct rte_flow_attr attr = {.transfer = 1};
	struct rteflow_pattern pattern;
	struct nic_refusal why;
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.mask.eth_type = m.key.eth_type = UINT16_MAX;
	memset(&m.mask.eth_dst, 0xff, sizeof m.mask.eth_dst);
	memset(&m.mask.eth_src, 0xff, sizeof m.mask.eth_src);
	if (rteflow_pattern_compile(d, &m, dev_id, false, &pattern, &why)) {
		rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, NULL, NULL);
		return NULL;
	}
	attr.priority = rteflow_guard_priority(d, &pattern, 1);
	return rte_flow_create(proxy_id, &attr, pattern.items, actions, error);
}

bool
rteflow_canary_fits(const struct rteflow_nic *n, const struct rteflow_port *port)
{
	const struct rte_flow_action drop[] = {{.type = RTE_FLOW_ACTION_TYPE_DROP},
					       {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_error error = {0};
	struct rte_flow *rule =
		rteflow_canary_put(&n->dialect, port->dev_id, port->proxy_id, drop, &error);

	if (!rule)
		return false;
	rte_flow_destroy(port->proxy_id, rule, &error);
	return true;
}
