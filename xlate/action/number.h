/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as ovs-ofctl accepts them: decimal, 0x hexadecimal, octal after a 0, -1 for all ones of
 * 64 bits.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Return true if the whole text is a number of at most 'max'. */
bool number_parse_u64(const char *text, uint64_t max, uint64_t *out);

/* For tables: leading zeros do not mean octal. */
bool number_parse_table(const char *text, uint64_t max, uint64_t *out);
