/* SPDX-License-Identifier: Apache-2.0 */
/* Room: bridge/ has what the operator and controllers configured, as translations read it: bridges
 * with their ports, groups, meters, mirrors and MAC entries, and the versions of these. It
 * translates nothing and parses no text.
 *
 * Bridges as readers see them.
 *
 * The control thread is the only writer. It publishes immutable sets (of bridges, of a bridge's
 * ports) and frees the old ones after a grace period. A reader that took a set keeps a consistent
 * view of it.
 *
 * Thread safety: see each member. "Control" is the control thread. */
#pragma once

#include "bridge/bridge_sets.h"
#include "bridge/group.h"
#include "bridge/learn_queue.h"
#include "bridge/link.h"
#include "bridge/mac.h"
#include "bridge/meter.h"
#include "bridge/name.h"
#include "bridge/port_number.h"
#include "bridge/port_set.h"
#include "bridge/tlv_field.h"
#include "bridge/tunnel_table.h"
#include "bridge/zone.h"
#include "table/table.h"

#include <base/rcu_table.h>
#include <xlate/mirror.h>
#include <xlate/xlate.h>

struct mirror;

struct xlate_bridge {
	char name[NAME_BYTES];
	uint64_t id; /* never reused */
	struct xlate *x;
	struct tables *tables;
	struct mac_table *macs;
	struct port_set *ports;	     /* RCU: written by control */
	struct port_numbers numbers; /* control */
	struct bridge_sets *sets;    /* RCU: written by control */
	uint64_t group_version;	     /* last version given to a group. Control */
	struct id_map group_targets; /* group_mod.c. Control */
	struct id_map group_watches; /* group_watch.h. Control */
	uint64_t n_group_searches;   /* number of the last search for a loop. Control */
	_Atomic uint64_t group_buckets[GROUP_BUCKETS]; /* group_bucket() */
	_Atomic uint64_t live_version;		       /* grows when a port becomes live or not */
	_Atomic uint64_t others;		       /* bridge_changed() */
	struct mirror *mirrors[XLATE_MIRRORS_MAX];     /* oldest first. Control */
	unsigned int n_mirrors;
	unsigned int n_tunnels; /* ports. Control */
	struct bridge_link *link;
	void *owner; /* xlate_bridge_owner_set(). Control */
};

/* All bridges at one moment, by name. Immutable. */
struct bridge_set {
	struct rcu_deferred deferred;
	size_t n;
	struct xlate_bridge *br[];
};

struct xlate {
	struct xlate_config config;
	_Atomic uint64_t version;
	_Atomic uint64_t all_version; /* raised by xlate_changed() */
	void (*changed)(void *aux);   /* xlate_changed_set() */
	void *changed_aux;
	struct bridge_set *bridges; /* RCU: written by control */
	struct rcu_table *ports_by_dp, *ports_by_name;
	struct tlv_fields tlv_fields;	  /* control */
	struct tunnel_table tunnels;	  /* tunnel ports, which 'ports_by_dp' does not have */
	struct id_map tunnel_devices;	  /* tunnel_device.h; control */
	uint64_t port_version;		  /* of the latest port set. Control */
	uint64_t last_bridge_id;	  /* control */
	struct xlate_rule_sink rule_sink; /* control */
	struct zones zones;
	struct learn_queue learn;
	struct packet_ins *packet_ins;		   /* packet_in.h */
	struct frozens *frozens;		   /* frozen.h */
	const struct xlate_meter_sink *meter_sink; /* NULL if the datapath has no meters */
	uint32_t next_dp_meter;			   /* control */
};

/* Requires that no reader remains. */
void bridge_destroy(struct xlate_bridge *br);
