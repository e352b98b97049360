/* SPDX-License-Identifier: Apache-2.0 */
/* The datapath contract (flow/dp.h), as implemented by this folder. Thread safety: as flow/dp.h. */
#pragma once

#include <flow/dp.h>

/* All actions except connection tracking. */
#define SWP_ACTIONS                                                                                \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SET |             \
	 1u << FLOW_ACTION_PUSH_VLAN | 1u << FLOW_ACTION_POP_VLAN | 1u << FLOW_ACTION_DROP |       \
	 1u << FLOW_ACTION_METER | 1u << FLOW_ACTION_PUSH_MPLS | 1u << FLOW_ACTION_POP_MPLS |      \
	 1u << FLOW_ACTION_TRUNC | 1u << FLOW_ACTION_SAMPLE | 1u << FLOW_ACTION_SET_QUEUE |        \
	 1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_COPY_TTL_OUT |                               \
	 1u << FLOW_ACTION_COPY_TTL_IN | 1u << FLOW_ACTION_CHECK_LEN)

extern const struct dp_class swp_dp_class;
