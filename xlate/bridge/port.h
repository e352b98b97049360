/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of bridges as readers see them.
 *
 * Thread safety: reads: any RCU thread. Others: the control thread. */
#pragma once

#include "bridge/name.h"

#include <base/rcu.h>
#include <xlate/xlate.h>

#include <stdatomic.h>
#include <urcu/rculfhash.h>

/* One port. Immutable except the atomic members. Freed after a grace period. */
struct port {
	struct xlate_port config; /* 'name' points at 'name' below; 'config.config' is unused: see
	                           * 'flags' */
	char name[NAME_BYTES];
	bool every_vlan; /* the port is a trunk of all VLANs */
	struct xlate_bridge *br;
	_Atomic bool deleted; /* the port is deleted: no MAC is learned on it */
	_Atomic bool down;    /* xlate_port_live_set() */
	/* XLATE_CONFIG_*. A change publishes a new port set afterwards, so a reader of that set
	 * sees the change. */
	_Atomic uint32_t flags;
	struct cds_lfht_node by_dp_node, by_name_node;
	struct rcu_deferred deferred;
};

/* Returns NULL if no bridge has the datapath port. */
struct port *port_find_dp(const struct xlate *x, uint32_t dp_port);
struct port *port_find_name(const struct xlate *x, const char *name, size_t n_name);

/* Returns XLATE_CONFIG_*. */
uint32_t port_flags(const struct port *p);

/* Returns true if the port's link is up and its configuration is not "down". */
bool port_is_live(const struct port *p);

/* Returns true if the port accepts and sends frames of 'vlan' (0..4095). */
bool port_in_vlan(const struct port *p, uint16_t vlan);

/* Removes the ports of a bridge from the lookup tables. bridge_destroy() frees them. */
void bridge_ports_unlink(struct xlate_bridge *br);
