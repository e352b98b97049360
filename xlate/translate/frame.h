/* SPDX-License-Identifier: Apache-2.0 */
/* A frame in its VLAN, between ports: for NORMAL and mirrors.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Change of the tags before a copy is sent. Copies without a change are sent first: pushing a
 * popped tag again would need all its bits in the mask. */
enum egress { EGRESS_AS_IS, EGRESS_TAG, EGRESS_UNTAG, N_EGRESS };

struct frame {
	const struct port *in;
	const struct port *not_to; /* excluded from floods; NULL if none */
	uint16_t vlan;		   /* of the frame */
	bool tagged;
	uint16_t vid;					      /* of its tag */
	enum { INNER_UNKNOWN, INNER_NONE, INNER_VLAN } inner; /* VLAN in its second tag */
};

/* Finds the VLAN of the packet as received at port f->in. Returns false if the port does not accept
 * it. Sets 'f' except 'in' and 'not_to'. */
bool frame_admit(struct run *run, struct frame *f);

/* Returns true for destinations that bridges do not forward to unless configured. Consults
 * the destination. */
bool frame_is_reserved(struct run *run);

/* Returns true if the port sends frames of this VLAN, and is not reserved for a mirror.
 * Consults the second tag when the first access port is checked, while the packet is still as
 * in frame_admit(). */
bool frame_is_taken(struct run *run, struct frame *f, const struct port *port);

/* Sends a copy to every port that takes the frame, except 'not_to' and ports with a configuration
 * bit of 'left_out'. */
void frame_flood(struct run *run, struct frame *f, uint32_t left_out);

/* Sends a copy with the tags that the port requires. */
void frame_send(struct run *run, const struct frame *f, const struct port *port);
