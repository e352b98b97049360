/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that work requests and steering read and write: that of the process, behind memory keys, and the
 * device's own (ICM), in regions for steering entries and for lists of header modifications.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct emu_device;
struct emu_object;

enum emu_region { EMU_REGION_STEERING, EMU_REGION_MODIFY, EMU_REGION_PATTERN };

/* Gives a new DM its memory, aligned to its size. Returns 0, ENOMEM if the region is full or its budget spent, or
 * EINVAL if the length is not a power of two of at least 64. */
int emu_dm_alloc(struct emu_device *dev, struct emu_object *dm, enum emu_region region,
		 uint64_t length);
void emu_dm_free(struct emu_device *dev, struct emu_object *dm);

/* Returns where `length` bytes from a key and an address are, or NULL if the key or the range is invalid. */
uint8_t *emu_key_bytes(struct emu_device *dev, int fd, uint32_t key, uint64_t address,
		       uint64_t length);

/* Returns where `length` bytes at an address of the device are, or NULL if no DM has them. */
uint8_t *emu_icm_bytes(struct emu_device *dev, uint64_t address, uint64_t length);

/* Allocates `n` counters in sequence for an object. Returns 0 or ENOSPC. */
int emu_counters_alloc(struct emu_device *dev, struct emu_object *object, uint32_t n);
void emu_counters_free(struct emu_device *dev, struct emu_object *object);
