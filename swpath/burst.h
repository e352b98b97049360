/* SPDX-License-Identifier: Apache-2.0 */
/* Processing of received and of recirculated packets. Thread: worker. */
#pragma once

#include "worker.h"

/* Processes one burst received at 'p'. */
void swp_burst_run(struct swp_worker *w, struct swp_port *p);

/* Looks up and executes a packet of 'p' again, with the metadata of 'before' and another recirc_id;
 * consumes it. 'm' is owned by this worker alone. Drops a packet that is recirculated too deeply
 * (recursion-too-deep) or too often (too-many-resubmits). */
void swp_recirculate(struct swp_worker *w, struct swp_port *p, struct rte_mbuf *m,
		     const struct flow_key *before, uint32_t recirc_id);
