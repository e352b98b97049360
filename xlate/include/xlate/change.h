/* SPDX-License-Identifier: Apache-2.0 */
/* One change of a bridge's flows, groups and meters, applied as a whole or not at all.
 *
 *	rc = xlate_change_begin(x, br, &c);
 *	rc = xlate_change_group(c, &gm, err, sizeof err);	members, in order
 *	rc = xlate_change_flow(c, &fm, err, sizeof err);
 *	rc ? xlate_change_abort(c) : xlate_change_commit(c, &done);
 *
 * A member sees the effect of the members before it: a flow may refer to a group that the change
 * adds, and deleting a group also deletes the flows added by the change that send to it.
 * Translations see the tables before the change or after it, at one version. Exception: new rates
 * of a modified meter take effect at once.
 *
 * A change belongs to the control thread, which ends it before it does anything else with the
 * bridge. After a member has failed, the change can only be aborted.
 *
 * Thread safety: control. */
#pragma once

#include <xlate/group.h>
#include <xlate/meter.h>
#include <xlate/rule.h>

struct xlate_change;

/* The effect of a change. */
struct xlate_changed {
	size_t n_rules;	  /* added, changed or deleted by flow members */
	size_t n_orphans; /* deleted with their group or meter */
};

/* Begins a change. Returns 0 or -ENOMEM. */
int xlate_change_begin(struct xlate *x, struct xlate_bridge *br, struct xlate_change **out);

/* Each adds a member. Returns 0, or with 'err' an error of xlate_flow_mods_apply(),
 * xlate_group_mods_apply() or xlate_meter_mod_apply(). 'fm' and 'mm' are borrowed during the call;
 * the buckets are taken out of 'gm', even on error. */
int xlate_change_flow(struct xlate_change *c, const struct xlate_flow_mod *fm, char *err,
		      size_t n_err);
int xlate_change_group(struct xlate_change *c, struct xlate_group_mod *gm, char *err, size_t n_err);

/* Checks that the actions refer only to groups and meters that exist, after the members of 'c' so
 * far (NULL: without a change). Returns 0, -ENOENT (no such group) or -ENXIO (no such meter), with
 * 'err'. */
int xlate_actions_check_refs(const struct xlate_bridge *br, const struct xlate_change *c,
			     const struct xlate_actions *a, char *err, size_t n_err);

/* Both end the change and free it. 'done' may be NULL. */
void xlate_change_commit(struct xlate_change *c, struct xlate_changed *done);
void xlate_change_abort(struct xlate_change *c);
