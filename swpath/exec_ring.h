/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that handlers give to workers, with the actions to run on them. */
#pragma once

#include "worker.h"

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
