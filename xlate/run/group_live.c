/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and ports that a translation depends on, and whether they are live. */
#include "run/group_live.h"

#include "bridge/port.h"
#include "bridge/version.h"

#include <errno.h>

void
run_record_group(struct run *run, const struct record_group *entry)
{
	if (record_add_group(run->record, entry)) {
		run->end.error = -ENOMEM;
		run->end.stop = true;
	}
}

uint64_t
group_version(const struct group *g)
{
	return g ? atomic_load_explicit(&g->version, memory_order_acquire) : 0;
}

const struct group *
run_see_group(struct run *run, uint32_t id)
{
	const struct group *g = groups_find(run->groups, id);

	run_record_group(run, &(struct record_group){.id = id, .version = group_version(g)});
	return g;
}

static bool
group_live(struct run *run, uint32_t id, unsigned int depth)
{
	const struct group *g = run_see_group(run, id);

	for (size_t i = 0; g && i < g->config.n_buckets && !run->end.stop; i++) {
		if (run_bucket_live(run, &g->config.bucket[i], depth))
			return true;
	}
	return false;
}

static bool
port_live(const struct run *run, uint16_t ofp_port)
{
	const struct port *port = port_set_find(run->ports, xlate_ofp_port(ofp_port));

	return port && port_is_live(port);
}

bool
run_bucket_live(struct run *run, const struct xlate_bucket *b, unsigned int depth)
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

/* Reads the version before the state. */
bool
run_port_live(struct run *run, uint16_t ofp_port)
{
	if (!run->record->held.live_version)
		run->record->held.live_version = bridge_live_version(run->br);
	return port_live(run, ofp_port);
}
