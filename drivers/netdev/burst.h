/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving and sending of packets, and the slots of receive rings. */
#pragma once

#include "netdev.h"

#include <linux/if_packet.h>
#include <rte_branch_prediction.h>
#include <stdatomic.h>

/* A slot of the receive ring. The kernel writes its status at any time, and its members are plain
 * since the structure is the kernel's. */
static inline struct tpacket2_hdr *
netdev_slot(const struct netdev_rxq *q)
{
	return (void *)(q->ring + (size_t)q->block * q->block_bytes +
			(size_t)q->slot * q->slot_bytes);
}

static inline bool
netdev_slot_is_full(const struct tpacket2_hdr *h)
{
	return atomic_load_explicit((const _Atomic uint32_t *)&h->tp_status, memory_order_acquire) &
	       TP_STATUS_USER;
}

/* Returns the slot to the kernel, and advances to the next. */
static inline void
netdev_slot_release(struct netdev_rxq *q, struct tpacket2_hdr *h)
{
	atomic_store_explicit((_Atomic uint32_t *)&h->tp_status, TP_STATUS_KERNEL,
			      memory_order_release);
	if (++q->slot < q->slots_per_block)
		return;
	q->slot = 0;
	if (++q->block == q->n_blocks)
		q->block = 0;
}

/* Returns true if a packet to send has few enough segments, if necessary after linearizing it. */
static inline bool
netdev_segments_fit(struct rte_mbuf *m)
{
	return likely(m->nb_segs <= NETDEV_SEGMENTS_MAX) || !rte_pktmbuf_linearize(m);
}

/* Returns the number of packets received. */
uint16_t netdev_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* Returns the number of packets sent, or refused and freed. */
uint16_t netdev_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
