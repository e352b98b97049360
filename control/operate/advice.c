/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/advice.h"

static const char *const advice[NIC_N_REASONS] = {
	[NIC_REASON_NO_DEVICE] = "put the flow's input on a port whose driver takes rte_flow "
				 "transfer rules (see 'offload show')",
	[NIC_REASON_NO_TRANSFER] = "enable the switchdev mode of the NIC and use its representors",
	[NIC_REASON_FIELD] = "write the rules that this flow matches without the field, if policy "
			     "allows; 'ofproto/trace' shows these rules",
	[NIC_REASON_FIELD_MASK] = "match the whole field or none of it in the rules that this flow "
				  "matches",
	[NIC_REASON_ACTION] = "leave the action to the guest or to another hop, or accept the "
			      "software path for these flows",
	[NIC_REASON_RULE] = "see the device's message in brackets; match fewer fields or use fewer "
			    "actions in the rules that this flow matches, if policy allows",
	[NIC_REASON_OTHER_DEVICE] = "put both ports on the same NIC",
	[NIC_REASON_SLOW_PATH] = "avoid actions that need a handler (controller) for this traffic",
	[NIC_REASON_TABLE_FULL] = "wait: it is retried when there is room; wider "
				  "rules make fewer megaflows",
	[NIC_REASON_NO_COUNTER] = "wait: it is retried when a counter becomes free",
	[NIC_REASON_INSERT_FAILED] =
		"wait: it is retried automatically; the device's message is above, "
		"and in the log",
	[NIC_REASON_RATE_LIMIT] = "raise offload.insert-rate in the configuration",
	[NIC_REASON_PORT_SHARE] =
		"wait: the table is full, and its port has more of it than others that "
		"wait; wider rules make fewer megaflows",
	[NIC_REASON_USED_LESS] =
		"none needed: the table is full of flows that are used more; wider "
		"rules make fewer megaflows",
	[NIC_REASON_RESET] = "wait: it is inserted again automatically",
	[NIC_REASON_DEVICE_DOWN] =
		"wait: its device is being restarted, or was removed; see the log, and "
		"'port show'",
	[NIC_REASON_DISABLED] = "start tandemd without --no-offload, with offload.enabled true",
};

const char *
ctl_advice(enum nic_reason reason)
{
	return advice[reason];
}

json_t *
ctl_advice_json(enum nic_reason reason)
{
	return advice[reason] ? json_string(advice[reason]) : json_null();
}
