/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors of a bridge, as configured.
 *
 * Thread safety: the control thread. */
#pragma once

#include <base/rcu.h>
#include <xlate/mirror.h>

struct rule_count;

/* Freed after a grace period. */
struct mirror {
	struct xlate_mirror config; /* strings and lists are owned */
	struct rule_count *count;
	struct rcu_deferred deferred;
};

/* Frees the mirrors of a bridge. Requires that no reader remains. */
void mirrors_destroy(struct xlate_bridge *br);
