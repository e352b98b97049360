/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#define ADDRESS_SHIFT 6
#define TABLES_DEFAULT 4096
#define DESTINATIONS_DEFAULT 32

static unsigned
log_of(unsigned n)
{
	return 31 - (unsigned)__builtin_clz(n);
}

unsigned
emu_log_tables(const struct emu_device *dev)
{
	return log_of(dev->config.tables ? dev->config.tables : TABLES_DEFAULT);
}

unsigned
emu_log_destinations(const struct emu_device *dev)
{
	return log_of(dev->config.destinations ? dev->config.destinations : DESTINATIONS_DEFAULT);
}

struct emu_object *
emu_table_find(struct emu_device *dev, uint32_t number)
{
	if (!number || number > dev->objects.n_slots)
		return NULL;
	struct emu_object *o = dev->objects.slots[number - 1];

	return o && o->kind == EMU_TABLE ? o : NULL;
}

uint64_t
emu_table_address(uint32_t number, bool tx)
{
	return EMU_TABLE_BASE + (((uint64_t)number << 1 | tx) << ADDRESS_SHIFT);
}

bool
emu_table_parse(struct emu_device *dev, uint64_t address, struct emu_object **table, bool *tx)
{
	if (address < EMU_TABLE_BASE || address >= EMU_STEERING_BASE)
		return false;
	uint64_t n = (address - EMU_TABLE_BASE) >> ADDRESS_SHIFT;

	*table = emu_table_find(dev, (uint32_t)(n >> 1));
	if (*table && !(*table)->table.of_firmware)
		*table = NULL;
	*tx = n & 1;
	return true;
}
