/* SPDX-License-Identifier: Apache-2.0 */
/* Accounting of packet buffers.
 *
 * The buffers of a NUMA node are in one pool (pools.h). A receive queue takes buffers of the node of
 * its device. The most that threads and the queues of ports can hold is reserved here, for each node,
 * before a port starts, so a port can always refill its receive queues. A packet may leave by any
 * port, so transmit queues and bursts of workers are counted in every node. The rest is for
 * upcalls: packets that are queued to a handler, owned by one, or queued to a worker for execution.
 * A port may hold as many of these as are free (dynamic thresholds: Choudhury and Hahne, "Dynamic
 * queue length thresholds for shared-memory packet switches", 1998). Example: of 10,000 buffers a
 * port that is alone holds about 5,000; however many ports flood, some are left for the next one.
 *
 * Thread safety: stated per function. */
#pragma once

#include "packet.h"
#include "port.h"

/* Makes the buffers of the home node, and reserves those that threads hold. Returns 0 or -ENOMEM.
 * Thread: control. */
int swp_buffers_begin(struct swp *s);

/* Returns the node whose buffers the receive queues of an ethdev take: the home node if the ethdev
 * has none, or EAL has no huge pages. Thread: control. */
unsigned int swp_buffers_node(const struct swp *s, uint16_t ethdev);

/* Finds the pool of a node, which is made if there is none. Returns 0 or -ENOMEM. Thread:
 * control. */
int swp_buffers_pool(struct swp *s, unsigned int node, struct rte_mempool **out);

/* Reserves the buffers for the queues that the port is about to have, in place of its earlier
 * reservation. Returns 0; or, with 'err', -ENOSPC if too few are left, -ENOMEM if the node of the
 * device has no memory. O(nodes * ports). Thread: control. */
int swp_buffers_claim(struct swp *s, struct swp_port *p, char *err, size_t n_err);

/* Recomputes the reservation of the running ports, after a port has stopped or failed to start.
 * O(nodes * ports). Thread: control. */
void swp_buffers_update(struct swp *s);

/* Counts the buffers of an upcall of 'p', and stores the ID of 'p' in the packet. Returns false if
 * 'p' may not hold more. Thread: any. */
bool swp_buffers_hold(struct swp *s, struct swp_port *p, struct swp_packet *pkt);

/* Ends the count of an upcall, before its packet is freed or sent. Thread: any RCU reader. */
void swp_buffers_return(struct swp *s, const struct swp_packet *pkt);
