/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of one bridge at one moment.
 *
 * Thread safety: reads: any RCU thread. Edits: the control thread. */
#pragma once

#include "bridge/bridge_mode.h"
#include "bridge/tlv_map.h"

#include <base/rcu.h>

#include <stddef.h>

struct mirror_port;
struct mirror_set;
struct port;
struct xlate_bridge;

/* Ports by rising OpenFlow number. Immutable. */
struct port_set {
	uint64_t version; /* never the same for two sets */
	struct bridge_mode mode;
	struct tlv_map tlvs;
	struct rcu_deferred deferred;
	struct mirror_set *mirrors; /* resolved to these ports; owned; NULL if there are none */
	size_t n;
	struct port *port[];
};

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
