/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables by number and by address, and their limits.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include "device.h"

/* Logarithms to base 2 of how many tables the FDB may have, and destinations an entry. */
unsigned emu_log_tables(const struct emu_device *dev);
unsigned emu_log_destinations(const struct emu_device *dev);

/* Returns the table with a number, of any context, or NULL. */
struct emu_object *emu_table_find(struct emu_device *dev, uint32_t number);

/* The address at which steering enters a table that the firmware writes; rx for packets from the wire. */
uint64_t emu_table_address(uint32_t number, bool tx);

/* Whether an address is one of those; if so, of which table, and which side. The table may be NULL: gone. */
bool emu_table_parse(struct emu_device *dev, uint64_t address, struct emu_object **table, bool *tx);
