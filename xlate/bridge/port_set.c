/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of a bridge at one moment. */
#include "bridge/port_set.h"

#include "bridge/bridge.h"
#include "bridge/mirror_set.h"
#include "bridge/port.h"

#include <stdlib.h>

static struct port *
from_entry(struct id_entry *e)
{
	return e ? caa_container_of(e, struct port, entry) : NULL;
}

struct port *
port_set_find(const struct port_set *set, struct xlate_ofp_port port)
{
	if (port.number > UINT16_MAX)
		return NULL;
	return from_entry(id_map_find(&set->ports, port_set_id((uint16_t)port.number)));
}

struct port *
port_set_next(const struct port_set *set, const struct port *after)
{
	return from_entry(id_map_next(&set->ports, after ? after->entry.id + 1 : 0));
}

const struct mirror_port *
port_mirrors(const struct port_set *set, const struct port *port)
{
	struct xlate_ofp_port number = xlate_ofp_port(port->config.ofp_port);

	if (!set->mirrors || port_set_find(set, number) != port)
		return NULL;
	return mirror_set_port(set->mirrors, port);
}

void
port_set_free(struct port_set *set)
{
	if (!set)
		return;
	mirror_set_free(set->mirrors);
	id_map_free(&set->ports);
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
	struct port_set *new = calloc(1, sizeof *new);
	int rc = 0;

	if (!new)
		return NULL;
	new->mode = old->mode;
	new->tlvs = old->tlvs;
	id_map_copy(&new->ports, &old->ports);
	if (del)
		rc = id_map_remove(&new->ports, del->entry.id);
	if (!rc && add)
		rc = id_map_put(&new->ports, &add->entry);
	if (rc || mirror_set_new(br, new, &new->mirrors)) {
		port_set_free(new);
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
