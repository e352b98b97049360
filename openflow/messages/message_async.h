/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-ins and removals of flows. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_put_fn ofp_put_packet_in, ofp_put_packet_in_nxt, ofp_put_packet_in_nxt2;
ofp_put_fn ofp_put_flow_removed, ofp_put_flow_removed_nxt;
