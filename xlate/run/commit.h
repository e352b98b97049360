/* SPDX-License-Identifier: Apache-2.0 */
/* Emits the sets and tags that bring the datapath's view of the packet up to date.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* The headers, tags, mark and queue of the packet. Tunnel fields are the pipeline's until the packet is
 * sent to a tunnel port. */
void commit(struct run *run);

/* The tunnel that a packet is sent to; not for headers of the packet. The far end is not 0. */
void commit_tunnel(struct run *run, const struct flow_tunnel *tunnel);
