/* SPDX-License-Identifier: Apache-2.0 */
/* Transmission: per-port buffers of a worker. Thread: worker. */
#pragma once

#include "worker.h"

/* Puts a packet of 'from' in the buffer of 'to'; consumes it. */
void swp_tx_add(struct swp_worker *w, struct swp_port *to, struct rte_mbuf *m,
		struct swp_port *from);

/* Sends all that is buffered. */
void swp_tx_flush(struct swp_worker *w);

/* Frees a packet and counts why on the port where it came in. */
void swp_drop(struct swp_worker *w, struct swp_port *from, struct rte_mbuf *m, enum flow_drop why);
