/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the state that translations depend on, beside those of the tables and of
 * MAC entries. */
#include "bridge/version.h"

#include "bridge/bridge.h"

uint64_t
xlate_version(const struct xlate *x)
{
	return atomic_load(&x->version);
}

uint64_t
xlate_all_version(const struct xlate *x)
{
	return atomic_load_explicit(&x->all_version, memory_order_acquire);
}

void
xlate_entries_changed(struct xlate *x)
{
	atomic_fetch_add(&x->version, 1);
	if (x->changed)
		x->changed(x->changed_aux);
}

void
xlate_changed(struct xlate *x)
{
	atomic_fetch_add_explicit(&x->all_version, 1, memory_order_release);
	xlate_entries_changed(x);
}

void
bridge_changed(struct xlate *x, struct xlate_bridge *br)
{
	atomic_fetch_add_explicit(&br->others, 1, memory_order_release);
	xlate_entries_changed(x);
}

uint64_t
bridge_others_version(const struct xlate_bridge *br)
{
	return atomic_load_explicit(&br->others, memory_order_acquire);
}

uint64_t
bridge_live_version(const struct xlate_bridge *br)
{
	return atomic_load_explicit(&br->live_version, memory_order_acquire) + 1;
}

void
bridge_groups_changed(struct xlate_bridge *br, uint64_t buckets)
{
	for (; buckets; buckets &= buckets - 1)
		atomic_fetch_add_explicit(&br->group_buckets[__builtin_ctzll(buckets)], 1,
					  memory_order_release);
}

void
bridge_group_versions(const struct xlate_bridge *br, uint64_t out[GROUP_BUCKETS])
{
	for (unsigned int i = 0; i < GROUP_BUCKETS; i++)
		out[i] = atomic_load_explicit(&br->group_buckets[i], memory_order_acquire);
}
