/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bridge_sets.h"

#include "bridge/bridge.h"

#include <stdlib.h>

void
bridge_sets_free(struct bridge_sets *sets)
{
	if (!sets)
		return;
	id_map_free(&sets->groups);
	id_map_free(&sets->meters);
	free(sets);
}

const struct bridge_sets *
bridge_sets(const struct xlate_bridge *br)
{
	return rcu_read(&br->sets);
}

const struct bridge_sets *
bridge_sets_at(const struct xlate_bridge *br, uint64_t version)
{
	const struct bridge_sets *sets = rcu_read(&br->sets);

	while (sets->since > version)
		sets = sets->before;
	return sets;
}
