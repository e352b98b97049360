/* SPDX-License-Identifier: Apache-2.0 */
/* Execution of actions on packets. */
#pragma once

#include "worker.h"

/* Runs 'acts' on a packet of 'from' and consumes it. 'key' and 'ofs' are of the packet; they follow
 * its changes. Thread: worker. */
void swp_execute(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
		 struct rte_mbuf *m, struct flow_key *key, struct flow_offsets *ofs);

/* Runs what handlers gave by EXECUTE. Returns how many. Thread: worker. */
unsigned int swp_execute_given(struct swp_worker *w);

/* Gives a packet and its actions to the worker that polls the packet's port. Consumes the packet.
 * Returns 0, -ENOMEM or -EAGAIN (then the packet was dropped and counted). Thread: any. */
int swp_execute_give(struct swp *s, struct dp_upcall *u, const struct flow_actions *acts);

/* Returns how many given packets are not executed yet. O(workers). Thread: any. */
unsigned int swp_execute_waiting(struct swp *s);

/* Waits until all that was given before is done. Blocks. */
void swp_execute_wait(struct swp *s);

/* Frees action lists that workers are through with. Thread: any. */
void swp_spent_free(struct swp *s);

/* A packet that may be written to and that has a swp_packet: the same, or a copy that replaces it.
 * NULL: no buffer; the packet is still the caller's. Thread: worker. */
struct rte_mbuf *swp_mbuf_own(struct swp *s, struct rte_mbuf *m);
