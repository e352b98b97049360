/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/nic.h>

#include <errno.h>
#include <stdio.h>

static int
refuse(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
       enum flow_action_type action, const char *detail)
{
	*why = (struct nic_refusal){
		.reason = reason, .field = (uint8_t)field, .action = (uint8_t)action};
	snprintf(why->detail, sizeof why->detail, "%s", detail ? detail : "");
	return -EOPNOTSUPP;
}

int
nic_refuse(struct nic_refusal *why, enum nic_reason reason, const char *detail)
{
	return refuse(why, reason, FLOW_FIELD_NONE, FLOW_N_ACTIONS, detail);
}

int
nic_refuse_field(struct nic_refusal *why, enum nic_reason reason, enum flow_field_id field,
		 const char *detail)
{
	return refuse(why, reason, field, FLOW_N_ACTIONS, detail);
}

int
nic_refuse_action(struct nic_refusal *why, enum flow_action_type action, enum flow_field_id field,
		  const char *detail)
{
	return refuse(why, NIC_REASON_ACTION, field, action, detail);
}
