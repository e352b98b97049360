/* SPDX-License-Identifier: Apache-2.0 */
/* Which transmit queue of a port each worker uses.
 *
 * A port has a queue for each worker, or fewer, which workers share under a spinlock. Of a vhost port those
 * alone are used that its guest has enabled: what is sent to another one does not arrive. Which these are
 * is told by events (RTE_ETH_EVENT_QUEUE_STATE); while none is, all count as enabled.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Spreads the workers over the port's queues. No worker may send to it. */
void swp_txq_share(struct swp *s, struct swp_port *p);

/* Spreads them anew over the ports of which queues were enabled or disabled. What is sent to such a port
 * meanwhile drops as port-gone. O(ports), and a grace period for each that has changed. */
void swp_txq_follow(struct swp *s);
