/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the requests of packets (request.h) at their output: leaves them to the port's device, or
 * does the work in software.
 *
 * Thread safety: worker. */
#pragma once

#include "worker.h"

/* Adds a packet with requests to the buffer of 'to', as swp_tx_add(); consumes it. Software work is
 * counted in 'sw_checksums' and 'sw_segments' of 'to'. O(bytes) in software. */
void swp_serve(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
	       struct swp_port *from);
