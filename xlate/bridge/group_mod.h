/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups.
 *
 * Thread safety: the control thread. */
#pragma once

#include "bridge/group.h"

/* Checks a group by itself. Returns 0; -EOPNOTSUPP with 'err' if a bucket watches something in a
 * group of a type that has no watches; -EINVAL with 'err' for other errors; or -ENOMEM. */
int group_config_check(const struct xlate_group_config *c, char *err, size_t n_err);

/* A change in progress. Zero at first, except 'br'. */
struct group_change {
	struct xlate_bridge *br;
	bool started;	      /* the maps below hold the bridge's groups with the change */
	struct id_map groups; /* the groups after the change */
	struct id_map targets;
	struct id_map watches; /* group_watch.h */
	uint64_t buckets;      /* buckets with a changed group: a bit for each of GROUP_BUCKETS */
};

/* Applies one modification. Cost: O(size of the modification); for a group that others send to,
 * also O(number of groups it leads to). Errors: as xlate_group_mods_apply(). */
int group_change_apply(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns,
		       char *err, size_t n_err);

/* Ends a change. commit: the groups have been published, and the bridge takes the rest over
 * from 'c'. */
void group_change_commit(struct group_change *c);
void group_change_abort(struct group_change *c);
