/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in the notation of operators. Thread safety: pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Parses exactly 'n' characters as a decimal number, or hexadecimal with 0x, in min..max.
 * Returns 0 or -EINVAL. */
int number_parse(const char *text, size_t n, uint64_t min, uint64_t max, uint64_t *out);
