/* SPDX-License-Identifier: Apache-2.0 */
#include "refusal.h"

bool
ofl_refusal_is_final(enum nic_reason reason)
{
	switch (reason) {
	case NIC_REASON_NO_DEVICE:
	case NIC_REASON_NO_TRANSFER:
	case NIC_REASON_FIELD:
	case NIC_REASON_FIELD_MASK:
	case NIC_REASON_ACTION:
	case NIC_REASON_RULE:
	case NIC_REASON_OTHER_DEVICE:
	case NIC_REASON_SLOW_PATH:
	case NIC_REASON_DEVICE_DOWN:
	case NIC_REASON_DISABLED:
		return true;
	default:
		return false;
	}
}

bool
ofl_refusal_by_ports(enum nic_reason reason)
{
	return reason == NIC_REASON_NO_DEVICE || reason == NIC_REASON_NO_TRANSFER ||
	       reason == NIC_REASON_OTHER_DEVICE;
}

bool
ofl_refusal_by_room(enum nic_reason reason)
{
	return reason == NIC_REASON_TABLE_FULL || reason == NIC_REASON_NO_COUNTER ||
	       reason == NIC_REASON_PORT_SHARE || reason == NIC_REASON_USED_LESS;
}

struct nic_refusal
ofl_refusal_make(enum nic_reason reason)
{
	return (struct nic_refusal){
		.reason = reason, .field = FLOW_FIELD_NONE, .action = FLOW_N_ACTIONS};
}

static bool
names_culprit(enum nic_reason reason)
{
	return reason == NIC_REASON_FIELD || reason == NIC_REASON_FIELD_MASK ||
	       reason == NIC_REASON_ACTION || reason == NIC_REASON_OTHER_DEVICE ||
	       reason == NIC_REASON_SLOW_PATH;
}

void
ofl_refusal_print(const struct nic_refusal *r, FILE *out)
{
	bool culprit = names_culprit(r->reason);
	const char *field = culprit && r->field < FLOW_N_FIELDS ? flow_fields[r->field].name : NULL;
	const char *action =
		culprit && r->action < FLOW_N_ACTIONS ? flow_action_names[r->action] : NULL;

	fputs(nic_reason_names[r->reason], out);
	if (action && field)
		fprintf(out, ": %s(%s)", action, field);
	else if (action || field)
		fprintf(out, ": %s", action ? action : field);
	if (r->detail[0])
		fprintf(out, " (%s)", r->detail);
}
