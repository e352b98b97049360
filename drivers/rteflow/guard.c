/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include <errno.h>

#include <rte_errno.h>

#define EMPTY_GROUP 1 /* no rule is ever made in it: what jumps there has met no rule */

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
	const struct rte_flow_item_ethdev ethdev = {.port_id = port->dev_id};
	const struct rte_flow_item_port_id port_id = {.id = port->dev_id};
	const struct rte_flow_item_port_id port_id_mask = {.id = UINT32_MAX};
	const struct rte_flow_item_eth eth = {.hdr.ether_type = RTE_BE16(RTE_ETHER_TYPE_QINQ)};
	const struct rte_flow_item_eth eth_mask = {.hdr.ether_type = UINT16_MAX};
	const struct rte_flow_action_jump jump = {.group = EMPTY_GROUP};
	struct rte_flow_item items[] = {
		{.type = RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT,
		 .spec = &ethdev,
		 .mask = &rte_flow_item_ethdev_mask},
		{.type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &eth, .mask = &eth_mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};
	const struct rte_flow_action actions[] = {
		{.type = RTE_FLOW_ACTION_TYPE_JUMP, .conf = &jump},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};

	if (!n->dialect.item_represented_port)
		items[0] = (struct rte_flow_item){.type = RTE_FLOW_ITEM_TYPE_PORT_ID,
						  .spec = &port_id,
						  .mask = &port_id_mask};
	return rte_flow_create(port->proxy_id, &attr, items, actions, error);
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

/* A guard that the device keeps only sends more packets to software than it must. Its handle is dropped
 * all the same: after a stop of the device it would be stale. */
void
rteflow_guard_put(const struct rteflow_nic *n, struct rteflow_port *port)
{
	struct rte_flow_error error = {0};

	if (port->guard_generation != n->generation || --port->n_guarded)
		return;
	rte_flow_destroy(port->proxy_id, port->guard, &error);
	port->guard = NULL;
}
