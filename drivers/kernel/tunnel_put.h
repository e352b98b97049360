/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnel keys as attributes (OVS_TUNNEL_KEY_ATTR_*).
 *
 * Thread safety: pure but for the message. */
#pragma once

#include "writer.h"

#include <flow/key.h>

/* Writes a nest of 'bits', which are those of the tunnel 'shape' or of its mask. Nothing is written
 * for a key without a tunnel, or for an empty mask. */
void kdp_tunnel_put(struct kdp_writer *w, int type, const struct flow_tunnel *shape,
		    const struct flow_tunnel *bits, bool is_mask);
