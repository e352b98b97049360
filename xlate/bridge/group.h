/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as translation sees them: immutable, in a map that control publishes whole, and that shares with
 * the one before what did not change.
 *
 * Every group object has a version of its own, never used twice in a bridge; a change makes a new
 * object, and a change of liveness gives the groups that watch the port new versions. So a record that
 * keeps the versions of the groups that it met is stale just when one of these is not as it was.
 *
 * Thread safety: changes: control. The rest: any RCU thread. */
#pragma once

#include "classifier/id_map.h"
#include "table/table.h"

#include <base/rcu.h>
#include <xlate/group.h>

struct group {
	struct id_entry entry;
	struct xlate_group_config config;
	struct rule_count *count;   /* of the group */
	struct rule_count **bucket; /* of each bucket */
	unsigned int looks;	    /* group_config_looks() */
	size_t n_targets;
	uint32_t *target; /* the groups that its buckets send to, each once, by rising id */
	uint64_t created_ns;
	_Atomic uint64_t version;
	uint64_t search; /* the last that met it. Control */
};

/* NULL: there is none. 'next': the first whose id is not below 'from'. */
struct group *groups_find(const struct id_map *groups, uint32_t id);
struct group *groups_next(const struct id_map *groups, uint32_t from);

/* Makes a group; takes the buckets out of 'config'. Each bucket's counter goes on when 'old' (may be
 * NULL) has the bucket and 'keep_counts' is set. 0 or -ENOMEM. */
int group_new(struct xlate_group_config *config, const struct group *old, bool keep_counts,
	      uint64_t now_ns, uint64_t version, struct group **out);

/* Copies with buckets. 0 or -ENOMEM: nothing to free. */
int group_config_copy(struct xlate_group_config *to, const struct xlate_group_config *from);
void group_config_clear(struct xlate_group_config *c);

/* What the actions of its buckets look at, of the groups that they send to aside: bits of action_looks.h. */
unsigned int group_config_looks(const struct xlate_group_config *c);

/* Gives the groups that watch an OpenFlow port new versions. O(those groups). */
void groups_port_changed(struct xlate_bridge *br, uint16_t ofp_port);

/* The groups of a bridge by their ids, by which megaflows are told apart that met some: each bucket has a
 * version, which grows when one of its groups changes. */
#define GROUP_BUCKETS 64
unsigned int group_bucket(uint32_t id);
