/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of fields, as in struct nic_caps. Thread safety: pure. */
#pragma once

#include <flow/field.h>

#include <stdbool.h>
#include <stdint.h>

_Static_assert(FLOW_N_FIELDS <= 128, "a bit per field");

static inline bool
rteflow_bit(const uint64_t bits[2], unsigned int i)
{
	return bits[i / 64] >> (i % 64) & 1;
}

static inline void
rteflow_bit_set(uint64_t bits[2], unsigned int i)
{
	bits[i / 64] |= UINT64_C(1) << (i % 64);
}
