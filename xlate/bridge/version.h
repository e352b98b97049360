/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the state that translations depend on. A record keeps the versions it was made from
 * and is stale once one has changed. Versions of rules are in their tables (table.h), those of MAC
 * entries in mac.h.
 *
 * Thread safety: reads: any thread. Others: the control thread, unless stated. */
#pragma once

#include "bridge/group.h"

#include <stdint.h>

struct xlate;
struct xlate_bridge;

/* Report a change; called after it. Both raise xlate_version() and call the function of
 * xlate_changed_set(). xlate_changed() makes all megaflows stale. After xlate_entries_changed(),
 * the versions of tables, buckets and bridges show which rules, MACs, groups and ports have
 * changed (sieve.c). */
void xlate_entries_changed(struct xlate *x);
void xlate_changed(struct xlate *x);

/* Returns the version that xlate_changed() raises. Never 0. */
uint64_t xlate_all_version(const struct xlate *x);

/* Reports, after the change, that groups of these buckets have changed: a bit for each.
 * Thread: control. */
void bridge_groups_changed(struct xlate_bridge *br, uint64_t buckets);

/* Reads the versions that bridge_groups_changed() raises. A bucket with an equal version has no
 * changed group. */
void bridge_group_versions(const struct xlate_bridge *br, uint64_t out[GROUP_BUCKETS]);

/* Returns a version that grows when a port of the bridge becomes live or not. Never 0. */
uint64_t bridge_live_version(const struct xlate_bridge *br);

/* Reports, after the change, that ports, mirrors or modes of the bridge have changed.
 * Thread: control. */
void bridge_changed(struct xlate *x, struct xlate_bridge *br);

/* Returns the version that bridge_changed() raises. */
uint64_t bridge_others_version(const struct xlate_bridge *br);
