/* SPDX-License-Identifier: Apache-2.0 */
/* Bridges and ports as readers see them.
 *
 * Control is the only writer. It publishes immutable sets (of bridges, of a bridge's ports) and frees
 * the old ones after a grace period; a reader that took a set keeps a consistent view of it.
 *
 * Thread safety: as said at each member. */
#pragma once

#include "group.h"
#include "learn.h"
#include "mac.h"
#include "meter.h"
#include "port_number.h"
#include "table.h"

#include <base/rcu_table.h>
#include <xlate/mirror.h>
#include <xlate/xlate.h>

#define NAME_BYTES 64

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

struct mirror;
struct mirror_set;

/* See bridge_mode.c. */
struct bridge_mode {
	enum xlate_fragments fragments;
	bool misses_told, standalone, forward_bpdu;
};

/* The ports of a bridge at one moment, by rising OpenFlow number. Immutable. */
struct port_set {
	uint64_t version; /* of the bridge's port configuration: never the same for two sets */
	struct bridge_mode mode;
	struct rcu_deferred deferred;
	struct mirror_set *mirrors; /* of these ports; owned; NULL: none */
	size_t n;
	struct port *port[];
};

/* What outlives a bridge, for records: counted by references. */
struct bridge_link {
	_Atomic unsigned int n_refs;
	struct xlate_bridge *br; /* RCU: NULL when the bridge is gone. Written by control */
};

/* The groups and meters that go with the flow tables from a version on. Immutable; what does not change
 * is shared with successors. */
struct bridge_sets {
	uint64_t since; /* a version of the tables */
	/* What goes with the tables before that. A reader that looks at an older version began before
	 * this was published, so 'before' is still valid for it; for others it may be gone. */
	const struct bridge_sets *before;
	struct id_map groups, meters;
	struct rcu_deferred deferred;
};

struct xlate_bridge {
	char name[NAME_BYTES];
	uint64_t id; /* of no other bridge, ever */
	struct xlate *x;
	struct tables *tables;
	struct mac_table *macs;
	struct port_set *ports;	     /* RCU: written by control */
	struct port_numbers numbers; /* control */
	struct bridge_sets *sets;    /* likewise */
	uint64_t group_version;	     /* the last that a group was given. Control */
	struct id_map group_targets; /* group_mod.c. Control */
	struct id_map group_watches; /* group_watch.h. Control */
	uint64_t n_group_searches;   /* likewise */
	_Atomic uint64_t group_buckets[GROUP_BUCKETS]; /* see group_bucket() */
	_Atomic uint64_t live_version;		       /* grows when a port goes up or down */
	_Atomic uint64_t others;		       /* bridge_changed() */
	struct mirror *mirrors[XLATE_MIRRORS_MAX];     /* in the order of adding. Control */
	unsigned int n_mirrors;
	struct bridge_link *link;
	void *owner; /* xlate_bridge_owner_set(). Control */
};

/* The latest. */
const struct bridge_sets *bridge_sets(const struct xlate_bridge *br);

/* Those that go with a version that tables_version() gave in this RCU read-side section. */
const struct bridge_sets *bridge_sets_at(const struct xlate_bridge *br, uint64_t version);

/* Frees the groups and meters of one version. */
void bridge_sets_free(struct bridge_sets *sets);

/* Says that groups of these buckets have changed, after they have: a bit for each. Thread: control. */
void bridge_groups_changed(struct xlate_bridge *br, uint64_t buckets);

/* The versions that this raises; equal ones: no group of the bucket has changed. */
void bridge_group_versions(const struct xlate_bridge *br, uint64_t out[GROUP_BUCKETS]);

/* Never 0. */
uint64_t bridge_live_version(const struct xlate_bridge *br);

/* Says that ports, mirrors or modes of the bridge have changed, after they have. Thread: control. */
void bridge_changed(struct xlate *x, struct xlate_bridge *br);

/* The version that bridge_changed() raises. */
uint64_t bridge_others_version(const struct xlate_bridge *br);

/* All bridges at one moment, by name. Immutable. */
struct bridge_set {
	struct rcu_deferred deferred;
	size_t n;
	struct xlate_bridge *br[];
};

/* See xlate_changed(). Never 0. */
uint64_t xlate_all_version(const struct xlate *x);

struct xlate {
	struct xlate_config config;
	_Atomic uint64_t version;
	_Atomic uint64_t all_version; /* that xlate_changed() raises */
	void (*changed)(void *aux);   /* xlate_changed_set() */
	void *changed_aux;
	struct bridge_set *bridges; /* RCU: written by control */
	struct rcu_table *ports_by_dp, *ports_by_name;
	uint64_t port_version;		  /* of the last port set. Control */
	uint64_t last_bridge_id;	  /* control */
	struct xlate_rule_sink rule_sink; /* control */
	struct learn_queue learn;
	struct packet_ins *packet_ins;		   /* packet_in.h */
	struct frozens *frozens;		   /* frozen.h */
	const struct xlate_meter_sink *meter_sink; /* NULL: none */
	uint32_t next_dp_meter;			   /* control */
};

/* Checks a name that flow texts will have to carry. 'what': "bridge" or "port".
 * Returns 0 or -EINVAL with 'err'. */
int name_check(const char *what, const char *name, char *err, size_t n_err);

/* Makes a bridge with an empty port set, not yet published. 0 or -ENOMEM. */
int bridge_create(struct xlate *x, const char *name, struct xlate_bridge **out);

/* No reader holds it any more. */
void bridge_destroy(struct xlate_bridge *br);

struct bridge_link *bridge_link_ref(struct bridge_link *l);
void bridge_link_unref(struct bridge_link *l);

/* NULL when no bridge owns the datapath port. */
struct port *port_find_dp(const struct xlate *x, uint32_t dp_port);
struct port *port_find_name(const struct xlate *x, const char *name, size_t n_name);

/* port_set.c: NULL when the set has no such OpenFlow number. */
struct port *port_set_find(const struct port_set *set, uint32_t ofp_port);

/* The bridge's set without 'del' and with 'add' (either may be NULL), of a new version, not yet
 * published. NULL: no memory. Thread: control. */
struct port_set *port_set_edit(struct xlate_bridge *br, const struct port *del, struct port *add);
void port_set_publish(struct xlate_bridge *br, struct port_set *new);

/* There is no reader any more. NULL is allowed. */
void port_set_free(struct port_set *set);

uint32_t port_flags(const struct port *p);

/* True when the port's link is up and it is not configured down. */
bool port_is_live(const struct port *p);

/* True when frames of 'vlan' go in and out of the port. vlan: 0..4095. */
bool port_in_vlan(const struct port *p, uint16_t vlan);

/* Takes every port of a bridge that goes out of the lookup tables; bridge_destroy() frees them. */
void bridge_ports_unlink(struct xlate_bridge *br);
