/* SPDX-License-Identifier: Apache-2.0 */
/* Fills in refusals, and tests bits of fields. Thread safety: pure. */
#pragma once

#include <flow/nic.h>

/* Each fills 'why' and returns -EOPNOTSUPP. 'detail' may be NULL. */
int rteflow_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail);
int rteflow_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
			 const char *detail);
int rteflow_refuse_action(struct nic_refusal *why, enum flow_action_type action,
			  enum flow_field_id field, const char *detail);

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
