/* SPDX-License-Identifier: Apache-2.0 */
#include "canary.h"

#include "guard.h"

/* From and to nobody, of the EtherType that is reserved. */
bool
rteflow_canary_fits(const struct rteflow_nic *n, const struct rteflow_port *port)
{
	const struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_DROP},
						  {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_attr attr = {.transfer = 1};
	struct rte_flow_error error = {0};
	struct rteflow_pattern pattern;
	struct nic_refusal why;
	struct flow_match m;
	struct rte_flow *rule;

	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.mask.eth_type = m.key.eth_type = UINT16_MAX;
	memset(&m.mask.eth_dst, 0xff, sizeof m.mask.eth_dst);
	memset(&m.mask.eth_src, 0xff, sizeof m.mask.eth_src);
	if (rteflow_pattern_compile(&n->dialect, &m, port->dev_id, false, &pattern, &why))
		return false;
	attr.priority = rteflow_guard_priority(&n->dialect, &pattern, 1);
	rule = rte_flow_create(port->proxy_id, &attr, pattern.items, actions, &error);
	if (!rule)
		return false;
	rte_flow_destroy(port->proxy_id, rule, &error);
	return true;
}
