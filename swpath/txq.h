/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment of a port's transmit queues to workers.
 *
 * A port has a queue for each worker, or fewer queues, which workers share under a spinlock. On a
 * vhost port, only queues that the guest has enabled are used, since packets sent to another one
 * are lost. Events report which are enabled (RTE_ETH_EVENT_QUEUE_STATE); while none is, all are
 * used.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Distributes the workers over the port's queues. No worker may be sending to it. */
void swp_txq_share(struct swp *s, struct swp_port *p);

/* Distributes the workers again over vhost ports whose queues were enabled or disabled, or whose guest
 * takes segments now or no longer. Packets
 * sent to such a port meanwhile are dropped (FLOW_DROP_PORT_GONE). O(ports), plus a grace period
 * for each port that has changed. */
void swp_txq_follow(struct swp *s);
