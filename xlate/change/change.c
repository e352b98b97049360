/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of flows, groups and meters together. A reader takes the tables' version first, and
 * then the groups and meters that belong to it (bridge_sets_at()). So the sets are published
 * before the version. */
#include "change/change.h"

#include "action/refuse.h"
#include "bridge/version.h"
#include "change/change_sets.h"
#include "change/flow_apply.h"
#include "table/learn_delete.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

static int
begin(struct xlate_change *c, struct xlate *x, struct xlate_bridge *br)
{
	*c = (struct xlate_change){
		.x = x, .br = br, .groups.br = br, .meters.br = br, .now_ns = clock_now_ns()};
	return change_begin(br->tables, &c->flows);
}

/* Allocates the sets to be published in advance, so that a commit needs no memory. */
static int
sets_reserve(struct xlate_change *c)
{
	if (!c->sets)
		c->sets = calloc(1, sizeof *c->sets);
	return c->sets ? 0 : -ENOMEM;
}

/* Removes the flows that name a deleted group or meter. */
static void
orphans_remove(struct xlate_change *c, const struct rule_key *key, enum xlate_rule_event why)
{
	struct rule_index *ix = tables_index(c->flows.t);

	for (struct rule_ref *ref; (ref = rule_index_first(ix, key));) {
		change_remove_why(&c->flows, ref->rule, why);
		c->done.n_orphans++;
	}
}

static void
group_orphans_remove(struct xlate_change *c, uint32_t id)
{
	orphans_remove(c, &(struct rule_key){.kind = RULE_SENDS_TO, .id = id},
		       XLATE_RULE_GROUP_DELETED);
}

static void
meter_orphans_remove(struct xlate_change *c, uint32_t id)
{
	orphans_remove(c, &(struct rule_key){.kind = RULE_USES_METER, .id = id},
		       XLATE_RULE_METER_DELETED);
}

static void
member_begin(struct xlate_change *c, char *err, size_t n_err)
{
	refuse_explain(err, n_err, "out of memory");
	c->err = err;
	c->n_err = n_err;
}

int
xlate_change_flow(struct xlate_change *c, const struct xlate_flow_mod *fm, char *err, size_t n_err)
{
	member_begin(c, err, n_err);
	return change_apply_flow(c, fm);
}

/* Removes the flows that name a group to be deleted. */
static void
groups_leave(struct xlate_change *c, uint32_t id)
{
	const struct id_map *groups = change_groups(c);
	const struct group *g = id == XLATE_GROUP_EVERY ? groups_next(groups, 0) : NULL;

	if (id != XLATE_GROUP_EVERY)
		group_orphans_remove(c, id);
	for (; g; g = groups_next(groups, g->config.id + 1))
		group_orphans_remove(c, g->config.id);
}

static void
meters_leave(struct xlate_change *c, uint32_t id)
{
	const struct id_map *meters = change_meters(c);
	const struct meter *m = id == XLATE_METER_EVERY ? meters_next(meters, 0) : NULL;

	if (id != XLATE_METER_EVERY)
		meter_orphans_remove(c, id);
	for (; m; m = meters_next(meters, m->config.id + 1))
		meter_orphans_remove(c, m->config.id);
}

int
xlate_change_group(struct xlate_change *c, struct xlate_group_mod *gm, char *err, size_t n_err)
{
	int rc = sets_reserve(c);

	member_begin(c, err, n_err);
	if (rc)
		return rc;
	if (gm->command == XLATE_GROUP_DELETE)
		groups_leave(c, gm->config.id);
	return group_change_apply(&c->groups, gm, c->now_ns, err, n_err);
}

static int
meter_member(struct xlate_change *c, const struct xlate_meter_mod *mm, char *err, size_t n_err)
{
	int rc = sets_reserve(c);

	member_begin(c, err, n_err);
	if (rc)
		return rc;
	if (mm->command == XLATE_METER_DELETE)
		meters_leave(c, mm->config.id);
	return meter_change_apply(&c->meters, mm, c->now_ns, err, n_err);
}

static void
end(struct xlate_change *c)
{
	free(c->sets);
}

static void
abort_change(struct xlate_change *c)
{
	change_abort(&c->flows);
	group_change_abort(&c->groups);
	meter_change_abort(&c->meters);
	end(c);
}

static void
sets_free(struct rcu_deferred *d)
{
	bridge_sets_free(caa_container_of(d, struct bridge_sets, deferred));
}

static bool
is_empty(const struct xlate_change *c)
{
	return !c->flows.added && !c->flows.removed && !c->groups.buckets && !c->meters.changed;
}

/* Frees the old sets after the new version is published: readers of the older version have begun by
 * then, and hold up the grace period. */
static void
sets_publish(struct xlate_change *c)
{
	struct bridge_sets *old = c->br->sets;

	c->sets->since = c->flows.version;
	c->sets->before = old;
	if (c->groups.started)
		c->sets->groups = c->groups.groups;
	else
		id_map_copy(&c->sets->groups, &old->groups);
	if (c->meters.started)
		c->sets->meters = c->meters.meters;
	else
		id_map_copy(&c->sets->meters, &old->meters);
	rcu_publish(&c->br->sets, c->sets);
	c->sets = NULL;
	change_commit(&c->flows);
	group_change_commit(&c->groups);
	meter_change_commit(&c->meters);
	rcu_defer(&old->deferred, sets_free);
}

/* Megaflows do not depend on meters: they hold the datapath's number, and flows that name a deleted
 * meter are deleted too. */
static void
commit_change(struct xlate_change *c)
{
	learn_delete_taught(&c->flows);
	if (is_empty(c)) {
		abort_change(c);
		return;
	}
	if (c->groups.started || c->meters.started)
		sets_publish(c);
	else
		change_commit(&c->flows);
	xlate_entries_changed(c->x);
	end(c);
}

int
xlate_change_begin(struct xlate *x, struct xlate_bridge *br, struct xlate_change **out)
{
	struct xlate_change *c = malloc(sizeof *c);
	int rc = c ? begin(c, x, br) : -ENOMEM;

	if (rc) {
		free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
xlate_change_commit(struct xlate_change *c, struct xlate_changed *done)
{
	commit_change(c);
	if (done)
		*done = c->done;
	free(c);
}

void
xlate_change_abort(struct xlate_change *c)
{
	abort_change(c);
	free(c);
}

/* 'n' members of one kind. */
struct members {
	int (*add)(struct xlate_change *c, void *mods, size_t i, char *err, size_t n_err);
	void *mods;
	size_t n;
};

/* Applies the members. The error names the one that was refused, if there are several. */
static int
apply(struct xlate *x, struct xlate_bridge *br, const struct members *m, struct xlate_changed *done,
      char *err, size_t n_err)
{
	char why[FLOW_ERR_BYTES] = "out of memory";
	struct xlate_change c;
	int rc = begin(&c, x, br);
	size_t i = 0;

	if (rc) {
		refuse_explain(err, n_err, "%s", why);
		return rc;
	}
	while (i < m->n && !rc)
		rc = m->add(&c, m->mods, i++, why, sizeof why);
	if (!rc) {
		commit_change(&c);
		*done = c.done;
		return 0;
	}
	abort_change(&c);
	if (m->n > 1)
		refuse_explain(err, n_err, "change %zu of %zu: %s", i, m->n, why);
	else
		refuse_explain(err, n_err, "%s", why);
	return rc;
}

static int
add_flow(struct xlate_change *c, void *mods, size_t i, char *err, size_t n_err)
{
	const struct xlate_flow_mod *fms = mods;

	return xlate_change_flow(c, &fms[i], err, n_err);
}

static int
add_group(struct xlate_change *c, void *mods, size_t i, char *err, size_t n_err)
{
	struct xlate_group_mod *gms = mods;

	return xlate_change_group(c, &gms[i], err, n_err);
}

static int
add_meter(struct xlate_change *c, void *mods, size_t i, char *err, size_t n_err)
{
	const struct xlate_meter_mod *const *mm = mods;

	return meter_member(c, mm[i], err, n_err);
}

int
xlate_flow_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_flow_mod *fms,
		      size_t n, size_t *n_rules, char *err, size_t n_err)
{
	struct xlate_changed done = {0};
	int rc = apply(x, br, &(struct members){.add = add_flow, .mods = fms, .n = n}, &done, err,
		       n_err);

	if (rc)
		return rc;
	for (size_t i = 0; i < n; i++)
		xlate_flow_mod_free(&fms[i]);
	if (n_rules)
		*n_rules = done.n_rules;
	return 0;
}

int
xlate_group_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_group_mod *gms,
		       size_t n, size_t *n_flows, char *err, size_t n_err)
{
	struct xlate_changed done = {0};
	int rc = apply(x, br, &(struct members){.add = add_group, .mods = gms, .n = n}, &done, err,
		       n_err);

	if (!rc && n_flows)
		*n_flows = done.n_orphans;
	return rc;
}

int
xlate_meter_mod_apply(struct xlate *x, struct xlate_bridge *br, const struct xlate_meter_mod *mm,
		      size_t *n_flows, char *err, size_t n_err)
{
	struct xlate_changed done = {0};
	int rc = apply(x, br, &(struct members){.add = add_meter, .mods = &mm, .n = 1}, &done, err,
		       n_err);

	if (n_flows)
		*n_flows = done.n_orphans;
	return rc;
}
