/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline knew of packets that its controller actions send: told by a number that the
 * datapath's upcall carries ('cookie' of FLOW_UPCALL_CONTROLLER).
 *
 * A number stands for one content; it is forgotten when XLATE_PACKET_INS others came after it, or when the
 * userdata of those that are known, each distinct one counted once, takes more than XLATE_PACKET_IN_BYTES.
 * It is not used for another content before 65,536 times as many came. A megaflow that still has it is made
 * anew when it is translated again.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include <xlate/rule.h>

#define XLATE_PACKET_INS 65536
#define XLATE_PACKET_IN_BYTES (16u << 20)

struct xlate_packet_in {
	uint64_t bridge; /* xlate_bridge_id() */
	uint64_t cookie; /* of the rule */
	uint64_t metadata;
	be32 reg[XLATE_REGS];
	uint8_t table;
	uint8_t reason; /* enum xlate_packet_in_reason */
	uint16_t controller_id;
	uint16_t in_port; /* OpenFlow number, as the pipeline had it */
	uint16_t n_userdata;
	const uint8_t *userdata; /* valid like an RCU pointer */
};

/* Returns 0, or -ENOENT: forgotten, or never there. */
int xlate_packet_in_get(const struct xlate *x, uint32_t number, struct xlate_packet_in *out);
