/* SPDX-License-Identifier: Apache-2.0 */
/* Packets for controllers, from handler threads to the event loop.
 *
 * Packets are whole, whatever an action's max_len: a switch without buffers sends the whole packet
 * (OpenFlow 1.3, section 7.4.1), as does Open vSwitch. The queue has a bounded number of places,
 * shared between the ports on which packets arrived (fair.h); packets without a place are dropped
 * and counted. Nothing is queued while no peer can want packets.
 * Thread safety: agent_queue_put() by any thread; the rest by the event loop's. */
#pragma once

#include <event2/event.h>
#include <flow/dp.h>

#define AGENT_QUEUE_MAX 4096 /* above the number of ports that a datapath can have */

struct agent_queue;

struct agent_packet {
	struct flow_key key;
	uint64_t n_lost; /* packets of the same port dropped since the port's previous one */
	uint32_t cookie;
	size_t n;
	uint8_t data[];
};

/* 'ready' runs in the event loop, soon after a packet was put into the empty queue. */
int agent_queue_create(struct event_base *base, void (*ready)(void *aux), void *aux,
		       struct agent_queue **out);
void agent_queue_destroy(struct agent_queue *q);

/* Sets whether packets are queued at all; off, they are ignored. */
void agent_queue_enable(struct agent_queue *q, bool on);
void agent_queue_put(struct agent_queue *q, const struct dp_upcall *u);

/* Removes the next packet, which the caller frees; NULL if there is none. */
struct agent_packet *agent_queue_take(struct agent_queue *q);

/* Makes 'ready' run again after other events of the event loop; called if packets are left. */
void agent_queue_again(struct agent_queue *q);

/* Returns the number of packets dropped for lack of memory. */
uint64_t agent_queue_no_memory(const struct agent_queue *q);
