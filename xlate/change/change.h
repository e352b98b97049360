/* SPDX-License-Identifier: Apache-2.0 */
/* Room: change/ has changes of a bridge that take effect at once: flows, groups, meters, and
 * learned rules. Changes within a single table, group or meter are below. Nothing here looks at
 * packets.
 *
 * A change of a bridge in progress.
 *
 * Added and removed flows are in their tables at once, at a version that no translation uses yet.
 * Groups and meters are copies of the bridge's sets, made when the first of them changes.
 *
 * Thread safety: the control thread. */
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
	struct bridge_sets *sets; /* to be published; NULL if only flows change */
	uint64_t now_ns;
	struct xlate_changed done;
	/* The caller's buffer, during a call for one member. */
	char *err;
	size_t n_err;
};
