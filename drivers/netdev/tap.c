/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"

#include "interface.h"
#include "log.h"
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Headers of the kernel before 6.2 lack them. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

#define FLAGS (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE)
#define SEGMENTS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)

/* Opens a queue of the TAP of this name, which is made if it does not exist. Returns its file or
 * -errno. */
static int
file_open(const char *name)
{
	struct ifreq ifr = {.ifr_flags = FLAGS};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr))
		rc = -errno;
	if (!rc)
		return fd;
	close(fd);
	return rc;
}

int
netdev_tap_make(const struct netdev_args *a)
{
	struct netdev_interface i = {.tap = file_open(a->tap)};
	const int n_header = sizeof(struct virtio_net_hdr);
	int rc = 0;

	if (i.tap < 0)
		return i.tap;
	if (ioctl(i.tap, TUNSETVNETHDRSZ, &n_header))
		rc = -errno;
	if (!rc && a->has_mac)
		rc = netdev_interface_mac_set(&i, &a->mac);
	if (!rc)
		rc = netdev_interface_up_set(&i, true);
	if (!rc)
		return i.tap;
	close(i.tap);
	return rc;
}

static int
attach(int fd, bool on)
{
	struct ifreq ifr = {.ifr_flags = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE};

	/* -EINVAL: it is attached already. */
	return ioctl(fd, TUNSETQUEUE, &ifr) && !(on && errno == EINVAL) ? -errno : 0;
}

/* Opens a further queue, in the namespace where the interface is now. */
static int
queue_open(int tap)
{
	struct ifreq ifr = {0};
	int back, fd, rc = netdev_namespace_enter(tap, &back);

	if (rc)
		return rc;
	fd = ioctl(tap, TUNGETIFF, &ifr) ? -errno : file_open(ifr.ifr_name);
	netdev_namespace_leave(back);
	return fd;
}

/* Without offloads the kernel completes checksums and cuts frames before they are read. */
static int
offloads_set(int tap, bool on)
{
	if (on && !ioctl(tap, TUNSETOFFLOAD, SEGMENTS | TUN_F_USO4 | TUN_F_USO6))
		return 0;
	return ioctl(tap, TUNSETOFFLOAD, on ? SEGMENTS : 0) ? -errno : 0;
}

/* The room of a read is that of the longest frame. */
static void
room_choose(struct netdev_rxq *q, unsigned int frame_bytes_max)
{
	unsigned int n = q->offloads ? NETDEV_LONG_BYTES : frame_bytes_max;
	unsigned int n_buffer = rte_pktmbuf_data_room_size(q->pool) - RTE_PKTMBUF_HEADROOM;

	q->frame_bytes_max = frame_bytes_max;
	q->n_room = RTE_MIN((n + n_buffer - 1) / n_buffer, (unsigned int)NETDEV_SEGMENTS_MAX);
	q->wait_cycles = q->read_tsc = 0;
}

int
netdev_tap_start(struct netdev *n, unsigned int frame_bytes_max)
{
	unsigned int n_rxq = n->dev->data->nb_rx_queues;
	int rc = attach(n->interface.tap, true);

	if (!rc)
		rc = offloads_set(n->interface.tap, n->rxq[0].offloads);
	for (unsigned int i = 0; !rc && i < n_rxq; i++) {
		n->rxq[i].fd = i ? queue_open(n->interface.tap) : n->interface.tap;
		if (n->rxq[i].fd < 0)
			rc = n->rxq[i].fd;
		room_choose(&n->rxq[i], frame_bytes_max);
	}
	for (unsigned int i = 0; !rc && i < n->dev->data->nb_tx_queues; i++)
		n->txq[i].fd = n->rxq[i % RTE_MAX(n_rxq, 1U)].fd;
	if (rc)
		netdev_tap_stop(n);
	return rc;
}

void
netdev_tap_stop(struct netdev *n)
{
	netdev_tap_missed_read(n);
	for (unsigned int i = 0; i < NETDEV_QUEUES_MAX; i++) {
		if (i && n->rxq[i].fd >= 0)
			close(n->rxq[i].fd);
		n->rxq[i].fd = n->txq[i].fd = -1;
	}
	attach(n->interface.tap, false);
}

void
netdev_tap_missed_read(struct netdev *n)
{
	uint64_t dropped;

	if (netdev_interface_dropped(&n->interface, &dropped))
		return;
	if (n->dev->data->dev_started && dropped > n->dropped)
		n->rxq[0].missed += dropped - n->dropped;
	n->dropped = dropped;
}
