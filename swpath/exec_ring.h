/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that handlers pass to workers, with the actions to execute on them.
 *
 * Thread safety: stated per function. */
#pragma once

#include "worker.h"

/* Executes packets from the worker's ring, at most n_max and a burst. Returns their number. Thread:
 * worker. */
unsigned int swp_execute_given(struct swp_worker *w, unsigned int n_max);

/* Returns true if packets of the port wait in a worker's ring. Thread: any. */
static inline bool
swp_port_given(const struct swp_port *p)
{
	return atomic_load_explicit(&p->n_given, memory_order_relaxed);
}

/* Lists of actions that a batch of operations has made, so that packets with the same list share
 * it. Initially all zero. */
struct swp_exec_lists {
	struct {
		const struct flow_actions *from;
		swp_act act;
	} of[16];
};

/* Passes a packet and its actions to the executor of the packet's port (port.h), or to worker 0
 * if the port has none. Consumes the packet. Returns 0; or -ENOMEM or -EAGAIN,
 * and the packet was dropped and counted. Thread: any. */
int swp_execute_give(struct swp *s, struct dp_upcall *u, const struct flow_actions *acts,
		     struct swp_exec_lists *lists);

/* The batch has ended. Thread: the one of swp_execute_give(). */
void swp_exec_lists_end(struct swp *s, struct swp_exec_lists *lists);

/* Ends the use of a packet's actions. The last user puts a list aside for swp_spent_free().
 * Thread: any. */
void swp_act_leave(struct swp *s, swp_act act);

/* Returns the number of packets passed and not executed yet. O(workers). Thread: any. */
unsigned int swp_execute_waiting(struct swp *s);

/* Waits until all packets passed before have been executed. Blocks. Thread: any RCU thread,
 * online. */
void swp_execute_wait(struct swp *s);

/* Frees the action lists that workers have executed. Thread: any. */
void swp_spent_free(struct swp *s);
