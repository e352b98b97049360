/* SPDX-License-Identifier: Apache-2.0 */
/* The mirrors of one port set: names resolved to its ports. Immutable.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include "bridge.h"

#include <xlate/mirror.h>

/* A mirror as the operator made it. Freed after a grace period. */
struct mirror {
	struct xlate_mirror config; /* strings and lists are owned */
	struct rule_count *count;
	struct rcu_deferred deferred;
};

struct mirror_view {
	const struct mirror *mirror;
	struct rule_count *count; /* a reference */
	const uint64_t *vlans;	  /* NULL: every VLAN */
	const struct port *out;	  /* NULL: to 'out_vlan', or nowhere when that is 0 */
	uint16_t out_vlan;
	uint32_t same; /* mirrors that send to the same place, this one included */
};

/* What mirrors have to do with a port; a bit per mirror. */
struct mirror_port {
	uint32_t src, dst;
	bool reserved;
};

struct mirror_set {
	unsigned int n;
	struct mirror_view m[XLATE_MIRRORS_MAX];
	struct mirror_port port[]; /* by place in the port set */
};

/* For a set of ports that is being made. '*out' NULL: the bridge has no mirrors. 0 or -ENOMEM. */
int mirror_set_new(const struct xlate_bridge *br, const struct port_set *ports,
		   struct mirror_set **out);

/* There is no reader any more, or not yet. */
void mirror_set_free(struct mirror_set *set);

/* Frees a bridge's mirrors; there is no reader any more. */
void mirrors_destroy(struct xlate_bridge *br);

/* What mirrors have to do with the port. NULL: nothing. */
const struct mirror_port *port_mirrors(const struct port_set *set, const struct port *port);
