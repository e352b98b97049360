/* SPDX-License-Identifier: Apache-2.0 */
#include "bits.h"

void
mlxdr_bits_put(void *to, unsigned int at, unsigned int width, uint64_t value)
{
	uint8_t *bytes = to;

	for (unsigned int i = 0; i < width; i++) {
		unsigned int bit = at + width - 1 - i;
		uint8_t one = (uint8_t)(0x80 >> bit % 8);

		if (value >> i & 1)
			bytes[bit / 8] |= one;
		else
			bytes[bit / 8] &= (uint8_t)~one;
	}
}

uint64_t
mlxdr_bits_get(const void *from, unsigned int at, unsigned int width)
{
	const uint8_t *bytes = from;
	uint64_t value = 0;

	for (unsigned int bit = at; bit < at + width; bit++)
		value = value << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
	return value;
}
