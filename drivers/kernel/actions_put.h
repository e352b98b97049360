/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of actions as attributes (OVS_ACTION_ATTR_*).
 *
 * The kernel counts no reasons of drops: a DROP is the end of the list.
 *
 * Thread safety: pure but for the message. */
#pragma once

#include "writer.h"

#include <flow/action.h>

/* Upper bound of the bytes that a list of 'n' actions takes, with the nest's own header. */
#define KDP_ACTION_BYTES 192
#define KDP_ACTIONS_BYTES(n) (64 + (size_t)(n)*KDP_ACTION_BYTES)

/* Longest list, in bytes of attributes, that the kernel accepts. */
#define KDP_ACTIONS_BYTES_MAX (32 * 1024)

/* The actions of enum flow_action_type, a bit each, that the kernel executes, or that are executed for
 * packets of handlers alone (parts.h). */
#define KDP_ACTIONS                                                                                \
	(1u << FLOW_ACTION_OUTPUT | 1u << FLOW_ACTION_UPCALL | 1u << FLOW_ACTION_SET |             \
	 1u << FLOW_ACTION_PUSH_VLAN | 1u << FLOW_ACTION_POP_VLAN | 1u << FLOW_ACTION_DROP |       \
	 1u << FLOW_ACTION_METER | 1u << FLOW_ACTION_PUSH_MPLS | 1u << FLOW_ACTION_POP_MPLS |      \
	 1u << FLOW_ACTION_TRUNC | 1u << FLOW_ACTION_SAMPLE | 1u << FLOW_ACTION_CT |               \
	 1u << FLOW_ACTION_CT_LABEL | 1u << FLOW_ACTION_CT_NAT | 1u << FLOW_ACTION_CT_TIMEOUT |    \
	 1u << FLOW_ACTION_CT_CLEAR | 1u << FLOW_ACTION_RECIRC | 1u << FLOW_ACTION_SET_QUEUE |     \
	 1u << FLOW_ACTION_CHECK_LEN | 1u << FLOW_ACTION_COPY_TTL_OUT |                            \
	 1u << FLOW_ACTION_COPY_TTL_IN | 1u << FLOW_ACTION_TUN_OPTS)

/* Writes a nest of type 'type' (OVS_FLOW_ATTR_ACTIONS, OVS_PACKET_ATTR_ACTIONS).
 *
 * shape: key of the packets, as the match or the packet has it: it decides which header a field is
 *        in. Tunnel fields that are neither set nor in it are sent as 0.
 * pid:   netlink port of UPCALL and SAMPLE, not 0; ignored by a datapath that dispatches by
 *        processor.
 * Returns 0; -EOPNOTSUPP: the kernel lacks an action, or cannot set a field, and '*refused' is its
 * name; -E2BIG: the list is longer than KDP_ACTIONS_BYTES_MAX. Room is the caller's concern. */
int kdp_actions_put(struct kdp_writer *w, int type, const struct flow_actions *acts,
		    const struct flow_key *shape, uint32_t pid, const char **refused);
