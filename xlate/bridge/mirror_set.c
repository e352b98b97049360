/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/mirror_set.h"

#include "bridge/bridge.h"
#include "bridge/mirror.h"
#include "bridge/port.h"

#include <errno.h>
#include <stdlib.h>

static bool
named(const char *const *names, const char *name)
{
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool
any_vlan(const struct xlate_mirror *c)
{
	for (size_t i = 0; i < 4096 / 64; i++)
		if (c->vlans[i])
			return true;
	return false;
}

static void
select_ports(struct mirror_set *set, unsigned int i, const struct port_set *ports)
{
	const struct xlate_mirror *c = &set->m[i].mirror->config;

	struct mirror_port *mp = set->port;
	const struct port *p = NULL;

	for (; (p = port_set_next(ports, p)) != NULL; mp++) {
		mp->ofp_port = p->config.ofp_port;
		if (c->select_all || named(c->src, p->name))
			mp->src |= 1u << i;
		if (c->select_all || named(c->dst, p->name))
			mp->dst |= 1u << i;
		if (c->output_port && !strcmp(c->output_port, p->name)) {
			mp->reserved = true;
			set->m[i].out = p;
		}
	}
}

static bool
same_place(const struct xlate_mirror *a, const struct xlate_mirror *b)
{
	if (!a->output_port || !b->output_port)
		return !a->output_port && !b->output_port && a->output_vlan == b->output_vlan;
	return !strcmp(a->output_port, b->output_port);
}

int
mirror_set_new(const struct xlate_bridge *br, const struct port_set *ports, struct mirror_set **out)
{
	struct mirror_set *set = NULL;

	*out = NULL;
	if (!br->n_mirrors)
		return 0;
	set = calloc(1, sizeof *set + port_set_count(ports) * sizeof set->port[0]);
	if (!set)
		return -ENOMEM;
	set->n = br->n_mirrors;
	set->n_ports = port_set_count(ports);
	for (unsigned int i = 0; i < set->n; i++) {
		const struct mirror *m = br->mirrors[i];

		set->m[i] = (struct mirror_view){
			.mirror = m,
			.count = rule_count_ref(m->count),
			.vlans = any_vlan(&m->config) ? m->config.vlans : NULL,
			.out_vlan = m->config.output_port ? 0 : m->config.output_vlan,
		};
		for (unsigned int k = 0; k < set->n; k++)
			if (same_place(&m->config, &br->mirrors[k]->config))
				set->m[i].same |= 1u << k;
		select_ports(set, i, ports);
	}
	*out = set;
	return 0;
}

const struct mirror_port *
mirror_set_port(const struct mirror_set *set, const struct port *port)
{
	size_t lo = 0, hi = set->n_ports;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->port[mid].ofp_port < port->config.ofp_port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return &set->port[lo];
}

void
mirror_set_free(struct mirror_set *set)
{
	for (unsigned int i = 0; set && i < set->n; i++)
		rule_count_unref(set->m[i].count);
	free(set);
}
