/* SPDX-License-Identifier: Apache-2.0 */
/* Upcall queues: one bounded ring for each handler and port.
 *
 * Producers: workers, which are never blocked. Consumer: the handler. */
#pragma once

#include "port.h"

/* Gives the port queues for handlers 0..n-1. Returns 0 or -ENOMEM: those made stay, unused. */
int swp_missq_make(const struct swp *s, struct swp_port *p, unsigned int n);

/* Frees the packets in queue 'h'. They count as lost when 'lost'. Thread: control; no handler. */
void swp_missq_drain(struct swp *s, struct swp_port *p, unsigned int h, bool lost);

/* Sends a packet, its swp_packet filled but for what is filled here, to the handler of its flow.
 * Returns FLOW_NOT_DROPPED, or why not: then the packet is still the caller's. Thread: worker. */
enum flow_drop swp_missq_push(struct swp *s, struct swp_port *p, struct rte_mbuf *m,
			      uint64_t now_ns);

int swp_handlers_set(struct dp *dp, unsigned int n);
unsigned int swp_recv(struct dp *dp, unsigned int h, struct dp_upcall **out, unsigned int max);
void swp_recv_wait(struct dp *dp, unsigned int h, uint64_t timeout_ns);
