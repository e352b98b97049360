/* SPDX-License-Identifier: Apache-2.0 */
#include "bits.h"

uint64_t
emu_get(const void *base, struct emu_field field)
{
	const uint8_t *bytes = base;
	uint64_t value = 0;

	for (unsigned done = 0; done < field.width;) {
		unsigned bit = field.offset + done, in_byte = bit % 8;
		unsigned n = 8 - in_byte < field.width - done ? 8 - in_byte : field.width - done;

		value = value << n | (bytes[bit / 8] >> (8 - in_byte - n) & (0xffU >> (8 - n)));
		done += n;
	}
	return value;
}

void
emu_set(void *base, struct emu_field field, uint64_t value)
{
	uint8_t *bytes = base;

	for (unsigned left = field.width; left > 0;) {
		unsigned end = field.offset + left, in_byte = (end - 1) % 8 + 1;
		unsigned n = in_byte < left ? in_byte : left, shift = 8 - in_byte;
		uint8_t mask = (uint8_t)((0xffU >> (8 - n)) << shift);

		bytes[(end - 1) / 8] = (uint8_t)((bytes[(end - 1) / 8] & ~mask) |
						 ((uint8_t)(value << shift) & mask));
		value = n < 64 ? value >> n : 0;
		left -= n;
	}
}
