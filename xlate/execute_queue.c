/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of ports. Which queue a packet is for travels with it; a port without queues sends in the
 * order of arrival, as Open vSwitch's does without QoS. */
#include "execute.h"

static void
note_no_queues(struct run *run)
{
	run_note(run, "no port has queues: packets leave in the order of arrival");
}

void
execute_set_queue(struct run *run, const struct xlate_action *a)
{
	run->queue = a->queue;
	note_no_queues(run);
}

/* As Open vSwitch: back to the queue that the packet came with from the datapath, where it may have
 * been with one. */
void
execute_pop_queue(struct run *run, const struct xlate_action *a)
{
	(void)a;
	run->queue = run->first_queue;
}

void
execute_enqueue(struct run *run, const struct xlate_action *a)
{
	struct xlate_action output = {.type = XLATE_ACT_OUTPUT,
				      .output = {.port = a->enqueue.port}};
	uint32_t queue = run->queue;

	note_no_queues(run);
	run->queue = a->enqueue.queue;
	run_action(run, &output);
	run->queue = queue;
}
