/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/group.h"

#include "action/action_looks.h"
#include "action/action_walk.h"
#include "bridge/bridge.h"
#include "bridge/bucket_ids.h"
#include "bridge/group_watch.h"
#include "bridge/port.h"
#include "bridge/tunnel_device.h"
#include "bridge/version.h"

#include <errno.h>
#include <stdlib.h>

const char *const xlate_group_type_names[XLATE_N_GROUP_TYPES] = {
	[XLATE_GROUP_ALL] = "all",
	[XLATE_GROUP_SELECT] = "select",
	[XLATE_GROUP_INDIRECT] = "indirect",
	[XLATE_GROUP_FF] = "ff",
};

const char *const xlate_selection_names[XLATE_N_SELECTIONS] = {
	[XLATE_SELECT_DEFAULT] = "",
	[XLATE_SELECT_HASH] = "hash",
	[XLATE_SELECT_DP_HASH] = "dp_hash",
};

static struct group *
from_entry(struct id_entry *e)
{
	return e ? caa_container_of(e, struct group, entry) : NULL;
}

struct group *
groups_find(const struct id_map *groups, uint32_t id)
{
	return from_entry(id_map_find(groups, id));
}

struct group *
groups_next(const struct id_map *groups, uint32_t from)
{
	return from_entry(id_map_next(groups, from));
}

unsigned int
group_bucket(uint32_t id)
{
	return id % GROUP_BUCKETS;
}

void
group_config_clear(struct xlate_group_config *c)
{
	for (size_t i = 0; i < c->n_buckets; i++)
		xlate_actions_free(c->bucket[i].actions);
	free(c->bucket);
	c->bucket = NULL;
	c->n_buckets = 0;
}

int
group_config_copy(struct xlate_group_config *to, const struct xlate_group_config *from)
{
	*to = *from;
	to->n_buckets = 0;
	to->bucket = calloc(from->n_buckets ? from->n_buckets : 1, sizeof *to->bucket);
	if (!to->bucket)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_buckets; i++) {
		to->bucket[i] = from->bucket[i];
		to->bucket[i].actions = xlate_actions_copy(from->bucket[i].actions);
		if (!to->bucket[i].actions) {
			group_config_clear(to);
			return -ENOMEM;
		}
		to->n_buckets++;
	}
	return 0;
}

/* Sets the counters of the buckets of 'config': those of the buckets of 'old' (may be NULL) with
 * the same id, or new ones. */
static int
find_counts(struct group *g, const struct xlate_group_config *config, const struct group *old)
{
	static const struct xlate_group_config none;
	struct bucket_ids ids;

	if (bucket_ids_make(old ? &old->config : &none, &ids))
		return -ENOMEM;
	for (size_t i = 0; i < config->n_buckets; i++) {
		size_t at = bucket_ids_find(&ids, config->bucket[i].id);

		g->bucket[i] =
			old && at != SIZE_MAX ? rule_count_ref(old->bucket[at]) : rule_count_new();
		if (!g->bucket[i])
			break;
		g->config.n_buckets = i + 1;
	}
	bucket_ids_free(&ids);
	return g->config.n_buckets == config->n_buckets ? 0 : -ENOMEM;
}

static int
count_target(uint32_t id, void *aux)
{
	struct group *g = aux;

	(void)id;
	g->n_targets++;
	return 0;
}

static int
add_target(uint32_t id, void *aux)
{
	struct group *g = aux;

	g->target[g->n_targets++] = id;
	return 0;
}

static int
by_id(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

static void
each_target(struct group *g, const struct xlate_group_config *c, int (*cb)(uint32_t id, void *aux))
{
	g->n_targets = 0;
	for (size_t i = 0; i < c->n_buckets; i++)
		actions_each_group(c->bucket[i].actions, cb, g);
}

static int
find_targets(struct group *g, const struct xlate_group_config *c)
{
	size_t n = 0;

	each_target(g, c, count_target);
	if (!g->n_targets)
		return 0;
	g->target = malloc(g->n_targets * sizeof *g->target);
	if (!g->target)
		return -ENOMEM;
	each_target(g, c, add_target);
	qsort(g->target, g->n_targets, sizeof *g->target, by_id);
	for (size_t i = 0; i < g->n_targets; i++) {
		if (!i || g->target[i] != g->target[n - 1])
			g->target[n++] = g->target[i];
	}
	g->n_targets = n;
	return 0;
}

static void
group_free(struct group *g)
{
	for (size_t i = 0; i < g->config.n_buckets; i++)
		rule_count_unref(g->bucket[i]);
	group_config_clear(&g->config);
	free(g->bucket);
	free(g->target);
	rule_count_unref(g->count);
	free(g);
}

static void
group_free_entry(struct id_entry *e)
{
	group_free(from_entry(e));
}

/* Returns LOOKS_* of action_looks.h for the actions of the buckets, without those of groups they
 * send to. */
static unsigned int
group_config_looks(const struct xlate_group_config *c)
{
	unsigned int looks = c->type == XLATE_GROUP_SELECT ? LOOKS_BELOW : 0;

	for (size_t i = 0; i < c->n_buckets; i++) {
		const struct xlate_actions *actions = c->bucket[i].actions;

		for (size_t j = 0; j < actions->n; j++)
			looks |= action_looks(&actions->a[j]);
	}
	return looks;
}

int
group_new(struct xlate_group_config *config, const struct group *old, bool keep_counts,
	  uint64_t now_ns, uint64_t version, struct group **out)
{
	const struct group *counted = keep_counts ? old : NULL;
	struct group *g = calloc(1, sizeof *g);

	if (!g)
		return -ENOMEM;
	g->count = counted ? rule_count_ref(counted->count) : rule_count_new();
	g->bucket = calloc(config->n_buckets + 1, sizeof *g->bucket);
	if (!g->count || !g->bucket || find_targets(g, config))
		goto no_memory;
	if (find_counts(g, config, counted))
		goto no_memory;
	g->config = *config;
	id_entry_init(&g->entry, config->id, group_free_entry);
	config->bucket = NULL;
	config->n_buckets = 0;
	g->looks = group_config_looks(&g->config);
	g->created_ns = old ? old->created_ns : now_ns;
	atomic_init(&g->version, version);
	*out = g;
	return 0;

no_memory:
	for (size_t i = 0; i < g->config.n_buckets; i++)
		rule_count_unref(g->bucket[i]);
	g->config.n_buckets = 0;
	group_free(g);
	return -ENOMEM;
}

/* Gives new versions to the groups that watch an OpenFlow port. Versions of buckets grow after those
 * of the groups, so a reader that sees the former sees the latter. Cost: O(number of these groups). */
static void
groups_port_changed(struct xlate_bridge *br, uint16_t ofp_port)
{
	const struct id_map *groups = group_watches_find(&br->group_watches, ofp_port);
	struct group *g = groups ? groups_next(groups, 0) : NULL;
	uint64_t buckets = 0;

	for (; g; g = groups_next(groups, g->config.id + 1)) {
		atomic_store_explicit(&g->version, ++br->group_version, memory_order_release);
		buckets |= UINT64_C(1) << group_bucket(g->config.id);
	}
	bridge_groups_changed(br, buckets);
}

static void
live_set(struct xlate *x, struct port *port, bool live)
{
	if (atomic_load(&port->down) == !live)
		return;
	atomic_store(&port->down, !live);
	atomic_fetch_add_explicit(&port->br->live_version, 1, memory_order_release);
	groups_port_changed(port->br, port->config.ofp_port);
	xlate_entries_changed(x);
}

static void
tunnels_live_set(struct xlate *x, uint32_t dp_port, bool live)
{
	struct tunnel_device *d = tunnel_device_find(&x->tunnel_devices, dp_port);
	struct port *port;

	if (!d || d->down == !live)
		return;
	d->down = !live;
	cds_list_for_each_entry (port, &d->ports, device_link)
		live_set(x, port, live);
}

void
xlate_port_live_set(struct xlate *x, uint32_t dp_port, bool live)
{
	struct port *port = port_find_dp(x, dp_port);

	if (port)
		live_set(x, port, live);
	else
		tunnels_live_set(x, dp_port, live);
}

static unsigned int
count_refs(const struct xlate_bridge *br, uint32_t id)
{
	const struct rule_key key = {.kind = RULE_SENDS_TO, .id = id};

	return rule_index_count(tables_index(br->tables), &key);
}

static struct xlate_group_count
count_of(const struct rule_count *c)
{
	struct flow_stats s = rule_count_read(c);

	return (struct xlate_group_count){.packets = s.packets, .bytes = s.bytes};
}

static int
show(const struct group *g, unsigned int n_refs,
     int (*cb)(const struct xlate_group_view *group, void *aux), void *aux)
{
	struct xlate_group_count *bucket = calloc(g->config.n_buckets + 1, sizeof *bucket);
	struct xlate_group_view view = {
		.config = &g->config,
		.created_ns = g->created_ns,
		.n_refs = n_refs,
		.count = count_of(g->count),
		.bucket = bucket,
	};
	int rc;

	if (!bucket)
		return -ENOMEM;
	for (size_t i = 0; i < g->config.n_buckets; i++)
		bucket[i] = count_of(g->bucket[i]);
	rc = cb(&view, aux);
	free(bucket);
	return rc;
}

int
xlate_group_step(const struct xlate_bridge *br, uint32_t *next, uint32_t last, unsigned int n_max,
		 int (*cb)(const struct xlate_group_view *group, void *aux), void *aux)
{
	const struct id_map *groups = &bridge_sets(br)->groups;
	const struct group *g = groups_next(groups, *next);
	bool stop = false;
	int rc = 0;

	for (; g && g->config.id <= last && n_max-- && !stop; g = groups_next(groups, *next)) {
		*next = g->config.id + 1;
		rc = show(g, count_refs(br, g->config.id), cb, aux);
		stop = rc != 0;
	}
	if (rc == -ENOMEM)
		return rc;
	return g && g->config.id <= last;
}

int
xlate_group_each(const struct xlate_bridge *br, uint32_t id,
		 int (*cb)(const struct xlate_group_view *group, void *aux), void *aux)
{
	const struct id_map *groups = &bridge_sets(br)->groups;
	const struct group *g =
		id == XLATE_GROUP_EVERY ? groups_next(groups, 0) : groups_find(groups, id);
	int rc = 0;

	for (; g && !rc; g = id == XLATE_GROUP_EVERY ? groups_next(groups, g->config.id + 1) : NULL)
		rc = show(g, count_refs(br, g->config.id), cb, aux);
	return rc;
}
