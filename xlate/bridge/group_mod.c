/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of groups, all or none: a copy of the maps is changed, and published as a whole. */
#include "bridge/group_mod.h"

#include "action/refuse.h"
#include "bridge/bridge.h"
#include "bridge/bucket_ids.h"
#include "bridge/group_watch.h"
#include "bridge/version.h"

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
		return refuse(err, n_err, "bucket_id: %u is out of range; expected 0..%u", b->id,
			      XLATE_BUCKET_MAX);
	if (c->type != XLATE_GROUP_SELECT && b->weight)
		return refuse(err, n_err,
			      "weight: %u in a group of type %s; only select groups have weights",
			      b->weight, xlate_group_type_names[c->type]);
	if (does_watch && !may_watch) {
		refuse_explain(err, n_err,
			       "watch_port, watch_group: not accepted in a group of type %s, only "
			       "in select and ff groups",
			       xlate_group_type_names[c->type]);
		return -EOPNOTSUPP;
	}
	if (c->type == XLATE_GROUP_FF && !does_watch)
		return refuse(err, n_err,
			      "bucket: a bucket of an ff group requires watch_port or watch_group");
	return xlate_action_set_check(b->actions, "bucket", err, n_err);
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
		return refuse(err, n_err, "selection_method: expected hash or dp_hash");
	if (c->selection && c->type != XLATE_GROUP_SELECT)
		return refuse(err, n_err,
			      "selection_method: %s is not accepted in a group of type %s, only in "
			      "select groups",
			      xlate_selection_names[c->selection], xlate_group_type_names[c->type]);
	if (!c->selection && (c->n_fields || c->selection_param))
		return refuse(err, n_err,
			      "fields, selection_method_param: require selection_method=hash or "
			      "selection_method=dp_hash");
	if (c->n_fields > XLATE_GROUP_FIELDS_MAX)
		return refuse(err, n_err, "fields: %zu are given; expected at most %d", c->n_fields,
			      XLATE_GROUP_FIELDS_MAX);
	return 0;
}

int
group_config_check(const struct xlate_group_config *c, char *err, size_t n_err)
{
	int rc;

	if (c->id > XLATE_GROUP_MAX)
		return refuse(err, n_err, "group_id: %u is not a group; expected 0..%u", c->id,
			      XLATE_GROUP_MAX);
	if (c->type >= XLATE_N_GROUP_TYPES)
		return refuse(err, n_err, "type: expected all, select, indirect or ff");
	if (c->type == XLATE_GROUP_INDIRECT && c->n_buckets != 1)
		return refuse(err, n_err,
			      "bucket: an indirect group must have one bucket; group %u has %zu",
			      c->id, c->n_buckets);
	if (c->n_buckets > XLATE_BUCKETS_MAX)
		return refuse(err, n_err, "bucket: group %u has %zu; expected at most %d", c->id,
			      c->n_buckets, XLATE_BUCKETS_MAX);
	rc = selection_check(c, err, n_err);
	if (!rc)
		rc = ids_check(c, err, n_err);
	for (size_t i = 0; i < c->n_buckets && !rc; i++)
		rc = bucket_check(c, &c->bucket[i], err, n_err);
	return rc;
}

/* Copies the bridge's groups before the first change. */
static void
change_start(struct group_change *c)
{
	if (c->started)
		return;
	id_map_copy(&c->groups, &bridge_sets(c->br)->groups);
	id_map_copy(&c->targets, &c->br->group_targets);
	id_map_copy(&c->watches, &c->br->group_watches);
	c->started = true;
}

/* Number of groups that send to the group with this id, which need not exist. */
struct target {
	struct id_entry entry;
	unsigned int n;
};

static void
target_free(struct id_entry *e)
{
	free(caa_container_of(e, struct target, entry));
}

static unsigned int
target_count(const struct group_change *c, uint32_t id)
{
	const struct id_entry *e = id_map_find(&c->targets, id);

	return e ? caa_container_of(e, struct target, entry)->n : 0;
}

static int
target_count_set(struct group_change *c, uint32_t id, unsigned int n)
{
	struct target *t;
	int rc;

	if (!n)
		return id_map_remove(&c->targets, id);
	t = malloc(sizeof *t);
	if (!t)
		return -ENOMEM;
	id_entry_init(&t->entry, id, target_free);
	t->n = n;
	rc = id_map_put(&c->targets, &t->entry);
	id_entry_unref(&t->entry);
	return rc;
}

/* Adds 'more' (1 or -1) to the count of each target of a group (may be NULL). */
static int
targets_count(struct group_change *c, const struct group *g, int more)
{
	int rc = 0;

	for (size_t i = 0; g && i < g->n_targets && !rc; i++)
		rc = target_count_set(c, g->target[i],
				      target_count(c, g->target[i]) + (unsigned int)more);
	return rc;
}

/* A search from group to group, each once. */
struct search {
	const struct id_map *groups;
	uint64_t number;
	const struct group **todo; /* groups reached whose targets have not been followed yet */
	size_t n_todo, n_alloc;
};

static int
search_meet(struct search *s, const struct group *g)
{
	if (s->n_todo + g->n_targets > s->n_alloc) {
		size_t n = 2 * (s->n_todo + g->n_targets);
		const struct group **more = realloc(s->todo, n * sizeof(struct group *));

		if (!more)
			return -ENOMEM;
		s->todo = more;
		s->n_alloc = n;
	}
	for (size_t i = 0; i < g->n_targets; i++) {
		struct group *target = groups_find(s->groups, g->target[i]);

		if (!target || target->search == s->number)
			continue;
		target->search = s->number;
		s->todo[s->n_todo++] = target;
	}
	return 0;
}

static bool
has_target(const struct group *g, uint32_t id)
{
	size_t lo = 0, hi = g->n_targets;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (g->target[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < g->n_targets && g->target[lo] == id;
}

/* Returns -ELOOP if 'g', which is not among the groups yet, would send to itself. The other groups
 * have no loop, so a search from 'g' finds any; it is skipped if no group sends to 'g'. */
static int
loop_check(struct group_change *c, const struct group *g, char *err, size_t n_err)
{
	struct search s = {.groups = &c->groups, .number = ++c->br->n_group_searches};
	bool found = has_target(g, g->config.id);
	int rc = 0;

	if (!found && (!g->n_targets || !target_count(c, g->config.id)))
		return 0;
	rc = search_meet(&s, g);
	while (s.n_todo && !found && !rc) {
		const struct group *next = s.todo[--s.n_todo];

		found = has_target(next, g->config.id);
		rc = search_meet(&s, next);
	}
	free(s.todo);
	if (rc || !found)
		return rc;
	refuse_explain(err, n_err,
		       "group %u: would refer to itself, directly or through other groups",
		       g->config.id);
	return -ELOOP;
}

static void
mark_changed(struct group_change *c, uint32_t id)
{
	c->buckets |= UINT64_C(1) << group_bucket(id);
}

/* Adds a group made of 'config', in place of 'old' (may be NULL). */
static int
change_put(struct group_change *c, struct xlate_group_config *config, const struct group *old,
	   bool keep_counts, uint64_t now_ns, char *err, size_t n_err)
{
	struct group *g;
	const struct xlate_config *xc = &c->br->x->config;
	int rc = group_config_check(config, err, n_err);

	if (!rc && xc->group_fits)
		rc = xc->group_fits(config, err, n_err);
	if (!rc)
		rc = group_new(config, old, keep_counts, now_ns, ++c->br->group_version, &g);
	if (rc)
		return rc;
	rc = loop_check(c, g, err, n_err);
	if (!rc)
		rc = targets_count(c, old, -1);
	if (!rc)
		rc = targets_count(c, g, 1);
	if (!rc)
		rc = group_watches_replace(&c->watches, old, g);
	if (!rc)
		rc = id_map_put(&c->groups, &g->entry);
	if (!rc)
		mark_changed(c, g->config.id);
	id_entry_unref(&g->entry);
	return rc;
}

static int
apply_put(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns, char *err,
	  size_t n_err)
{
	const struct group *old = groups_find(&c->groups, gm->config.id);

	if (old && gm->command == XLATE_GROUP_ADD) {
		refuse_explain(err, n_err, "group %u exists already", gm->config.id);
		return -EEXIST;
	}
	if (!old && gm->command == XLATE_GROUP_MODIFY) {
		refuse_explain(err, n_err, "group %u does not exist", gm->config.id);
		return -ENOENT;
	}
	if (!old && c->groups.n >= c->br->x->config.groups_max) {
		refuse_explain(err, n_err,
			       "group %u: the bridge has %zu groups, the most it can have",
			       gm->config.id, c->groups.n);
		return -ENOSPC;
	}
	return change_put(c, &gm->config, old, false, now_ns, err, n_err);
}

static int
apply_delete(struct group_change *c, uint32_t id)
{
	const struct group *old = groups_find(&c->groups, id);
	int rc = 0;

	if (id == XLATE_GROUP_EVERY) {
		if (c->groups.n)
			c->buckets = UINT64_MAX;
		id_map_free(&c->groups);
		id_map_free(&c->targets);
		id_map_free(&c->watches);
	} else if (old) {
		mark_changed(c, id);
		rc = targets_count(c, old, -1);
		if (!rc)
			rc = group_watches_replace(&c->watches, old, NULL);
		if (!rc)
			rc = id_map_remove(&c->groups, id);
	}
	return rc;
}

/* Returns the index of the bucket that 'which' names, or n_buckets if there is none. */
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
	refuse_explain(err, n_err, "command_bucket_id: group %u has no bucket %u", gm->config.id,
		       gm->command_bucket);
	return -ESRCH;
}

/* Returns -EEXIST if the group has a bucket with the id of one to be inserted. */
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
		refuse_explain(err, n_err, "bucket_id: group %u has a bucket %u already", to->id,
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

/* Replaces a group by one with its buckets changed. */
static int
apply_buckets(struct group_change *c, struct xlate_group_mod *gm, uint64_t now_ns, char *err,
	      size_t n_err)
{
	const struct group *old = groups_find(&c->groups, gm->config.id);
	struct xlate_group_config config;
	int rc;

	if (!old) {
		refuse_explain(err, n_err, "group %u does not exist", gm->config.id);
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
	change_start(c);
	switch (gm->command) {
	case XLATE_GROUP_ADD:
	case XLATE_GROUP_MODIFY:
	case XLATE_GROUP_ADD_OR_MODIFY:
		return apply_put(c, gm, now_ns, err, n_err);
	case XLATE_GROUP_DELETE:
		return apply_delete(c, gm->config.id);
	case XLATE_GROUP_INSERT_BUCKET:
	case XLATE_GROUP_REMOVE_BUCKET:
		return apply_buckets(c, gm, now_ns, err, n_err);
	case XLATE_N_GROUP_COMMANDS:
		break;
	}
	return refuse(err, n_err, "group: unknown command %d", (int)gm->command);
}

void
group_change_commit(struct group_change *c)
{
	if (!c->started)
		return;
	id_map_free(&c->br->group_targets);
	c->br->group_targets = c->targets;
	id_map_free(&c->br->group_watches);
	c->br->group_watches = c->watches;
	bridge_groups_changed(c->br, c->buckets);
}

void
group_change_abort(struct group_change *c)
{
	id_map_free(&c->groups);
	id_map_free(&c->targets);
	id_map_free(&c->watches);
}
