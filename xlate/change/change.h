/* SPDX-License-Identifier: Apache-2.0 */
/* Room: change/ has changes of a bridge that take effect at once: flows, groups, meters, and rules that were learned.
 * What a single table, group or meter does on a change is below; nothing here looks at packets.
 *
 * A change of a bridge under way.
 *
 * Flows that come and go are in their tables at once, at a version that no translation looks at yet.
 * Groups and meters are copies of the bridge's sets, made when the first of them changes.
 *
 * Thread safety: control. */
#pragma once

#include "bridge/bridge.h"
#include "bridge/group_mod.h"
#include "table/rule_change.h"

#include <xlate/change.h>

struct xlate_change {
	struct xlate *x;
	struct xlate_bridge *br;
	struct change flows;
	struct group_change groups;
	struct meter_change meters;
	struct bridge_sets *sets; /* to be published; NULL until something is in them */
	uint64_t now_ns;
	struct xlate_changed done;
	/* The member's, during its call. */
	char *err;
	size_t n_err;
};
