/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of one bridge at one moment. Sets share what is the same in both.
 *
 * Cost: port_set_find(), port_set_next() and port_set_edit() visit a few nodes of id_map.h, whatever the
 * number of ports; an edit of a bridge with mirrors looks at all ports.
 *
 * Thread safety: reads: any RCU thread. Edits: the control thread. */
#pragma once

#include "bridge/bridge_mode.h"
#include "bridge/tlv_map.h"
#include "classifier/id_map.h"

#include <base/rcu.h>

#include <stddef.h>

struct mirror_port;
struct mirror_set;
struct port;
struct xlate_bridge;

/* Immutable. */
struct port_set {
	uint64_t version; /* never the same for two sets */
	struct bridge_mode mode;
	struct tlv_map tlvs;
	struct rcu_deferred deferred;
	struct mirror_set *mirrors; /* resolved to these ports; owned; NULL if there are none */
	struct id_map ports;	    /* by port_set_id(); a reference of each */
};

/* Returns the number of a port in the map: in its highest digits, as paths of the map begin there. */
static inline uint32_t
port_set_id(uint16_t ofp_port)
{
	return (uint32_t)ofp_port << 16;
}

static inline size_t
port_set_count(const struct port_set *set)
{
	return set->ports.n;
}

/* Returns the port with the next higher OpenFlow number, or NULL; after NULL, the first one. */
struct port *port_set_next(const struct port_set *set, const struct port *after);

/* Returns NULL if the set has no port with this OpenFlow number. */
struct port *port_set_find(const struct port_set *set, struct xlate_ofp_port port);

/* Returns a copy of the bridge's set without 'del' and with 'add' (either may be NULL), with a new
 * version, not published. Returns NULL without memory. Thread: control. */
struct port_set *port_set_edit(struct xlate_bridge *br, const struct port *del, struct port *add);
void port_set_publish(struct xlate_bridge *br, struct port_set *new);

/* Requires that no reader remains. NULL is allowed. */
void port_set_free(struct port_set *set);

/* Returns the mirrors that select the port, or NULL if the set has no mirrors or not this port. */
const struct mirror_port *port_mirrors(const struct port_set *set, const struct port *port);
