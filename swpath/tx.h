/* SPDX-License-Identifier: Apache-2.0 */
/* Transmission, in buffers per worker and port. Thread: worker. */
#pragma once

#include "worker.h"

/* Adds a packet of 'from' to the buffer of 'to', which is sent when full; consumes it. */
void swp_tx_add(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
		struct swp_port *from);

/* Sends all buffered packets. */
void swp_tx_flush(struct swp_worker *w);

/* Frees a packet and counts the drop reason on the port that received it. */
void swp_drop(struct swp_worker *w, struct swp_port *from, struct rte_mbuf *m, enum flow_drop why);
