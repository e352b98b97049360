/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of a bridge at one moment. */
#include "bridge/port_set.h"

#include "bridge/bridge.h"
#include "bridge/mirror_set.h"
#include "bridge/port.h"

#include <stdlib.h>

/* Returns the index of the first port whose number is at least 'ofp_port'. */
static size_t
port_set_index(const struct port_set *set, uint32_t ofp_port)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (set->port[mid]->config.ofp_port < ofp_port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct port *
port_set_find(const struct port_set *set, struct xlate_ofp_port port)
{
	size_t i = port_set_index(set, port.number);

	return i < set->n && set->port[i]->config.ofp_port == port.number ? set->port[i] : NULL;
}

const struct mirror_port *
port_mirrors(const struct port_set *set, const struct port *port)
{
	size_t i = set->mirrors ? port_set_index(set, port->config.ofp_port) : set->n;

	return i < set->n && set->port[i] == port ? &set->mirrors->port[i] : NULL;
}

void
port_set_free(struct port_set *set)
{
	if (set)
		mirror_set_free(set->mirrors);
	free(set);
}

static void
port_set_free_cb(struct rcu_deferred *d)
{
	port_set_free(caa_container_of(d, struct port_set, deferred));
}

struct port_set *
port_set_edit(struct xlate_bridge *br, const struct port *del, struct port *add)
{
	const struct port_set *old = br->ports;
	struct port_set *new = calloc(1, sizeof *new + (old->n + 1) * sizeof *new->port);

	if (!new)
		return NULL;
	new->mode = old->mode;
	new->tlvs = old->tlvs;
	for (size_t i = 0; i < old->n; i++) {
		if (add && add->config.ofp_port < old->port[i]->config.ofp_port) {
			new->port[new->n++] = add;
			add = NULL;
		}
		if (old->port[i] != del)
			new->port[new->n++] = old->port[i];
	}
	if (add)
		new->port[new->n++] = add;
	if (mirror_set_new(br, new, &new->mirrors)) {
		free(new);
		return NULL;
	}
	new->version = ++br->x->port_version;
	return new;
}

void
port_set_publish(struct xlate_bridge *br, struct port_set *new)
{
	struct port_set *old = br->ports;

	rcu_publish(&br->ports, new);
	rcu_defer(&old->deferred, port_set_free_cb);
}
