/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the PRM's layouts: bit 0 is the most significant of the first byte. Thread safety: pure. */
#pragma once

#include <stdint.h>

/* Write and read 'width' bits, at most 64, from bit 'at' on. */
void mlxdr_bits_put(void *to, unsigned int at, unsigned int width, uint64_t value);
uint64_t mlxdr_bits_get(const void *from, unsigned int at, unsigned int width);
