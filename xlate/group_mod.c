/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups, all or none: a copy of the set is changed, and published whole. */
#include "bridge.h"

#include "action_set.h"
#include "bucket_ids.h"
#include "refuse.h"
#include "tables.h"

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

void
xlate_group_mod_init(struct xlate_group_mod *gm, enum xlate_group_command command)
{
	*gm = (struct xlate_group_mod){.command = command,
				       .command_bucket = command == XLATE_GROUP_INSERT_BUCKET
								 ? XLATE_BUCKET_LAST
								 : XLATE_BUCKET_EVERY};
}

void
xlate_group_mod_free(struct xlate_group_mod *gm)
{
	group_config_clear(&gm->config);
}

static int
bucket_check(const struct xlate_group_config *c, const struct xlate_bucket *b, char *err,
	     size_t n_err)
{
	bool may_watch = c->type == XLATE_GROUP_SELECT || c->type == XLATE_GROUP_FF;
	bool does_watch = b->watch_port != XLATE_PORT_NONE || b->watch_group != XLATE_GROUP_ANY;

	if (b->id > XLATE_BUCKET_MAX)
		return refuse(err, n_err, "bucket_id: %u is no bucket; 0..%u is accepted", b->id,
			      XLATE_BUCKET_MAX);
	if (c->type != XLATE_GROUP_SELECT && b->weight)
		return refuse(err, n_err,
			      "weight: %u in a group of type %s; only select groups have weights",
			      b->weight, xlate_group_type_names[c->type]);
	if (does_watch && !may_watch)
		return refuse(err, n_err,
			      "watch_port, watch_group: in a group of type %s; accepted in select "
			      "and ff groups",
			      xlate_group_type_names[c->type]);
	if (c->type == XLATE_GROUP_FF && !does_watch)
		return refuse(err, n_err,
			      "bucket: a bucket of an ff group needs watch_port or watch_group");
	return action_set_check(b->actions, "bucket", err, n_err);
}

static int
ids_check(const struct xlate_group_config *c, char *err, size_t n_err)
{
	struct bucket_ids ids;
	uint32_t id;
	int rc = bucket_ids_make(c, &ids);

	if (rc)
		return rc;
	if (bucket_ids_twice(&ids, &id))
		rc = refuse(err, n_err, "bucket_id: %u is given to two buckets of group %u", id,
			    c->id);
	bucket_ids_free(&ids);
	return rc;
}

static int
selection_check(const struct xlate_group_config *c, char *err, size_t n_err)
{
	if (c->selection >= XLATE_N_SELECTIONS)
		return refuse(err, n_err, "selection_method: hash or dp_hash is accepted");
	if (c->selection && c->type != XLATE_GROUP_SELECT)
		return refuse(err, n_err,
			      "selection_method: %s in a group of type %s; accepted in select "
			      "groups",
			      xlate_selection_names[c->selection], xlate_group_type_names[c->type]);
	if (!c->selection && (c->n_fields || c->selection_param))
		return refuse(err, n_err,
			      "fields, selection_method_param: need selection_method=hash or "
			      "selection_method=dp_hash");
	if (c->n_fields > XLATE_GROUP_FIELDS_MAX)
		return refuse(err, n_err, "fields: %zu are named; up to %d are accepted",
			      c->n_fields, XLATE_GROUP_FIELDS_MAX);
	return 0;
}

int
group_config_check(const struct xlate_group_config *c, char *err, size_t n_err)
{
	int rc;

	if (c->id > XLATE_GROUP_MAX)
		return refuse(err, n_err, "group_id: %u is no group; 0..%u is accepted", c->id,
			      XLATE_GROUP_MAX);
	if (c->type >= XLATE_N_GROUP_TYPES)
		return refuse(err, n_err, "type: all, select, indirect or ff is accepted");
	if (c->type == XLATE_GROUP_INDIRECT && c->n_buckets != 1)
		return refuse(err, n_err,
			      "bucket: an indirect group has one bucket; group %u has %zu", c->id,
			      c->n_buckets);
	if (c->n_buckets > XLATE_BUCKETS_MAX)
		return refuse(err, n_err, "bucket: group %u has %zu; up to %d are accepted", c->id,
			      c->n_buckets, XLATE_BUCKETS_MAX);
	rc = selection_check(c, err, n_err);
	if (!rc)
		rc = ids_check(c, err, n_err);
	for (size_t i = 0; i < c->n_buckets && !rc; i++)
		rc = bucket_check(c, &c->bucket[i], err, n_err);
	return rc;
}

/* Copies the bridge's set when this is the first change. */
static int
change_start(struct group_change *c)
{
	const struct group_set *old = bridge_sets(c->br)->groups;

	if (c->set)
		return 0;
	c->n_alloc = old->n + 1;
	c->set = calloc(1, sizeof *c->set + c->n_alloc * sizeof c->set->group[0]);
	if (!c->set)
		return -ENOMEM;
	c->set->n = old->n;
	if (old->n)
		memcpy(c->set->group, old->group, old->n * sizeof old->group[0]);
	return 0;
}

/* Room for one more group, in the set and among those made. */
static int
change_reserve(struct group_change *c)
{
	struct group **made = realloc(c->made, (c->n_made + 1) * sizeof(struct group *));
	struct group_set *set;

	if (!made)
		return -ENOMEM;
	c->made = made;
	if (c->set->n < c->n_alloc)
		return 0;
	set = realloc(c->set, sizeof *set + c->n_alloc * 2 * sizeof set->group[0]);
	if (!set)
		return -ENOMEM;
	c->set = set;
	c->n_alloc *= 2;
	return 0;
}

/* A search from group to group, each once. */
struct search {
	const struct group_set *set;
	bool *met;    /* of each in the set */
	size_t *todo; /* places in the set: met, and their targets not looked at yet */
	size_t n_todo;
};

static void
search_meet(struct search *s, const struct group *g)
{
	for (size_t i = 0; i < g->n_targets; i++) {
		size_t at = group_set_place(s->set, g->target[i]);

		if (at == s->set->n || s->set->group[at]->config.id != g->target[i] || s->met[at])
			continue;
		s->met[at] = true;
		s->todo[s->n_todo++] = at;
	}
}

static bool
has_target(const struct group *g, uint32_t id)
{
	bool found = false;

	for (size_t i = 0; i < g->n_targets; i++)
		found |= g->target[i] == id;
	return found;
}

/* -ELOOP when 'g', which is not in the set yet, would send to itself. The set has no loop, so one is
 * found from there. O(groups and what they send to). */
static int
loop_check(const struct group_change *c, const struct group *g, char *err, size_t n_err)
{
	struct search s = {.set = c->set};
	bool found = has_target(g, g->config.id);
	int rc = -ENOMEM;

	if (!g->n_targets)
		return 0;
	s.met = calloc(c->set->n + 1, sizeof *s.met);
	s.todo = calloc(c->set->n + 1, sizeof *s.todo);
	if (!s.met || !s.todo)
		goto out;
	search_meet(&s, g);
	while (s.n_todo && !found) {
		const struct group *next = c->set->group[s.todo[--s.n_todo]];

		found = has_target(next, g->config.id);
		search_meet(&s, next);
	}
	rc = 0;
	if (found) {
		refusal_write(err, n_err,
			      "group %u: would send to itself, by its buckets or theirs",
			      g->config.id);
		rc = -ELOOP;
	}
out:
	free(s.met);
	free(s.todo);
	return rc;
}

/* Puts a group made of 'config' into the set, in place of 'old' when there is one. */
static int
change_put(struct group_change *c, struct xlate_group_config *config, const struct group *old,
	   bool keep_counts, uint64_t now_ns, char *err, size_t n_err)
{
	struct group *g;
	int rc = group_config_check(config, err, n_err);
	size_t i;

	if (!rc)
		rc = change_reserve(c);
	if (!rc)
		rc = group_new(config, old, keep_counts, now_ns, ++c->br->group_version, &g);
	if (rc)
		return rc;
	rc = loop_check(c, g, err, n_err);
	if (rc) {
		group_free(g);
		return rc;
	}
	c->made[c->n_made++] = g;
	i = group_set_place(c->set, g->config.id);
	if (!old) {
		memmove(&c->set->group[i + 1], &c->set->group[i],
			(c->set->n - i) * sizeof c->set->group[0]);
		c->set->n++;
	}
	c->set->group[i] = g;
	c->changed = true;
	return 0;
}

static int
apply_put(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns, char *err,
	  size_t n_err)
{
	const struct group *old = group_set_find(c->set, gm->config.id);

	if (old && gm->command == XLATE_GROUP_ADD) {
		refusal_write(err, n_err, "group %u is there already", gm->config.id);
		return -EEXIST;
	}
	if (!old && gm->command == XLATE_GROUP_MODIFY) {
		refusal_write(err, n_err, "there is no group %u", gm->config.id);
		return -ENOENT;
	}
	return change_put(c, &gm->config, old, false, now_ns, err, n_err);
}

static void
apply_delete(struct group_change *c, uint32_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < c->set->n; i++) {
		if (id != XLATE_GROUP_EVERY && c->set->group[i]->config.id != id)
			c->set->group[n++] = c->set->group[i];
	}
	c->changed |= n != c->set->n;
	c->set->n = n;
}

/* Index of the bucket that 'which' names; n_buckets when there is none. */
static size_t
bucket_index(const struct xlate_group_config *c, uint32_t which)
{
	if (which == XLATE_BUCKET_FIRST)
		return 0;
	if (which == XLATE_BUCKET_LAST)
		return c->n_buckets ? c->n_buckets - 1 : 0;
	for (size_t i = 0; i < c->n_buckets; i++) {
		if (c->bucket[i].id == which)
			return i;
	}
	return c->n_buckets;
}

static int
refuse_bucket(const struct xlate_group_mod *gm, char *err, size_t n_err)
{
	refusal_write(err, n_err, "command_bucket_id: group %u has no bucket %u", gm->config.id,
		      gm->command_bucket);
	return -ESRCH;
}

/* -EEXIST when the group has a bucket of those that are to be inserted. */
static int
check_new_ids(const struct xlate_group_config *to, const struct xlate_group_mod *gm, char *err,
	      size_t n_err)
{
	struct bucket_ids ids;
	int rc = bucket_ids_make(to, &ids);

	if (rc)
		return rc;
	for (size_t i = 0; i < gm->config.n_buckets && !rc; i++) {
		uint32_t id = gm->config.bucket[i].id;

		if (id > XLATE_BUCKET_MAX || bucket_ids_find(&ids, id) == SIZE_MAX)
			continue;
		refusal_write(err, n_err, "bucket_id: group %u has a bucket %u already", to->id,
			      id);
		rc = -EEXIST;
	}
	bucket_ids_free(&ids);
	return rc;
}

/* Moves the new buckets into 'to', a copy of the group. */
static int
insert_buckets(struct xlate_group_config *to, struct xlate_group_mod *gm, char *err, size_t n_err)
{
	size_t n = gm->config.n_buckets;
	size_t at = gm->command_bucket == XLATE_BUCKET_FIRST ? 0 : to->n_buckets;
	struct xlate_bucket *all;
	int rc = check_new_ids(to, gm, err, n_err);

	if (rc)
		return rc;
	if (gm->command_bucket <= XLATE_BUCKET_MAX) {
		at = bucket_index(to, gm->command_bucket) + 1;
		if (at > to->n_buckets)
			return refuse_bucket(gm, err, n_err);
	}
	all = realloc(to->bucket, (to->n_buckets + n + 1) * sizeof *all);
	if (!all)
		return -ENOMEM;
	to->bucket = all;
	memmove(all + at + n, all + at, (to->n_buckets - at) * sizeof *all);
	if (n)
		memcpy(all + at, gm->config.bucket, n * sizeof *all);
	to->n_buckets += n;
	gm->config.n_buckets = 0;
	return 0;
}

static int
remove_buckets(struct xlate_group_config *to, const struct xlate_group_mod *gm, char *err,
	       size_t n_err)
{
	size_t i = bucket_index(to, gm->command_bucket);

	if (gm->command_bucket == XLATE_BUCKET_EVERY) {
		group_config_clear(to);
		return 0;
	}
	if (i >= to->n_buckets)
		return gm->command_bucket > XLATE_BUCKET_MAX ? 0 : refuse_bucket(gm, err, n_err);
	xlate_actions_free(to->bucket[i].actions);
	to->n_buckets--;
	memmove(&to->bucket[i], &to->bucket[i + 1], (to->n_buckets - i) * sizeof *to->bucket);
	return 0;
}

/* A new group's worth of buckets: the old ones and the change. */
static int
apply_buckets(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns, char *err,
	      size_t n_err)
{
	const struct group *old = group_set_find(c->set, gm->config.id);
	struct xlate_group_config config;
	int rc;

	if (!old) {
		refusal_write(err, n_err, "there is no group %u", gm->config.id);
		return -ENOENT;
	}
	rc = group_config_copy(&config, &old->config);
	if (rc)
		return rc;
	rc = gm->command == XLATE_GROUP_INSERT_BUCKET ? insert_buckets(&config, gm, err, n_err)
						      : remove_buckets(&config, gm, err, n_err);
	if (!rc)
		rc = change_put(c, &config, old, true, now_ns, err, n_err);
	group_config_clear(&config);
	return rc;
}

int
group_change_apply(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns, char *err,
		   size_t n_err)
{
	int rc = change_start(c);

	if (rc)
		return rc;
	switch (gm->command) {
	case XLATE_GROUP_ADD:
	case XLATE_GROUP_MODIFY:
	case XLATE_GROUP_ADD_OR_MODIFY:
		return apply_put(c, gm, now_ns, err, n_err);
	case XLATE_GROUP_DELETE:
		apply_delete(c, gm->config.id);
		return 0;
	case XLATE_GROUP_INSERT_BUCKET:
	case XLATE_GROUP_REMOVE_BUCKET:
		return apply_buckets(c, gm, now_ns, err, n_err);
	case XLATE_N_GROUP_COMMANDS:
		break;
	}
	return refuse(err, n_err, "group: unknown command %d", (int)gm->command);
}

static void
set_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct group_set, deferred));
}

void
group_change_retire(struct group_change *c, struct group_set *old)
{
	for (size_t i = 0; i < old->n; i++) {
		if (group_set_find(c->set, old->group[i]->config.id) != old->group[i])
			group_free_deferred(old->group[i]);
	}
	for (size_t i = 0; i < c->n_made; i++) {
		if (group_set_find(c->set, c->made[i]->config.id) != c->made[i])
			group_free(c->made[i]);
	}
	rcu_defer(&old->deferred, set_free);
	free(c->made);
}

void
group_change_abort(struct group_change *c)
{
	for (size_t i = 0; i < c->n_made; i++)
		group_free(c->made[i]);
	free(c->made);
	free(c->set);
}
