/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in translation. */
#include "translate/group_run.h"

#include "bridge/group_select.h"
#include "run/group_live.h"
#include "run/run_field.h"
#include "run/run_state.h"
#include "run/trace_lines.h"
#include "translate/execute.h"

#include <errno.h>
#include <stdlib.h>

static void
run_bucket(struct run *run, const struct group *g, size_t i)
{
	const struct xlate_actions *actions = g->config.bucket[i].actions;
	bool outer = run->at.in_group, lends_set = run->at.lends_set, is_copy = run->at.is_copy;
	const struct left *left = run->at.left;
	struct run_state state;

	if (!run_steps(run, 1))
		return;
	trace_bucket(run, g->config.bucket[i].id);
	run_record_group(run, &(struct record_group){.count = g->bucket[i],
						     .id = g->config.id,
						     .version = group_version(g)});
	if (run->end.stop)
		return;
	run_save(run, &state);
	run->at.left = NULL;
	run->at.lends_set = true;
	run->at.is_copy = true;
	run->at.in_group = true;
	run_set(run, actions->a, actions->n);
	run->at.in_group = outer;
	run->at.lends_set = lends_set;
	run->at.is_copy = is_copy;
	run->at.left = left;
	run_restore(run, &state);
}

static void
run_first_live(struct run *run, const struct group *g)
{
	for (size_t i = 0; i < g->config.n_buckets && !run->end.stop; i++) {
		if (run_bucket_live(run, &g->config.bucket[i], 0)) {
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
		run->end.error = -ENOMEM;
		run->end.stop = true;
		return;
	}
	for (i = 0; i < g->config.n_buckets && !run->end.stop; i++) {
		live[i] =
			g->config.bucket[i].weight && run_bucket_live(run, &g->config.bucket[i], 0);
		n_live += live[i];
	}
	if (n_live > 1)
		hash = group_hash(&g->config, &looker);
	i = group_choose(&g->config, hash, live);
	free(live);
	if (run->end.stop)
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
		for (size_t i = 0; i < g->config.n_buckets && !run->end.stop; i++)
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
		.count = g ? g->count : NULL, .id = id, .version = group_version(g)};

	run_record_group(run, &entry);
	if (run->end.stop)
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
