/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/advice.h"

static const char *const advice[NIC_N_REASONS] = {
	[NIC_REASON_NO_DEVICE] = "put the flow's input on a port whose driver takes rte_flow "
				 "transfer rules (see 'offload show')",
	[NIC_REASON_NO_TRANSFER] = "enable the switchdev mode of the NIC and use its representors",
	[NIC_REASON_FIELD] = "write the rules that this flow meets without the field, if policy "
			     "allows; 'ofproto/trace' shows which they are",
	[NIC_REASON_FIELD_MASK] = "match the whole field or none of it in the rules that this flow "
				  "meets",
	[NIC_REASON_ACTION] = "leave the action to the guest or to another hop, or accept the "
			      "software path for these flows",
	[NIC_REASON_RULE] = "nothing: the device's words are in brackets; match or do less in the "
			    "rules that this flow meets, if policy allows",
	[NIC_REASON_OTHER_DEVICE] = "put both ports on the same NIC",
	[NIC_REASON_SLOW_PATH] = "avoid actions that need a handler (controller) for this traffic",
	[NIC_REASON_TABLE_FULL] = "nothing at once: it is tried again when there is room; wider "
				  "rules make fewer megaflows",
	[NIC_REASON_NO_COUNTER] = "nothing at once: it is tried again when flows with counters go",
	[NIC_REASON_INSERT_FAILED] = "nothing: it is tried again by itself; the device's words are "
				     "above, and in the log",
	[NIC_REASON_RATE_LIMIT] = "raise offload.insert-rate in the configuration",
	[NIC_REASON_PORT_SHARE] =
		"nothing at once: the table is full and its port has more of it than "
		"others that wait; wider rules make fewer megaflows",
	[NIC_REASON_USED_LESS] =
		"nothing: the table is full of flows that are used more; wider rules "
		"make fewer megaflows",
	[NIC_REASON_RESET] = "nothing: it is put back by itself",
	[NIC_REASON_DEVICE_DOWN] =
		"nothing at once: its device is being restarted, or is gone; see the "
		"log, and 'port show'",
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
