/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of big-endian structures, as the PRM numbers them: bit 0 is the highest bit of the first byte. */
#pragma once
#include <stdint.h>

struct emu_field {
	uint16_t offset; /* in bits, from the start of the structure */
	uint16_t width;	 /* in bits, 1..64 */
};

#define EMU_FIELD(offset, width) ((struct emu_field){(offset), (width)})

/* Reads a field of the structure at `base`. */
uint64_t emu_get(const void *base, struct emu_field field);

/* Writes the low bits of `value` to a field; bits around the field stay. */
void emu_set(void *base, struct emu_field field, uint64_t value);
