/* SPDX-License-Identifier: Apache-2.0 */
#include "run/enter.h"

#include "bridge/port.h"
#include "change/change.h"
#include "change/change_sets.h"
#include "run/consult.h"
#include "run/options.h"
#include "run/run_field.h"

#include <errno.h>
#include <stdlib.h>

/* Returns the visit of the bridge; NULL if there is no memory. Cost: O(number of bridges that the
 * packet has come to). */
static struct visit *
visit(struct run *run, struct xlate_bridge *br, const struct port_set *set, uint64_t version)
{
	struct visit *v = &run->start;

	while (v->br != br && v->br && v->next)
		v = v->next;
	if (v->br == br)
		return v;
	if (v->br) {
		v->next = calloc(1, sizeof *v->next);
		v = v->next;
	}
	if (v) {
		v->br = br;
		v->ports = set;
		v->tables_version = version;
	}
	return v;
}

/* Tables, groups and meters are those of the change for the bridge that it changes. */
static int
enter_bridge(struct run *run, struct xlate_bridge *br, const struct port_set *set,
	     struct xlate_ofp_port in_port)
{
	const struct xlate_change *change = br == run->in->br ? run->in->change : NULL;
	uint64_t version = change ? change->flows.version : tables_version(br->tables);
	struct visit *v = visit(run, br, set, version);
	const struct bridge_sets *sets;

	if (!v)
		return -ENOMEM;
	sets = bridge_sets_at(br, v->tables_version);
	run->br = br;
	run->ports = v->ports;
	run->tables_version = v->tables_version;
	run->record = &v->record;
	run->groups = change ? change_groups(change) : &sets->groups;
	run->meters = change ? change_meters(change) : &sets->meters;
	run->key.in_port = in_port;
	return 0;
}

int
run_enter_bridge(struct run *run, struct xlate_bridge *br, struct xlate_ofp_port in_port)
{
	return enter_bridge(run, br, rcu_read(&br->ports), in_port);
}

#define TUNNEL_WORD (offsetof(struct flow_key, tun) / sizeof(uint64_t))
#define TUNNEL_WORDS (UINT64_C(0x1f) << TUNNEL_WORD)
_Static_assert(offsetof(struct flow_tunnel, tos) == 5 * sizeof(uint64_t),
	       "key and ends, in 5 words");

/* Finds the port of a tunnel again after the ports of its bridge were read, as a new tunnel can be found
 * before the ports that have it can be read: a choice without it has ports without it. */
static struct port *
arrival(struct run *run, const struct port_set **set)
{
	struct xlate_key looked = {0};
	struct port *port = port_find_packet(run->x, run->in->key, &looked.flow.tun), *before;

	do {
		before = port;
		*set = port ? rcu_read(&port->br->ports) : NULL;
		if (port && port->config.tunnel)
			port = port_find_packet(run->x, run->in->key, &looked.flow.tun);
	} while (port != before);
	consult(run, &looked, TUNNEL_WORDS);
	return port;
}

void
run_find_bridge(struct run *run)
{
	const struct port_set *set = NULL;
	struct port *port = arrival(run, &set);
	struct xlate_ofp_port in_port = xlate_ofp_port(port ? port->config.ofp_port : 0);

	if (port && port_set_find(set, in_port) == port)
		enter_bridge(run, port->br, set, in_port);
	if (run->br)
		run_options_arrive(run);
}

void
run_take_bridge(struct run *run)
{
	const struct xlate_in *in = run->in;
	struct xlate_tunnel_fields tunnel;

	enter_bridge(run, in->br, rcu_read(&in->br->ports), xlate_ofp_port(in->ofp_port));
	run_options_arrive(run);
	if (!in->pipeline)
		return;
	run->key.metadata = in->pipeline->metadata;
	tunnel.value = in->pipeline->flow.tun;
	memset(&tunnel.mask, 0xff, sizeof tunnel.mask);
	run_tunnel_fields_set(run, &tunnel);
	memcpy(run->key.reg, in->pipeline->reg, sizeof run->key.reg);
}

void
run_visits_free(struct run *run)
{
	struct visit *next = run->start.next;

	while (next) {
		struct visit *v = next;

		next = v->next;
		record_draft_free(&v->record);
		free(v);
	}
	record_draft_free(&run->start.record);
}
