/* SPDX-License-Identifier: Apache-2.0 */
#include "socket.h"

#include "burst.h"
#include "long.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK_BYTES 65536
#define SEND_BYTES (4 << 20)
/* Frames longer than a slot wait in the socket: about 200 of them. */
#define LONG_BYTES (16 << 20)

static int
option_set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof value) ? -errno : 0;
}

static int
bind_to(int fd, unsigned int ifindex, uint16_t protocol)
{
	const struct sockaddr_ll at = {.sll_family = AF_PACKET,
				       .sll_protocol = htons(protocol),
				       .sll_ifindex = (int)ifindex};

	return bind(fd, (const struct sockaddr *)&at, sizeof at) ? -errno : 0;
}

/* Computes the ring's sizes. A slot holds the kernel's header, padding that aligns the frame's L3
 * header, and the frame. */
static void
ring_choose(struct netdev_rxq *q, unsigned int frame_bytes_max)
{
	const struct netdev_args *a = &q->netdev->args;
	unsigned int page = (unsigned int)getpagesize();
	unsigned int head =
		TPACKET_ALIGN(TPACKET2_HDRLEN + 16) + 16 + sizeof(struct virtio_net_hdr);

	q->frame_bytes_max = frame_bytes_max;
	q->slot_bytes = RTE_MAX(a->slot_bytes, head + frame_bytes_max);
	q->slot_bytes = (unsigned int)TPACKET_ALIGN(q->slot_bytes);
	q->block_bytes = RTE_MAX(a->block_bytes ? a->block_bytes : BLOCK_BYTES, q->slot_bytes);
	q->block_bytes = RTE_ALIGN_CEIL(q->block_bytes, page);
	q->slots_per_block = q->block_bytes / q->slot_bytes;
	q->n_blocks = (q->n_slots + q->slots_per_block - 1) / q->slots_per_block;
	q->n_ring_bytes = (size_t)q->n_blocks * q->block_bytes;
	q->block = q->slot = 0;
}

static int
ring_make(struct netdev_rxq *q)
{
	const struct tpacket_req req = {.tp_block_size = q->block_bytes,
					.tp_block_nr = q->n_blocks,
					.tp_frame_size = q->slot_bytes,
					.tp_frame_nr = q->n_blocks * q->slots_per_block};
	void *ring;

	if (setsockopt(q->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req))
		return -errno;
	ring = mmap(NULL, q->n_ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, q->fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	q->ring = ring;
	return 0;
}

/* SO_RCVBUFFORCE and SO_SNDBUFFORCE need a privilege; without it, the system's limit applies. */
static void
buffer_set(int fd, int force, int option, int n_bytes)
{
	if (setsockopt(fd, SOL_SOCKET, force, &n_bytes, sizeof n_bytes))
		setsockopt(fd, SOL_SOCKET, option, &n_bytes, sizeof n_bytes);
}

/* Before the ring exists, whose slots then have room for the virtio header. */
static int
long_frames_enable(const struct netdev_rxq *q)
{
	int rc = q->offloads ? option_set(q->fd, PACKET_VNET_HDR, 1) : 0;

	if (rc || !q->offloads)
		return rc;
	buffer_set(q->fd, SO_RCVBUFFORCE, SO_RCVBUF, LONG_BYTES);
	return option_set(q->fd, PACKET_COPY_THRESH, 1);
}

static int
rxq_open(struct netdev_rxq *q, unsigned int frame_bytes_max)
{
	int rc;

	/* With protocol 0, no frame is received before the socket is bound. */
	q->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (q->fd < 0)
		return -errno;
	ring_choose(q, frame_bytes_max);
	rc = option_set(q->fd, PACKET_VERSION, TPACKET_V2);
	if (!rc)
		rc = option_set(q->fd, PACKET_IGNORE_OUTGOING, 1);
	if (!rc)
		rc = long_frames_enable(q);
	if (!rc)
		rc = ring_make(q);
	return rc ? rc : bind_to(q->fd, q->netdev->interface.ifindex, ETH_P_ALL);
}

static void
rxq_close(struct netdev_rxq *q)
{
	if (q->ring)
		munmap(q->ring, q->n_ring_bytes);
	q->ring = NULL;
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

static int
txq_open(struct netdev_txq *q)
{
	int rc;

	q->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (q->fd < 0)
		return -errno;
	buffer_set(q->fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BYTES);
	rc = option_set(q->fd, PACKET_QDISC_BYPASS, q->netdev->args.qdisc_bypass);
	if (!rc && q->offloads)
		rc = option_set(q->fd, PACKET_VNET_HDR, 1);
	return rc ? rc : bind_to(q->fd, q->netdev->interface.ifindex, 0);
}

/* Distributes frames over the queues by flow hash. PACKET_FANOUT_FLAG_DEFRAG is not set, so the
 * kernel does not reassemble fragments. */
static int
fanout_join(struct netdev *n)
{
	const int mode = PACKET_FANOUT_HASH | PACKET_FANOUT_FLAG_ROLLOVER;
	int arg = (mode | PACKET_FANOUT_FLAG_UNIQUEID) << 16;
	socklen_t n_arg = sizeof arg;

	for (unsigned int i = 0; i < n->dev->data->nb_rx_queues; i++) {
		int rc = option_set(n->rxq[i].fd, PACKET_FANOUT, arg);

		if (rc)
			return rc;
		if (!i && getsockopt(n->rxq[0].fd, SOL_PACKET, PACKET_FANOUT, &arg, &n_arg))
			return -errno;
		arg = (mode << 16) | (arg & 0xffff);
	}
	return 0;
}

/* Drops frames received before all queues had joined: each queue has received every one of them. */
static void
rings_empty(struct netdev *n)
{
	for (unsigned int i = 0; i < n->dev->data->nb_rx_queues; i++) {
		struct netdev_rxq *q = &n->rxq[i];

		for (unsigned int k = 0; k < q->n_blocks * q->slots_per_block; k++) {
			struct tpacket2_hdr *h = netdev_slot(q);

			if (!netdev_slot_is_full(h))
				break;
			if (netdev_is_long(h))
				netdev_long_skip(q);
			netdev_slot_release(q, h);
		}
	}
}

int
netdev_membership_set(struct netdev *n, uint16_t type, bool on)
{
	const struct packet_mreq mreq = {.mr_ifindex = (int)n->interface.ifindex, .mr_type = type};
	int fd = n->rxq[0].fd;

	if (fd < 0)
		return 0;
	return setsockopt(fd, SOL_PACKET, on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP,
			  &mreq, sizeof mreq)
		       ? -errno
		       : 0;
}

int
netdev_sockets_open(struct netdev *n, unsigned int frame_bytes_max)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < n->dev->data->nb_rx_queues; i++)
		rc = rxq_open(&n->rxq[i], frame_bytes_max);
	for (unsigned int i = 0; !rc && i < n->dev->data->nb_tx_queues; i++)
		rc = txq_open(&n->txq[i]);
	if (!rc && n->dev->data->nb_rx_queues > 1) {
		rc = fanout_join(n);
		rings_empty(n);
	}
	if (rc)
		netdev_sockets_close(n);
	return rc;
}

void
netdev_sockets_close(struct netdev *n)
{
	for (unsigned int i = 0; i < NETDEV_QUEUES_MAX; i++) {
		netdev_missed_read(&n->rxq[i]);
		rxq_close(&n->rxq[i]);
		if (n->txq[i].fd >= 0)
			close(n->txq[i].fd);
		n->txq[i].fd = -1;
	}
}

/* Reading resets the kernel's counter. */
void
netdev_missed_read(struct netdev_rxq *q)
{
	struct tpacket_stats stats;
	socklen_t n = sizeof stats;

	if (q->fd >= 0 && !getsockopt(q->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &n))
		q->missed += stats.tp_drops;
}
