/* SPDX-License-Identifier: Apache-2.0 */
#include <flow/action.h>
#include <flow/nic.h>
#include <flow/parse.h>

const char *const nic_reason_names[NIC_N_REASONS] = {
#define R(id, name) [NIC_REASON_##id] = name,
	NIC_REASONS(R)
#undef R
};

const char *const flow_drop_names[FLOW_N_DROPS] = {
#define D(id, name) [FLOW_DROP_##id] = name,
	FLOW_DROPS(D)
#undef D
};

const char *const flow_parse_status_names[FLOW_N_PARSE_STATUSES] = {
#define S(id, name) [FLOW_PARSE_##id] = name,
	FLOW_PARSE_STATUSES(S)
#undef S
};

const char *const flow_action_names[FLOW_N_ACTIONS] = {
	[FLOW_ACTION_OUTPUT] = "output",
	[FLOW_ACTION_UPCALL] = "userspace",
	[FLOW_ACTION_SET] = "set",
	[FLOW_ACTION_PUSH_VLAN] = "push_vlan",
	[FLOW_ACTION_POP_VLAN] = "pop_vlan",
	[FLOW_ACTION_DROP] = "drop",
	[FLOW_ACTION_METER] = "meter",
	[FLOW_ACTION_PUSH_MPLS] = "push_mpls",
	[FLOW_ACTION_POP_MPLS] = "pop_mpls",
	[FLOW_ACTION_TRUNC] = "trunc",
	[FLOW_ACTION_SAMPLE] = "sample",
	[FLOW_ACTION_CT] = "ct",
	[FLOW_ACTION_CT_LABEL] = "ct label",
	[FLOW_ACTION_CT_NAT] = "ct nat",
	[FLOW_ACTION_CT_TIMEOUT] = "ct timeout",
	[FLOW_ACTION_CT_CLEAR] = "ct_clear",
	[FLOW_ACTION_RECIRC] = "recirc",
	[FLOW_ACTION_SET_QUEUE] = "set_queue",
	[FLOW_ACTION_COPY_TTL_OUT] = "copy_ttl_out",
	[FLOW_ACTION_COPY_TTL_IN] = "copy_ttl_in",
	[FLOW_ACTION_CHECK_LEN] = "check_pkt_len",
	[FLOW_ACTION_TUN_OPTS] = "tun_opts",
};
