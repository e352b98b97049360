/* SPDX-License-Identifier: Apache-2.0 */
#include "run/enter.h"

#include "bridge/port.h"
#include "change/change.h"
#include "change/change_sets.h"

static void
enter_bridge(struct run *run, struct xlate_bridge *br, const struct port_set *set,
	     struct xlate_ofp_port in_port)
{
	const struct xlate_change *change = run->in->change;
	uint64_t version = change ? change->flows.version : tables_version(br->tables);
	const struct bridge_sets *sets = bridge_sets_at(br, version);

	run->br = br;
	run->ports = set;
	run->tables_version = version;
	run->groups = change ? change_groups(change) : &sets->groups;
	run->meters = change ? change_meters(change) : &sets->meters;
	run->key.in_port = in_port;
}

void
run_enter_bridge(struct run *run, struct xlate_bridge *br, struct xlate_ofp_port in_port)
{
	enter_bridge(run, br, rcu_read(&br->ports), in_port);
}

void
run_find_bridge(struct run *run)
{
	struct port *port = port_find_dp(run->x, run->in->key->in_port);
	const struct port_set *set = port ? rcu_read(&port->br->ports) : NULL;
	struct xlate_ofp_port in_port = xlate_ofp_port(port ? port->config.ofp_port : 0);

	if (port && port_set_find(set, in_port) == port)
		enter_bridge(run, port->br, set, in_port);
}

void
run_take_bridge(struct run *run)
{
	const struct xlate_in *in = run->in;

	enter_bridge(run, in->br, rcu_read(&in->br->ports), xlate_ofp_port(in->ofp_port));
	if (!in->pipeline)
		return;
	run->key.metadata = in->pipeline->metadata;
	memcpy(run->key.reg, in->pipeline->reg, sizeof run->key.reg);
}
