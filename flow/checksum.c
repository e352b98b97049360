/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/checksum.h>

#include "wire.h"

#define CRC32C_POLY UINT32_C(0x82f63b78) /* reflected */

uint64_t
checksum_add(uint64_t sum, const void *data, size_t n)
{
	const uint8_t *p = data;

	for (; n >= 4; n -= 4, p += 4)
		sum += wire_get32(p);
	if (n >= 2) {
		sum += wire_get16(p);
		p += 2;
		n -= 2;
	}
	if (n)
		sum += htons((uint16_t)(*p << 8));
	return sum;
}

static uint16_t
fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 32) + (sum & UINT32_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)sum;
}

be16
checksum_finish(uint64_t sum)
{
	return (be16)~fold(sum);
}

uint64_t
checksum_delta(const void *old, const void *new, size_t n)
{
	uint64_t minus = fold(checksum_add(0, old, n));

	return checksum_add(UINT16_MAX - minus, new, n);
}

/* A delta of zero, in either form, leaves the checksum's own form of zero unchanged. */
void
checksum_update(uint8_t *p, uint64_t delta)
{
	if (fold(delta) % UINT16_MAX)
		wire_put16(p, checksum_finish(delta + (uint16_t)~wire_get16(p)));
}

void
checksum_update_udp(uint8_t *p, uint64_t delta)
{
	if (!wire_get16(p))
		return;
	checksum_update(p, delta);
	if (!wire_get16(p))
		wire_put16(p, UINT16_MAX);
}

/* Returns the product of two polynomials modulo CRC32C_POLY; bit 31 is the constant term. */
static uint32_t
polynomial_multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (; a; a <<= 1) {
		if (a >> 31)
			product ^= b;
		b = b >> 1 ^ (b & 1 ? CRC32C_POLY : 0);
	}
	return product;
}

/* A CRC is linear over xor. So the CRC of the changed message differs by the CRC of the
 * difference, without initial value and final complement. The difference is 'change', then zeros.
 * A message of m zero bits after the 32 of 'change' is the polynomial change * x^m, and a CRC
 * multiplies by x^32 once more. */
uint32_t
checksum_crc32c_delta(uint32_t change, size_t n_after)
{
	uint32_t power = UINT32_C(1) << (31 - 8); /* x^8 */
	uint32_t crc = change;

	for (int bit = 0; bit < 32; bit++)
		crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY : 0);
	for (; n_after; n_after >>= 1) {
		if (n_after & 1)
			crc = polynomial_multiply(power, crc);
		power = polynomial_multiply(power, power);
	}
	return crc;
}
