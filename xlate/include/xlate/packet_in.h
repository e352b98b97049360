/* SPDX-License-Identifier: Apache-2.0 */
/* Pipeline state of packets that controller actions send. The upcall of the datapath refers to it
 * by a number ('cookie' of FLOW_UPCALL_CONTROLLER).
 *
 * A number stands for one content. It is forgotten after XLATE_PACKET_INS newer contents, or if the
 * userdata of the remembered ones, each distinct one counted once, would exceed
 * XLATE_PACKET_IN_BYTES. It is reused only after 65,536 times XLATE_PACKET_INS newer contents. A
 * megaflow that still holds a forgotten number gets a new one when it is translated again.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include <xlate/rule.h>
#include <xlate/tunnel.h>

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
	uint16_t in_port; /* OpenFlow port number, as the pipeline had it */
	uint16_t n_userdata;
	const uint8_t *userdata; /* valid like an RCU pointer */
	/* NULL if no action has set a tunnel field. Valid like an RCU pointer. */
	const struct xlate_tunnel_fields *tunnel;
};

/* Returns 0, or -ENOENT if the number is forgotten or was never used. */
int xlate_packet_in_get(const struct xlate *x, uint32_t number, struct xlate_packet_in *out);
