/* SPDX-License-Identifier: Apache-2.0 */
/* One change of a bridge's flows, groups and meters: all of it or nothing.
 *
 *	rc = xlate_change_begin(x, br, &c);
 *	rc = xlate_change_group(c, &gm, err, sizeof err);	members, in order
 *	rc = xlate_change_flow(c, &fm, err, sizeof err);
 *	rc ? xlate_change_abort(c) : xlate_change_commit(c, &done);
 *
 * A member sees what the members before it did: a flow may name a group that the change adds, and a group
 * that goes takes flows along that the change added. Translations see the tables before the change or
 * after it, whole, at one version. Only the rates of a meter that is modified change at once.
 *
 * A change belongs to control, and is over before control does anything else with the bridge. After an
 * error of a member it can only be aborted. Thread safety: control. */
#pragma once

#include <xlate/group.h>
#include <xlate/meter.h>
#include <xlate/rule.h>

struct xlate_change;

/* What a change did. */
struct xlate_changed {
	size_t n_rules;	  /* added, changed or deleted by flow members */
	size_t n_orphans; /* went with their group or meter */
};

/* Returns 0 or -ENOMEM. */
int xlate_change_begin(struct xlate *x, struct xlate_bridge *br, struct xlate_change **out);

/* Each adds a member: 0, or an error as of xlate_flow_mods_apply(), xlate_group_mods_apply() and
 * xlate_meter_mod_apply(), with 'err'. 'fm' and 'mm' are borrowed during the call; the buckets are
 * taken out of 'gm', whatever the outcome. */
int xlate_change_flow(struct xlate_change *c, const struct xlate_flow_mod *fm, char *err,
		      size_t n_err);
int xlate_change_group(struct xlate_change *c, struct xlate_group_mod *gm, char *err, size_t n_err);
int xlate_change_meter(struct xlate_change *c, const struct xlate_meter_mod *mm, char *err,
		       size_t n_err);

/* Whether actions name only groups and meters that are there, with the change so far (NULL: none). Returns 0,
 * -ENOENT (no such group) or -ENXIO (no such meter), with 'err'. */
int xlate_actions_check_refs(const struct xlate_bridge *br, const struct xlate_change *c,
			     const struct xlate_actions *a, char *err, size_t n_err);

/* Both end the change and free it. 'done' may be NULL. */
void xlate_change_commit(struct xlate_change *c, struct xlate_changed *done);
void xlate_change_abort(struct xlate_change *c);
