/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups.
 *
 * Thread safety: control. */
#pragma once

#include "bridge/group.h"

/* What is wrong with a group by itself: with 'err', -EOPNOTSUPP for a bucket that watches where none may, else
 * -EINVAL; or -ENOMEM. */
int group_config_check(const struct xlate_group_config *c, char *err, size_t n_err);

/* Changes under way. Begins as zeros but for 'br'. */
struct group_change {
	struct xlate_bridge *br;
	bool started;	      /* the maps below are those of the bridge, changed */
	struct id_map groups; /* as they are to be */
	struct id_map targets;
	struct id_map watches; /* group_watch.h */
	uint64_t buckets;      /* that have changed: a bit for each of GROUP_BUCKETS */
};

/* Applies one modification. O(what is modified; and, of a group that others send to, what it sends to and
 * so on). Errors as xlate_group_mods_apply(). */
int group_change_apply(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns,
		       char *err, size_t n_err);

/* The groups have been published: the bridge goes on with the rest. */
void group_change_commit(struct group_change *c);
void group_change_abort(struct group_change *c);
