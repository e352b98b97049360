/* SPDX-License-Identifier: Apache-2.0 */
/* The groups and meters of a bridge, by version of its tables.
 *
 * Thread safety: reading: any RCU thread. */
#pragma once

#include "classifier/id_map.h"

#include <base/rcu.h>

#include <stdint.h>

struct xlate_bridge;

/* The groups and meters that go with the flow tables from a version on. Immutable; what does not change
 * is shared with successors. */
struct bridge_sets {
	uint64_t since; /* a version of the tables */
	/* What goes with the tables before that. A reader that looks at an older version began before
	 * this was published, so 'before' is still valid for it; for others it may be gone. */
	const struct bridge_sets *before;
	struct id_map groups, meters;
	struct rcu_deferred deferred;
};

/* The latest. */
const struct bridge_sets *bridge_sets(const struct xlate_bridge *br);

/* Those that go with a version that tables_version() gave in this RCU read-side section. */
const struct bridge_sets *bridge_sets_at(const struct xlate_bridge *br, uint64_t version);

/* Frees the groups and meters of one version. */
void bridge_sets_free(struct bridge_sets *sets);
