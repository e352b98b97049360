/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of ports. Which queue a packet is for travels with it; a port without queues sends in the
 * order of arrival, as Open vSwitch's does without QoS. */
#include "translate/execute_queue.h"

void
execute_queue_note(struct run *run)
{
	run_note(run, "no port has queues: packets leave in the order of arrival");
}

void
execute_set_queue(struct run *run, const struct xlate_action *a)
{
	run->queue = a->queue;
	execute_queue_note(run);
}

/* As Open vSwitch: back to the queue that the packet came with from the datapath, where it may have
 * been with one. */
void
execute_pop_queue(struct run *run, const struct xlate_action *a)
{
	(void)a;
	run->queue = run->first.queue;
}
