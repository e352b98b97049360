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
