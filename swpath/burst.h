/* SPDX-License-Identifier: Apache-2.0 */
/* Treatment of received packets, and of packets that are treated again. Thread: worker. */
#pragma once

#include "worker.h"

/* Treats one burst that came in at 'p'. */
void swp_burst_run(struct swp_worker *w, struct swp_port *p);

/* Treats a packet of 'p' again, with what its key says beside its headers and a number of its own;
 * consumes it. 'm' is the worker's alone. A packet that comes back too often is dropped
 * (recursion-too-deep). */
void swp_recirculate(struct swp_worker *w, struct swp_port *p, struct rte_mbuf *m,
		     const struct flow_key *before, uint32_t recirc_id);
