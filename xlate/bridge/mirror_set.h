/* SPDX-License-Identifier: Apache-2.0 */
/* The mirrors of one port set: names resolved to its ports. Immutable.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include "bridge/port_set.h"

#include <xlate/mirror.h>

#include <stdint.h>

struct mirror;
struct rule_count;
struct xlate_bridge;

struct mirror_view {
	const struct mirror *mirror;
	struct rule_count *count; /* a reference */
	const uint64_t *vlans;	  /* NULL if it selects every VLAN */
	const struct port *out;	  /* NULL: to 'out_vlan'; with out_vlan 0 its port is missing */
	uint16_t out_vlan;
	uint32_t same; /* bits of the mirrors that send to the same place, including this one */
};

/* The mirrors that select a port: bit i is mirror i of the set. */
struct mirror_port {
	uint32_t src, dst;
	uint16_t ofp_port;
	bool reserved;
};

struct mirror_set {
	unsigned int n;
	struct mirror_view m[XLATE_MIRRORS_MAX];
	size_t n_ports;
	struct mirror_port port[]; /* the set's, by rising number */
};

/* Makes the mirrors for a port set that is being built. '*out' is NULL if the bridge has no
 * mirrors. Returns 0 or -ENOMEM. */
int mirror_set_new(const struct xlate_bridge *br, const struct port_set *ports,
		   struct mirror_set **out);

/* Returns the mirrors of a port of the set. */
const struct mirror_port *mirror_set_port(const struct mirror_set *set, const struct port *port);

/* Requires that the set has no readers. NULL is allowed. */
void mirror_set_free(struct mirror_set *set);
