/* SPDX-License-Identifier: Apache-2.0 */
/* One pass of a traced packet.
 *
 * Thread safety: the control thread. */
#pragma once

#include "run/recirculate.h"

struct trace_packet {
	struct xlate_bridge *br;
	struct flow_key key;	/* as the datapath sees the packet */
	struct xlate_key first; /* as the pipeline sees the packet first */
	bool by_patch_port;	/* it comes from the peer of a patch port of 'br' */
};

/* Translates a packet and writes the trace. Returns 0 and '*out', to be freed, or -ENOMEM. */
int trace_pass(struct xlate *x, const struct xlate_trace *t, struct trace_packet *p,
	       struct follow *follow, struct xlate_out *out);
