/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of what translations depend on: a record keeps those that it was made from, and is stale when one of
 * them has changed. Rules have those of their tables (table.h), MAC entries those of their table (mac.h).
 *
 * Thread safety: reading: any thread. The rest: control, where nothing else is said. */
#pragma once

#include "bridge/group.h"

#include <stdint.h>

struct xlate;
struct xlate_bridge;

/* Say that what translations may depend on has changed, after it has: raise xlate_version() and wake who
 * waits for that. Of rules, MACs, groups and states of ports the versions of tables, buckets and bridges say
 * which changed (sieve.c); xlate_changed() is about all megaflows. */
void xlate_entries_changed(struct xlate *x);
void xlate_changed(struct xlate *x);

/* The version that xlate_changed() raises. Never 0. */
uint64_t xlate_all_version(const struct xlate *x);

/* Says that groups of these buckets have changed, after they have: a bit for each. Thread: control. */
void bridge_groups_changed(struct xlate_bridge *br, uint64_t buckets);

/* The versions that this raises; equal ones: no group of the bucket has changed. */
void bridge_group_versions(const struct xlate_bridge *br, uint64_t out[GROUP_BUCKETS]);

/* Never 0. */
uint64_t bridge_live_version(const struct xlate_bridge *br);

/* Says that ports, mirrors or modes of the bridge have changed, after they have. Thread: control. */
void bridge_changed(struct xlate *x, struct xlate_bridge *br);

/* The version that bridge_changed() raises. */
uint64_t bridge_others_version(const struct xlate_bridge *br);
