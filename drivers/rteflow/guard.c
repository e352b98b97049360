/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>

#include <rte_errno.h>

#define EMPTY_GROUP 1 /* always empty: packets that jump to it match no rule */

uint32_t
rteflow_guard_priority(const struct rteflow_dialect *d, const struct rteflow_pattern *p,
		       unsigned int prio)
{
	return d->first_tag_only && !p->s_tagged ? RTEFLOW_PRIORITY_OTHERS + prio : prio;
}

static struct rte_flow *
guard_create(const struct rteflow_nic *n, const struct rteflow_port *port,
	     struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = {.transfer = 1, .priority = RTEFLOW_PRIORITY_GUARD};
	const struct rte_flow_action_jump jump = {.group = EMPTY_GROUP};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_JUMP, .conf = &jump},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};
	struct rteflow_pattern pattern;
	struct nic_refusal why;
	struct flow_match m;

	memset(&m, 0, sizeof m);
	m.mask.in_port = UINT32_MAX;
	m.key.vlan[0].tpid = RTE_BE16(RTE_ETHER_TYPE_QINQ);
	m.mask.vlan[0].tpid = UINT16_MAX;
	m.key.vlan[0].tci = m.mask.vlan[0].tci = RTE_BE16(FLOW_VLAN_CFI);
	if (rteflow_pattern_compile(&n->dialect, &m, port->dev_id, false, &pattern, &why)) {
		rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, NULL, NULL);
		return NULL;
	}
	return rte_flow_create(port->proxy_id, &attr, pattern.items, actions, error);
}

int
rteflow_guard_get(const struct rteflow_nic *n, struct rteflow_port *port,
		  struct rte_flow_error *error)
{
	if (port->guard_generation != n->generation) {
		port->guard = NULL;
		port->n_guarded = 0;
		port->guard_generation = n->generation;
	}
	if (!port->guard)
		port->guard = guard_create(n, port, error);
	if (!port->guard)
		return rte_errno ? -rte_errno : -EIO;
	port->n_guarded++;
	return 0;
}

/* A guard that the device fails to remove only sends more packets to software than needed. Its
 * handle is dropped even then, since it would be stale after a stop of the device. */
void
rteflow_guard_put(const struct rteflow_nic *n, struct rteflow_port *port)
{
	struct rte_flow_error error = {0};

	if (port->guard_generation != n->generation || --port->n_guarded)
		return;
	rte_flow_destroy(port->proxy_id, port->guard, &error);
	port->guard = NULL;
}
