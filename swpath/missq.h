/* SPDX-License-Identifier: Apache-2.0 */
/* Upcall queues: one bounded ring for each handler and port, and an inbox for each handler with a bit
 * for each port whose ring may have packets. recv() costs the ports that wait, however many exist.
 * A worker makes a system call only for a handler that sleeps, and once for each time it does.
 *
 * Thread safety: the workers enqueue, without blocking; the handler dequeues. Otherwise as
 * stated. */
#pragma once

#include "port.h"

/* Makes the port's queues for handlers 0..n-1. Returns 0, or -ENOMEM; then those already made stay,
 * unused. Thread: control. */
int swp_missq_make(const struct swp *s, struct swp_port *p, unsigned int n);

/* Frees the packets in queue 'h' and, if 'lost', counts them as dropped (queue full). Thread:
 * control; the handler has stopped. */
void swp_missq_drain(struct swp *s, struct swp_port *p, unsigned int h, bool lost);

/* Chooses the queue for upcalls of a flow at 'p'. Returns FLOW_NOT_DROPPED, or the drop reason if it takes none now: most
 * packets of a flood end here, before anything of them is copied. Thread: worker. */
enum flow_drop swp_missq_choose(const struct swp *s, const struct swp_port *p,
				const struct flow_key *key, unsigned int *h);

/* Enqueues a packet in queue 'h', which was chosen since the worker's last quiescent state. The caller has set upcall.key,
 * kind, reason, max_len and cookie, 'ofs' and 'is_miss' of its swp_packet. Returns FLOW_NOT_DROPPED, or the drop
 * reason; then the packet is still the caller's. Thread: worker. */
enum flow_drop swp_missq_push(struct swp *s, struct swp_port *p, unsigned int h, struct rte_mbuf *m,
			      uint64_t now_ns);

/* Has handlers look at the port's queues, if they have packets, after the port was published again.
 * Thread: control. */
void swp_missq_announce(struct swp *s, const struct swp_port *p);

/* Thread: control. */
void swp_inboxes_init(struct swp *s);
void swp_inboxes_destroy(struct swp *s);

/* Implement dp.h's handlers_set(), recv() and recv_wait(); same threads and results. */
int swp_handlers_set(struct dp *dp, unsigned int n);
unsigned int swp_recv(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max);
void swp_recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns);
