/* SPDX-License-Identifier: Apache-2.0 */
/* Packets on their way from handler threads to the event loop.
 *
 * Packets are whole, whatever an action's max_len says: what is not buffered is told of whole
 * (OpenFlow 1.3, section 7.4.1), and Open vSwitch does so too. Bounded by number; a packet that
 * finds it full is dropped and counted. Nothing is queued while no peer may want one.
 * Thread safety: put: any thread; the rest: the event loop's. */
#pragma once

#include <event2/event.h>
#include <flow/dp.h>

#define AGENT_QUEUE_MAX 4096

struct agent_queue;

struct agent_packet {
	struct agent_packet *next;
	struct flow_key key;
	uint32_t cookie;
	size_t n;
	uint8_t data[];
};

/* 'ready' runs in the event loop, soon after a packet was put. */
int agent_queue_create(struct event_base *base, void (*ready)(void *aux), void *aux,
		       struct agent_queue **out);
void agent_queue_destroy(struct agent_queue *q);

/* Whether anybody listens. */
void agent_queue_enable(struct agent_queue *q, bool on);
void agent_queue_put(struct agent_queue *q, const struct dp_upcall *u);

/* Everything that is queued, oldest first, to be freed one by one; NULL: nothing. */
struct agent_packet *agent_queue_take(struct agent_queue *q);
uint64_t agent_queue_dropped(struct agent_queue *q);
