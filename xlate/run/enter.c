/* SPDX-License-Identifier: Apache-2.0 */
#include "run/enter.h"

#include "bridge/port.h"
#include "change/change.h"
#include "change/change_sets.h"

static void
enter_bridge(struct run *run, struct xlate_bridge *br, const struct port_set *set,
	     uint16_t ofp_port)
{
	const struct xlate_change *change = run->in->change;
	uint64_t version = change ? change->flows.version : tables_version(br->tables);
	const struct bridge_sets *sets = bridge_sets_at(br, version);

	run->br = br;
	run->ports = set;
	run->tables_version = version;
	run->groups = change ? change_groups(change) : &sets->groups;
	run->meters = change ? change_meters(change) : &sets->meters;
	run->key.flow.in_port = ofp_port;
}

void
run_enter_bridge(struct run *run, struct xlate_bridge *br, uint32_t in_port)
{
	enter_bridge(run, br, rcu_read(&br->ports), in_port);
}

void
run_find_bridge(struct run *run)
{
	struct port *port = port_find_dp(run->x, run->in->key->in_port);
	const struct port_set *set = port ? rcu_read(&port->br->ports) : NULL;

	if (port && port_set_find(set, port->config.ofp_port) == port)
		enter_bridge(run, port->br, set, port->config.ofp_port);
}

void
run_take_bridge(struct run *run)
{
	const struct xlate_in *in = run->in;

	enter_bridge(run, in->br, rcu_read(&in->br->ports), in->ofp_port);
	if (!in->pipeline)
		return;
	run->key.metadata = in->pipeline->metadata;
	memcpy(run->key.reg, in->pipeline->reg, sizeof run->key.reg);
}
