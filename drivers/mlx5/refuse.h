/* SPDX-License-Identifier: Apache-2.0 */
/* Fills in refusals. Thread safety: pure. */
#pragma once

#include <flow/nic.h>

/* Each fills 'why' and returns -EOPNOTSUPP. 'detail' may be NULL. */
int mlxdr_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail);
int mlxdr_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
		       const char *detail);
int mlxdr_refuse_action(struct nic_refusal *why, enum flow_action_type action,
			enum flow_field_id field, const char *detail);
