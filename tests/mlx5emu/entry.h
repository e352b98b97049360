/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of a table that the firmware writes: to where it sends copies of every packet.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct emu_object;

struct emu_destination {
	struct emu_object *table; /* which counts it as a user; NULL: a vport */
	uint16_t vport;
};

struct emu_entry {
	struct emu_destination *to;
	unsigned n;
	uint32_t counter; /* 0: none */
};

/* Makes room for `n` destinations. Returns false if memory is short. */
bool emu_entry_init(struct emu_entry *entry, unsigned n);

/* Adds a destination, for which there is room. Returns false if the entry has it. */
bool emu_entry_add(struct emu_entry *entry, struct emu_object *table, uint16_t vport);

void emu_entry_free(struct emu_entry *entry);
