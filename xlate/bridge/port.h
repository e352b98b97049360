/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of bridges as readers see them.
 *
 * Thread safety: reading: any RCU thread. The rest: control. */
#pragma once

#include "bridge/name.h"

#include <base/rcu.h>
#include <xlate/xlate.h>

#include <stdatomic.h>
#include <urcu/rculfhash.h>

/* One port. Immutable but for what is atomic; freed after a grace period. */
struct port {
	struct xlate_port config; /* 'name' points at 'name' below; but for its 'config' */
	char name[NAME_BYTES];
	bool every_vlan; /* a trunk of all */
	struct xlate_bridge *br;
	_Atomic bool gone; /* no MAC is learnt here any more */
	_Atomic bool down; /* xlate_port_live_set() */
	/* XLATE_CONFIG_*. A change is followed by another port set: who has that one sees the
	 * change. */
	_Atomic uint32_t flags;
	struct cds_lfht_node by_dp_node, by_name_node;
	struct rcu_deferred deferred;
};

/* NULL when no bridge owns the datapath port. */
struct port *port_find_dp(const struct xlate *x, uint32_t dp_port);
struct port *port_find_name(const struct xlate *x, const char *name, size_t n_name);

uint32_t port_flags(const struct port *p);

/* True when the port's link is up and it is not configured down. */
bool port_is_live(const struct port *p);

/* True when frames of 'vlan' go in and out of the port. vlan: 0..4095. */
bool port_in_vlan(const struct port *p, uint16_t vlan);

/* Takes every port of a bridge that goes out of the lookup tables; bridge_destroy() frees them. */
void bridge_ports_unlink(struct xlate_bridge *br);
