/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of ports. The packet carries the number of its queue. A port without queues sends in the
 * order of arrival, as in Open vSwitch without QoS. */
#include "translate/execute_queue.h"

void
execute_queue_note(struct run *run)
{
	run_note(run, "ports have no queues, packets are sent in the order of arrival");
}

void
execute_set_queue(struct run *run, const struct xlate_action *a)
{
	run->queue = a->queue;
	execute_queue_note(run);
}

/* As Open vSwitch: restores the queue that the packet had when it arrived from the datapath. */
void
execute_pop_queue(struct run *run, const struct xlate_action *a)
{
	(void)a;
	run->queue = run->first.queue;
}
