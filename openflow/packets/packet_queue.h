/* SPDX-License-Identifier: Apache-2.0 */
/* Packets on their way from handler threads to the event loop.
 *
 * Packets are whole, whatever an action's max_len says: without buffers a switch sends the whole packet
 * (OpenFlow 1.3, section 7.4.1), as Open vSwitch does. The queue is bounded by number and shared between
 * the ports that packets came in by (fair.h); packets without a place are dropped and counted.
 * Nothing is queued while no peer may want one.
 * Thread safety: put: any thread; the rest: the event loop's. */
#pragma once

#include <event2/event.h>
#include <flow/dp.h>

#define AGENT_QUEUE_MAX 4096 /* above the number of ports that a datapath can have */

struct agent_queue;

struct agent_packet {
	struct flow_key key;
	uint64_t n_lost; /* packets of the same port that were dropped since the port's last */
	uint32_t cookie;
	size_t n;
	uint8_t data[];
};

/* 'ready' runs in the event loop, soon after a packet was put in the empty queue. */
int agent_queue_create(struct event_base *base, void (*ready)(void *aux), void *aux,
		       struct agent_queue **out);
void agent_queue_destroy(struct agent_queue *q);

/* Whether anybody listens. */
void agent_queue_enable(struct agent_queue *q, bool on);
void agent_queue_put(struct agent_queue *q, const struct dp_upcall *u);

/* Removes the next packet, which the caller frees; NULL if there is none. */
struct agent_packet *agent_queue_take(struct agent_queue *q);

/* Has 'ready' run again, after what else waits for the event loop: the caller has left packets. */
void agent_queue_again(struct agent_queue *q);

/* Packets dropped because no memory could be had. */
uint64_t agent_queue_no_memory(const struct agent_queue *q);
