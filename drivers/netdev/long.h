/* SPDX-License-Identifier: Apache-2.0 */
/* Frames longer than a slot of the ring. The kernel queues them in the socket, in the order of their
 * slots, and marks each slot by TP_STATUS_COPY. They are read into mbufs without another copy.
 *
 * Thread safety: the thread of the queue. */
#pragma once

#include "netdev.h"

#include <linux/if_packet.h>

static inline bool
netdev_is_long(const struct tpacket2_hdr *h)
{
	return h->tp_status & TP_STATUS_COPY;
}

/* Reads the frame of a slot. Returns NULL if it was lost, which is counted. */
struct rte_mbuf *netdev_long_read(struct netdev_rxq *q, const struct tpacket2_hdr *h);

/* Discards the next of these frames. */
void netdev_long_skip(struct netdev_rxq *q);
