/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of one bridge at one moment.
 *
 * Thread safety: reading: any RCU thread. Edits: control. */
#pragma once

#include "bridge/bridge_mode.h"

#include <base/rcu.h>

#include <stddef.h>

struct mirror_port;
struct mirror_set;
struct port;
struct xlate_bridge;

/* The ports of a bridge at one moment, by rising OpenFlow number. Immutable. */
struct port_set {
	uint64_t version; /* of the bridge's port configuration: never the same for two sets */
	struct bridge_mode mode;
	struct rcu_deferred deferred;
	struct mirror_set *mirrors; /* of these ports; owned; NULL: none */
	size_t n;
	struct port *port[];
};

/* NULL when the set has no such OpenFlow number. */
struct port *port_set_find(const struct port_set *set, uint32_t ofp_port);

/* The bridge's set without 'del' and with 'add' (either may be NULL), of a new version, not yet
 * published. NULL: no memory. Thread: control. */
struct port_set *port_set_edit(struct xlate_bridge *br, const struct port *del, struct port *add);
void port_set_publish(struct xlate_bridge *br, struct port_set *new);

/* There is no reader any more. NULL is allowed. */
void port_set_free(struct port_set *set);

/* What mirrors have to do with the port. NULL: nothing. */
const struct mirror_port *port_mirrors(const struct port_set *set, const struct port *port);
