/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of bridges as readers see them.
 *
 * Thread safety: reads: any RCU thread. Others: the control thread. */
#pragma once

#include "bridge/name.h"
#include "classifier/id_map.h"

#include <base/rcu.h>
#include <xlate/xlate.h>

#include <stdatomic.h>
#include <urcu/list.h>
#include <urcu/rculfhash.h>

struct rule_count;

/* One port. Immutable except 'peer' and the atomic members. Freed with the last set that has it, and not
 * before a grace period after its removal. */
struct port {
	struct id_entry entry;	  /* in the port sets of 'br' */
	struct xlate_port config; /* 'name', 'peer' and 'tunnel' point at members below;
	                           * 'config.config' is unused: see 'flags' */
	char name[NAME_BYTES];
	char peer_name[NAME_BYTES]; /* "" unless it is a patch port */
	struct xlate_tunnel tunnel; /* of a tunnel port */
	bool every_vlan;	    /* the port is a trunk of all VLANs */
	struct xlate_bridge *br;
	/* Of a patch port: the port that it is joined with. RCU: NULL if there is none. Written by
	 * control. */
	struct port *peer;
	struct rule_count *received, *sent; /* of a patch or tunnel port */
	_Atomic bool deleted;		    /* the port is deleted: no MAC is learned on it */
	_Atomic bool down;		    /* xlate_port_live_set() */
	/* XLATE_CONFIG_*. A change publishes a new port set afterwards, so a reader of that set
	 * sees the change. */
	_Atomic uint32_t flags;
	struct cds_list_head device_link; /* of a tunnel port: in tunnel_device.ports */
	struct cds_lfht_node by_dp_node,
		by_name_node; /* the first in xlate.ports_by_dp or .tunnels */
	struct rcu_deferred deferred;
};

/* Returns NULL if no bridge has the datapath port, or it is one of tunnels. */
struct port *port_find_dp(const struct xlate *x, uint32_t dp_port);

/* Returns the port that receives a packet; NULL if no bridge has one. Adds the tunnel fields that the
 * choice depends on to 'looked', a mask. */
struct port *port_find_packet(const struct xlate *x, const struct flow_key *packet,
			      struct flow_tunnel *looked);
struct port *port_find_name(const struct xlate *x, const char *name, size_t n_name);

static inline bool
port_is_patch(const struct port *p)
{
	return p->config.peer != NULL;
}

/* Returns XLATE_CONFIG_*. */
uint32_t port_flags(const struct port *p);

/* Returns true if the port's link is up and its configuration is not "down". */
bool port_is_live(const struct port *p);

/* Returns true if the port accepts and sends frames of 'vlan' (0..4095). */
bool port_in_vlan(const struct port *p, uint16_t vlan);

/* Removes the ports of a bridge from the lookup tables, and parts them from their peers.
 * bridge_destroy() frees them. */
void bridge_ports_unlink(struct xlate_bridge *br);

/* Releases the creator's reference. Requires that no reader finds the port but in port sets. NULL is allowed. */
void port_unref(struct port *p);
