/* SPDX-License-Identifier: Apache-2.0 */
#include "refuse.h"

#include <base/err.h>

#include <errno.h>

static int
refuse(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
       enum flow_action_type action, const char *detail)
{
	*why = (struct nic_refusal){
		.reason = reason, .field = (uint8_t)field, .action = (uint8_t)action};
	err_print(why->detail, sizeof why->detail, "%s", detail ? detail : "");
	return -EOPNOTSUPP;
}

int
mlxdr_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail)
{
	return refuse(why, reason, FLOW_FIELD_NONE, FLOW_N_ACTIONS, detail);
}

int
mlxdr_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
		   const char *detail)
{
	return refuse(why, reason, field, FLOW_N_ACTIONS, detail);
}

int
mlxdr_refuse_action(struct nic_refusal *why, enum flow_action_type action, enum flow_field_id field,
		    const char *detail)
{
	return refuse(why, NIC_REASON_ACTION, field, action, detail);
}
