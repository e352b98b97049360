/* SPDX-License-Identifier: Apache-2.0 */
/* Who may hold how many packet buffers.
 *
 * All of them are in one pool. Threads and the queues of ports may hold as many at a time as is counted here
 * before a port starts, so that a port always gets the buffers that it receives into. What is left is for
 * upcalls: packets that wait for a handler, are with one, or wait for a worker to execute them. Of these a
 * port may hold as many as are left for others (dynamic thresholds: Choudhury and Hahne, "Dynamic queue length
 * thresholds for shared-memory packet switches", 1998): a port that is alone takes half, and a flood of any
 * number of ports leaves some to the next. */
#pragma once

#include "packet.h"
#include "port.h"

/* Counts what threads hold. The pool is there. */
void swp_buffers_begin(struct swp *s);

/* Counts what the port will hold with the queues that it is about to have, in place of what it held before.
 * -ENOSPC with 'err': there are not so many. Thread: control. */
int swp_buffers_claim(struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
		      char *err, size_t n_err);

/* Counts anew what ports that run hold: after a port has stopped or did not start. O(ports).
 * Thread: control. */
void swp_buffers_update(struct swp *s);

/* Takes the buffers of an upcall of 'p' into account, in which the packet names 'p' by its ID. False: it may
 * hold no more. Thread: any. */
bool swp_buffers_hold(struct swp *s, struct swp_port *p, struct swp_packet *pkt);

/* Before the packet is freed or sent. Thread: any RCU reader. */
void swp_buffers_return(struct swp *s, const struct swp_packet *pkt);
