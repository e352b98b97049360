/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as translation sees them: immutable, in a map that the control thread publishes whole.
 * Entries that did not change are shared with the map before.
 *
 * Each group object has a version of its own, never used twice in a bridge. A modified group is a
 * new object with a new version. When a port becomes live or not, the groups that watch it get new
 * versions. So a record keeps the versions of the groups it used, and is stale exactly when one of
 * them has changed.
 *
 * Thread safety: changes: the control thread. Others: any RCU thread. */
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
	unsigned int looks;	    /* LOOKS_*: group_config_looks() */
	size_t n_targets;
	uint32_t *target; /* groups that its buckets send to, without duplicates, by rising id */
	uint64_t created_ns;
	_Atomic uint64_t version;
	uint64_t search; /* number of the last search that reached it. Control */
};

/* Return NULL if no such group exists. groups_next() returns the group with the lowest id of at
 * least 'from'. */
struct group *groups_find(const struct id_map *groups, uint32_t id);
struct group *groups_next(const struct id_map *groups, uint32_t from);

/* Makes a group and takes the buckets out of 'config'. With 'keep_counts', buckets that 'old' (may
 * be NULL) has too, by id, share its counters, and so does the group. Returns 0 or -ENOMEM. */
int group_new(struct xlate_group_config *config, const struct group *old, bool keep_counts,
	      uint64_t now_ns, uint64_t version, struct group **out);

/* Copies 'from' with its buckets. Returns 0, or -ENOMEM with nothing to free. */
int group_config_copy(struct xlate_group_config *to, const struct xlate_group_config *from);
void group_config_clear(struct xlate_group_config *c);

/* Groups by id modulo GROUP_BUCKETS. Each bucket has a version that grows when one of its
 * groups changes, so that a change of a group concerns only megaflows that used a group of the
 * same bucket. */
#define GROUP_BUCKETS 64
unsigned int group_bucket(uint32_t id);
