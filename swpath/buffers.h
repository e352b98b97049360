/* SPDX-License-Identifier: Apache-2.0 */
/* Accounting of packet buffers.
 *
 * All buffers are in one pool. The most that threads and the queues of ports can hold is reserved
 * here before a port starts, so a port can always refill its receive queues. The rest is for
 * upcalls: packets that are queued to a handler, owned by one, or queued to a worker for execution.
 * A port may hold as many of these as are free (dynamic thresholds: Choudhury and Hahne, "Dynamic
 * queue length thresholds for shared-memory packet switches", 1998). Example: of 10,000 buffers a
 * port that is alone holds about 5,000; however many ports flood, some are left for the next one.
 *
 * Thread safety: stated per function. */
#pragma once

#include "packet.h"
#include "port.h"

/* Reserves the buffers that threads hold. The pool exists. Thread: control. */
void swp_buffers_begin(struct swp *s);

/* Reserves the buffers for the queues that the port is about to have, in place of its earlier
 * reservation. Returns 0, or -ENOSPC with 'err' if too few are left. Thread: control. */
int swp_buffers_claim(struct swp *s, struct swp_port *p, char *err, size_t n_err);

/* Recomputes the reservation of the running ports, after a port has stopped or failed to start.
 * O(ports). Thread: control. */
void swp_buffers_update(struct swp *s);

/* Counts the buffers of an upcall of 'p', and stores the ID of 'p' in the packet. Returns false if
 * 'p' may not hold more. Thread: any. */
bool swp_buffers_hold(struct swp *s, struct swp_port *p, struct swp_packet *pkt);

/* Ends the count of an upcall, before its packet is freed or sent. Thread: any RCU reader. */
void swp_buffers_return(struct swp *s, const struct swp_packet *pkt);
