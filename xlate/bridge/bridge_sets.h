/* SPDX-License-Identifier: Apache-2.0 */
/* The groups and meters of a bridge, by version of its tables.
 *
 * Thread safety: reads: any RCU thread. */
#pragma once

#include "classifier/id_map.h"

#include <base/rcu.h>

#include <stdint.h>

struct xlate_bridge;

/* The groups and meters that belong to the flow tables from version 'since' on. Immutable. Entries
 * that did not change are shared with the next set. */
struct bridge_sets {
	uint64_t since; /* a version of the tables */
	/* The set for older versions. Valid for readers of such a version, since they began before
	 * this set was published; for others it may have been freed. */
	const struct bridge_sets *before;
	struct id_map groups, meters;
	struct rcu_deferred deferred;
};

/* Returns the latest set. */
const struct bridge_sets *bridge_sets(const struct xlate_bridge *br);

/* Returns the set that belongs to 'version', which tables_version() returned in this RCU
 * read-side section. */
const struct bridge_sets *bridge_sets_at(const struct xlate_bridge *br, uint64_t version);

/* Frees the groups and meters of one version. */
void bridge_sets_free(struct bridge_sets *sets);
