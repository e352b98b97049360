/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"
#include "device.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static const struct {
	uint64_t base;
	unsigned log_size;
} regions[] = {
	[EMU_REGION_STEERING] = {EMU_STEERING_BASE, EMU_STEERING_LOG_SIZE},
	[EMU_REGION_MODIFY] = {EMU_MODIFY_BASE, EMU_MODIFY_LOG_SIZE},
	[EMU_REGION_PATTERN] = {EMU_PATTERN_BASE, EMU_PATTERN_LOG_SIZE},
};

static struct emu_object *
dm_at(struct emu_device *dev, uint64_t address, uint64_t length)
{
	for (unsigned i = 0; i < EMU_DMS_MAX; i++) {
		struct emu_object *o = dev->dms[i];

		if (o && address < o->dm.address + o->dm.length && o->dm.address < address + length)
			return o;
	}
	return NULL;
}

static struct emu_object **
dm_place(struct emu_device *dev, const struct emu_object *dm)
{
	for (unsigned i = 0; i < EMU_DMS_MAX; i++)
		if (dev->dms[i] == dm)
			return &dev->dms[i];
	return NULL;
}

int
emu_dm_alloc(struct emu_device *dev, struct emu_object *dm, enum emu_region region, uint64_t length)
{
	uint64_t end = regions[region].base + (1ULL << regions[region].log_size);
	bool steering = region == EMU_REGION_STEERING;
	struct emu_object **place = dm_place(dev, NULL);

	if (length < 64 || (length & (length - 1)))
		return EINVAL;
	if (!place ||
	    (steering && dev->counts.steering_bytes + length > dev->config.steering_bytes))
		return ENOMEM;
	for (uint64_t at = regions[region].base; at + length <= end; at += length) {
		if (dm_at(dev, at, length))
			continue;
		/* The kernel provides pages as they are touched: a pool of libmlx5 asks for 64 MB. */
		void *bytes = mmap(NULL, length, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (bytes == MAP_FAILED)
			return ENOMEM;
		dm->dm.address = at;
		dm->dm.length = length;
		dm->dm.bytes = bytes;
		dm->dm.steering = steering;
		*place = dm;
		if (steering)
			dev->counts.steering_bytes += length;
		return 0;
	}
	return ENOMEM;
}

void
emu_dm_free(struct emu_device *dev, struct emu_object *dm)
{
	if (!dm->dm.bytes)
		return;
	munmap(dm->dm.bytes, dm->dm.length);
	*dm_place(dev, dm) = NULL;
	if (dm->dm.steering)
		dev->counts.steering_bytes -= dm->dm.length;
}

uint8_t *
emu_key_bytes(struct emu_device *dev, int fd, uint32_t key, uint64_t address, uint64_t length)
{
	struct emu_object *o = key & 0xff ? NULL : emu_object_find(dev, EMU_MR, fd, key >> 8);

	if (!o || address < o->mr.address || length > o->mr.length ||
	    address - o->mr.address > o->mr.length - length)
		return NULL;
	uint64_t from = address - o->mr.address;

	return o->mr.dm ? o->mr.dm->dm.bytes + o->mr.offset + from
			: (uint8_t *)(uintptr_t)(o->mr.start + from);
}

uint8_t *
emu_icm_bytes(struct emu_device *dev, uint64_t address, uint64_t length)
{
	struct emu_object *o = dm_at(dev, address, 1);

	if (!o || address - o->dm.address > o->dm.length - length)
		return NULL;
	return o->dm.bytes + (address - o->dm.address);
}

/* The first of `n` free counters in sequence at or after `from`, or 0. */
static uint32_t
counters_find(const struct emu_device *dev, uint32_t from, uint32_t n)
{
	for (uint32_t first = from, run = 0; first + run < EMU_COUNTERS_MAX;) {
		if (dev->counters[first + run].allocated) {
			first += run + 1;
			run = 0;
		} else if (++run == n) {
			return first;
		}
	}
	return 0;
}

int
emu_counters_alloc(struct emu_device *dev, struct emu_object *object, uint32_t n)
{
	/* In turn, so a number that was freed is not given out again soon. */
	uint32_t first = counters_find(dev, dev->counter_next, n);

	if (!first)
		first = counters_find(dev, 1, n);
	if (!first)
		return ENOSPC;
	for (uint32_t i = 0; i < n; i++)
		dev->counters[first + i] = (struct emu_counter){.allocated = true};
	object->counter.first = first;
	object->counter.n = n;
	dev->counter_next = first + n;
	return 0;
}

void
emu_counters_free(struct emu_device *dev, struct emu_object *object)
{
	for (uint32_t i = 0; i < object->counter.n; i++)
		dev->counters[object->counter.first + i].allocated = false;
}
