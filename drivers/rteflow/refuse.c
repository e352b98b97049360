/* SPDX-License-Identifier: Apache-2.0 */
#include "refuse.h"

#include <errno.h>
#include <stdio.h>

_Static_assert(FLOW_N_FIELDS <= 128, "a bit per field");

static int
refuse(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
       enum flow_action_type action, const char *detail)
{
	why->reason = reason;
	why->field = (uint8_t)field;
	why->action = (uint8_t)action;
	snprintf(why->detail, sizeof why->detail, "%s", detail ? detail : "");
	return -EOPNOTSUPP;
}

int
rteflow_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail)
{
	return refuse(why, reason, FLOW_FIELD_NONE, FLOW_N_ACTIONS, detail);
}

int
rteflow_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
		     const char *detail)
{
	return refuse(why, reason, field, FLOW_N_ACTIONS, detail);
}

int
rteflow_refuse_action(struct nic_refusal *why, enum flow_action_type action,
		      enum flow_field_id field, const char *detail)
{
	return refuse(why, NIC_REASON_ACTION, field, action, detail);
}
