/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/zone.h"

#include "bridge/bridge.h"
#include "bridge/version.h"

#include <base/rcu.h>

#include <stdatomic.h>
#include <stdlib.h>

#define ZONES (UINT16_MAX + 1)

void
zones_free(struct zones *z)
{
	free((void *)(uintptr_t)z->parts);
}

uint8_t
zones_parts(const struct zones *z, uint16_t zone)
{
	_Atomic uint8_t *parts = rcu_read(&z->parts);

	return parts ? atomic_load_explicit(&parts[zone], memory_order_acquire) : 0;
}

uint64_t
zones_version(const struct zones *z)
{
	return atomic_load_explicit(&z->version, memory_order_acquire) + 1;
}

uint64_t
zones_changed(const struct zones *z, uint64_t buckets, uint64_t version)
{
	uint64_t changed = 0;

	for (; buckets; buckets &= buckets - 1) {
		int i = __builtin_ctzll(buckets);

		if (atomic_load_explicit(&z->buckets[i], memory_order_acquire) >= version)
			changed |= UINT64_C(1) << i;
	}
	return changed;
}

/* The version is raised after the change, as readers read it before. */
int
xlate_zone_timeouts_set(struct xlate *x, uint16_t zone, uint8_t parts)
{
	struct zones *z = &x->zones;
	uint64_t version = atomic_load_explicit(&z->version, memory_order_relaxed) + 1;

	if (zones_parts(z, zone) == parts)
		return 0;
	if (!z->parts) {
		_Atomic uint8_t *all = calloc(ZONES, sizeof *all);

		if (!all)
			return -ENOMEM;
		rcu_publish(&z->parts, all);
	}
	atomic_store_explicit(&z->parts[zone], parts, memory_order_release);
	atomic_store_explicit(&z->buckets[zone % ZONE_BUCKETS], version, memory_order_release);
	atomic_store_explicit(&z->version, version, memory_order_release);
	xlate_entries_changed(x);
	return 0;
}
