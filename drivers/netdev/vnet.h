/* SPDX-License-Identifier: Apache-2.0 */
/* The virtio header that the kernel puts in front of each frame of a socket with PACKET_VNET_HDR: a
 * checksum that is still to be completed, and a segment size.
 *
 * Towards the application its meaning is that of net_vhost: RTE_MBUF_F_RX_L4_CKSUM_NONE for a
 * checksum field that has the sum of the pseudo-header, RTE_MBUF_F_RX_LRO with 'tso_segsz' for a
 * frame that stands for several; for UDP RTE_MBUF_F_TX_UDP_SEG as well, since net_vhost's reports of
 * UDP mean fragments. From the application it takes RTE_MBUF_F_TX_TCP_CKSUM,
 * RTE_MBUF_F_TX_UDP_CKSUM and RTE_MBUF_F_TX_TCP_SEG with the lengths of the headers. The checksum
 * field then has the sum of the pseudo-header, L4 length included, also with
 * RTE_MBUF_F_TX_TCP_SEG.
 *
 * Thread safety: pure. */
#pragma once

#include <linux/virtio_net.h>
#include <rte_mbuf.h>

/* Sets the flags of a received frame, or completes its checksum if it is that of another protocol
 * than TCP or UDP in the outer IP header. The header may have any content: returns -EINVAL for one
 * that does not fit the frame, which the caller drops. */
int netdev_vnet_read(const struct virtio_net_hdr *h, struct rte_mbuf *m);

void netdev_vnet_write(const struct rte_mbuf *m, struct virtio_net_hdr *h);
