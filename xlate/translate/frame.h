/* SPDX-License-Identifier: Apache-2.0 */
/* A frame in its VLAN, between ports: for NORMAL and mirrors.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* What must happen to the tags before a copy goes out. Copies that go out as the packet is come
 * first: a tag that was popped would have to be known in full to be pushed again. */
enum egress { EGRESS_AS_IS, EGRESS_TAG, EGRESS_UNTAG, N_EGRESS };

struct frame {
	const struct port *in;
	const struct port *not_to; /* a flood leaves it out; NULL: none */
	uint16_t vlan;		   /* that it belongs to */
	bool tagged;
	uint16_t vid;					      /* of its tag */
	enum { INNER_UNKNOWN, INNER_NONE, INNER_VLAN } inner; /* a VLAN in its second tag */
};

/* Finds the VLAN that the packet, as it is now, belongs to at port f->in. False: the port does not take
 * it. Sets 'f' but for 'in' and 'not_to'. */
bool frame_admit(struct run *run, struct frame *f);

/* True for destinations that a bridge does not forward to, unless it is told to; consulted. */
bool frame_is_reserved(struct run *run);

/* True when the port sends frames of this VLAN, and is not reserved for a mirror. The second tag is consulted
 * the first time that an access port is asked about, when the packet is still as frame_admit() saw it. */
bool frame_is_taken(struct run *run, struct frame *f, const struct port *port);

enum egress frame_egress(const struct frame *f, const struct port *port);

/* Makes the tags right for copies that go out so. False: no room for the tag. */
bool frame_apply(struct run *run, const struct frame *f, enum egress how);

/* Sends a copy to every port that takes it, but for 'not_to' and ports whose configuration has a bit of
 * 'left_out'. */
void frame_flood(struct run *run, struct frame *f, uint32_t left_out);

/* Sends a copy with the tags that the port wants. */
void frame_send(struct run *run, const struct frame *f, const struct port *port);
