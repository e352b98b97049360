/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of flows, and packet-outs. Thread safety: pure. */
#pragma once

#include "messages/message.h"

ofp_read_fn ofp_read_flow_mod10, ofp_read_flow_mod_nxm, ofp_read_flow_mod, ofp_read_packet_out10,
	ofp_read_packet_out, ofp_read_packet_out15;

ofp_put_fn ofp_put_flow_mod10, ofp_put_flow_mod_nxm, ofp_put_flow_mod, ofp_put_packet_out10,
	ofp_put_packet_out, ofp_put_packet_out15;

/* Returns the error for a result of xlate_actions_check(). */
enum ofp_error_code ofp_error_of_actions(int rc);
