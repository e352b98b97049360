/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in translation. */
#include "group_select.h"
#include "port.h"
#include "run.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>

void
run_save(const struct run *run, struct run_state *state)
{
	state->key = run->key;
	state->written = run->written;
	state->tags = run->tags;
	state->labels = run->labels;
	state->table = run->table;
	state->next_table = run->next_table;
	state->queue = run->queue;
	state->tracked = run->tracked;
	state->remarked = run->remarked;
}

void
run_restore(struct run *run, const struct run_state *state)
{
	run->key = state->key;
	run->written = state->written;
	tags_restore(run, &state->tags);
	run->labels = state->labels;
	run->table = state->table;
	run->next_table = state->next_table;
	run->queue = state->queue;
	run->tracked = state->tracked;
	run->stop = run->failed || run->error;
	run->exit = false;
	if (run->remarked && !state->remarked)
		flow_field_mask_exact(&flow_fields[FLOW_FIELD_NW_TOS], &run->committed);
}

static void
remember(struct run *run, const struct record_group *entry)
{
	if (record_add_group(&run->record, entry)) {
		run->error = -ENOMEM;
		run->stop = true;
	}
}

/* The version is read before anything that it stands for. */
static uint64_t
version_of(const struct group *g)
{
	return g ? atomic_load_explicit(&g->version, memory_order_acquire) : 0;
}

const struct group *
run_see_group(struct run *run, uint32_t id)
{
	const struct group *g = groups_find(run->groups, id);

	remember(run, &(struct record_group){.id = id, .version = version_of(g)});
	return g;
}

static bool bucket_live(struct run *run, const struct xlate_bucket *b, unsigned int depth);

static bool
group_live(struct run *run, uint32_t id, unsigned int depth)
{
	const struct group *g = run_see_group(run, id);

	for (size_t i = 0; g && i < g->config.n_buckets && !run->stop; i++) {
		if (bucket_live(run, &g->config.bucket[i], depth))
			return true;
	}
	return false;
}

static bool
port_live(const struct run *run, uint16_t ofp_port)
{
	const struct port *port = port_set_find(run->ports, ofp_port);

	return port && port_is_live(port);
}

static bool
bucket_live(struct run *run, const struct xlate_bucket *b, unsigned int depth)
{
	if (depth >= XLATE_DEPTH_MAX) {
		run_fail(run, FLOW_DROP_TOO_DEEP);
		return false;
	}
	if (!run_steps(run, 1))
		return false;
	if (b->watch_port == XLATE_PORT_NONE && b->watch_group == XLATE_GROUP_ANY)
		return true;
	if (b->watch_port != XLATE_PORT_NONE && port_live(run, b->watch_port))
		return true;
	return b->watch_group != XLATE_GROUP_ANY && group_live(run, b->watch_group, depth + 1);
}

/* The version is read before the state. */
bool
run_port_live(struct run *run, uint16_t ofp_port)
{
	if (!run->record.held.live_version)
		run->record.held.live_version = bridge_live_version(run->br);
	return port_live(run, ofp_port);
}

static void
run_bucket(struct run *run, const struct group *g, size_t i)
{
	const struct xlate_actions *actions = g->config.bucket[i].actions;
	bool outer = run->in_group, lends_set = run->lends_set;
	const struct left *left = run->left;
	struct run_state state;

	if (!run_steps(run, 1))
		return;
	trace_bucket(run, g->config.bucket[i].id);
	remember(run, &(struct record_group){
			      .count = g->bucket[i], .id = g->config.id, .version = version_of(g)});
	if (run->stop)
		return;
	run_save(run, &state);
	run->left = NULL;
	run->lends_set = true;
	run->in_group = true;
	run_set(run, actions->a, actions->n);
	run->in_group = outer;
	run->lends_set = lends_set;
	run->left = left;
	run_restore(run, &state);
}

static void
run_first_live(struct run *run, const struct group *g)
{
	for (size_t i = 0; i < g->config.n_buckets && !run->stop; i++) {
		if (bucket_live(run, &g->config.bucket[i], 0)) {
			run_bucket(run, g, i);
			return;
		}
	}
	run_note(run, "no live bucket");
}

static void
run_select(struct run *run, const struct group *g)
{
	struct packet_looker looker = run_looker(run);
	bool *live = calloc(g->config.n_buckets + 1, sizeof *live);
	unsigned int n_live = 0;
	uint64_t hash = 0;
	size_t i;

	if (!live) {
		run->error = -ENOMEM;
		run->stop = true;
		return;
	}
	for (i = 0; i < g->config.n_buckets && !run->stop; i++) {
		live[i] = g->config.bucket[i].weight && bucket_live(run, &g->config.bucket[i], 0);
		n_live += live[i];
	}
	if (n_live > 1)
		hash = group_hash(&g->config, &looker);
	i = group_choose(&g->config, hash, live);
	free(live);
	if (run->stop)
		return;
	if (i < g->config.n_buckets)
		run_bucket(run, g, i);
	else
		run_note(run, "no live bucket");
}

static void
run_type(struct run *run, const struct group *g)
{
	switch (g->config.type) {
	case XLATE_GROUP_ALL:
	case XLATE_GROUP_INDIRECT:
		for (size_t i = 0; i < g->config.n_buckets && !run->stop; i++)
			run_bucket(run, g, i);
		break;
	case XLATE_GROUP_SELECT:
		run_select(run, g);
		break;
	case XLATE_GROUP_FF:
		run_first_live(run, g);
		break;
	case XLATE_N_GROUP_TYPES:
		break;
	}
}

void
run_group(struct run *run, uint32_t id)
{
	const struct group *g = groups_find(run->groups, id);
	struct record_group entry = {
		.count = g ? g->count : NULL, .id = id, .version = version_of(g)};

	remember(run, &entry);
	if (run->stop)
		return;
	if (!g) {
		run_note(run, "group %u does not exist", id);
		return;
	}
	if (!run_enter(run))
		return;
	run_type(run, g);
	run_leave(run);
}
