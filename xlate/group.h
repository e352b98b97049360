/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as translation sees them: immutable, in an immutable set that control publishes whole.
 *
 * Every group object has a version of its own, never used twice in a bridge; a change makes a new
 * object, and a change of liveness gives the groups that watch the port new versions. So a record that
 * keeps the versions of the groups that it met is stale just when one of these is not as it was.
 *
 * Thread safety: changes: control. The rest: any RCU thread. */
#pragma once

#include "table.h"

#include <base/rcu.h>
#include <xlate/group.h>

struct group {
	struct xlate_group_config config;
	struct rule_count *count;   /* of the group */
	struct rule_count **bucket; /* of each bucket */
	unsigned int looks;	    /* group_config_looks() */
	size_t n_targets;
	uint32_t *target; /* the groups that its buckets send to, each once, by rising id */
	uint64_t created_ns;
	_Atomic uint64_t version;
	struct rcu_deferred deferred;
};

/* By rising id. */
struct group_set {
	struct rcu_deferred deferred;
	size_t n;
	struct group *group[];
};

/* Index of the first group whose id is not below 'id'. */
size_t group_set_place(const struct group_set *set, uint32_t id);

/* NULL: there is none. */
struct group *group_set_find(const struct group_set *set, uint32_t id);

/* Makes a group; takes the buckets out of 'config'. Each bucket's counter goes on when 'old' (may be
 * NULL) has the bucket and 'keep_counts' is set. 0 or -ENOMEM. */
int group_new(struct xlate_group_config *config, const struct group *old, bool keep_counts,
	      uint64_t now_ns, uint64_t version, struct group **out);
void group_free(struct group *g);
void group_free_deferred(struct group *g);

/* Copies with buckets. 0 or -ENOMEM: nothing to free. */
int group_config_copy(struct xlate_group_config *to, const struct xlate_group_config *from);
void group_config_clear(struct xlate_group_config *c);

/* What is wrong with a group by itself: -EINVAL with 'err'. */
int group_config_check(const struct xlate_group_config *c, char *err, size_t n_err);

/* What the actions of its buckets look at, of the groups that they send to aside: bits of below_label.c. */
unsigned int group_config_looks(const struct xlate_group_config *c);

/* Gives the groups that watch an OpenFlow port new versions. */
void groups_port_changed(struct xlate_bridge *br, uint16_t ofp_port);

/* Frees a bridge's groups; there is no reader any more. */
void groups_destroy(struct group_set *set);

/* The groups that an action list sends to. Stops when 'cb' returns non-zero, and returns that. */
int actions_each_group(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);

/* Changes under way. Begins as zeros but for 'br'. */
struct group_change {
	struct xlate_bridge *br;
	struct group_set *set; /* as it is to be, room for 'n_alloc'; NULL: nothing yet */
	size_t n_alloc;
	struct group **made; /* in this change, whether still in the set or not */
	size_t n_made;
	bool changed;
};

/* Applies one modification to the set. Errors as xlate_group_mods_apply(). */
int group_change_apply(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns,
		       char *err, size_t n_err);

/* The changed set is published: lets go of what is not in it, after a grace period. */
void group_change_retire(struct group_change *c, struct group_set *old);
void group_change_abort(struct group_change *c);
