/* SPDX-License-Identifier: Apache-2.0 */
#include "port.h"

#include "interface.h"
#include "log.h"
#include "namespace.h"
#include "netdev.h"
#include "socket.h"
#include "tap.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <unistd.h>

#define DESCRIPTORS_MIN 16
#define DESCRIPTORS_MAX 32768
#define DESCRIPTORS 512

/* The transmit offloads that need a virtio header. The kernel completes checksums for an interface
 * that does not, but drops a frame that it would have to cut, as it bypasses the qdisc. So TCP_TSO is
 * reported if the interface has it. */
#define HEADER_OFFLOADS                                                                            \
	(RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO)

static struct netdev *
netdev_of(const struct rte_eth_dev *dev)
{
	return dev->data->dev_private;
}

static bool
is_tap(const struct netdev *n)
{
	return n->interface.tap >= 0;
}

static int
port_configure(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

/* The ring's slots fit the longest frame of the interface, even if the application set no MTU. */
static int
port_start(struct rte_eth_dev *dev)
{
	struct netdev *n = netdev_of(dev);
	unsigned int n_bytes;
	uint16_t mtu;
	int rc = netdev_interface_mtu(&n->interface, &mtu);

	n_bytes = RTE_MAX(mtu, dev->data->mtu) + NETDEV_OVERHEAD_BYTES;
	if (!rc)
		rc = is_tap(n) ? netdev_tap_start(n, n_bytes) : netdev_sockets_open(n, n_bytes);
	if (rc)
		NETDEV_LOG(ERR, "%s: %s\n", dev->data->name, rte_strerror(-rc));
	return rc;
}

static int
port_stop(struct rte_eth_dev *dev)
{
	if (is_tap(netdev_of(dev)))
		netdev_tap_stop(netdev_of(dev));
	else
		netdev_sockets_close(netdev_of(dev));
	return 0;
}

static int
port_close(struct rte_eth_dev *dev)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	port_stop(dev);
	if (is_tap(netdev_of(dev)))
		close(netdev_of(dev)->interface.tap);
	dev->data->mac_addrs = NULL; /* part of the private data */
	return 0;
}

/* A TAP that is in another namespace has no index here. The kernel distributes frames over its queues
 * by flow, as many as are asked for. */
static void
tap_info(const struct netdev *n, struct rte_eth_dev_info *info)
{
	info->if_index = 0;
	if (netdev_namespace_is_own(n->interface.tap))
		netdev_interface_index(&n->interface, &info->if_index);
	info->max_rx_queues = NETDEV_QUEUES_MAX;
	info->flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
}

static int
port_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	struct netdev *n = netdev_of(dev);
	struct rte_eth_link link = {0};
	bool tso = true;

	netdev_interface_speed(&n->interface, &link);
	if (!is_tap(n))
		netdev_interface_tso(&n->interface, &tso);
	info->speed_capa = rte_eth_speed_bitflag(link.link_speed, link.link_duplex);
	info->if_index = n->interface.ifindex;
	info->max_mac_addrs = 1;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = NETDEV_MTU_MAX;
	info->max_rx_pktlen = NETDEV_MTU_MAX + NETDEV_OVERHEAD_BYTES;
	info->max_rx_queues = (uint16_t)n->args.n_rxq;
	info->max_tx_queues = NETDEV_QUEUES_MAX;
	info->max_lro_pkt_size = NETDEV_LONG_BYTES;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_LRO;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | HEADER_OFFLOADS;
	if (!tso)
		info->tx_offload_capa &= ~RTE_ETH_TX_OFFLOAD_TCP_TSO;
	info->rx_desc_lim = (struct rte_eth_desc_lim){
		.nb_max = DESCRIPTORS_MAX, .nb_min = DESCRIPTORS_MIN, .nb_align = 1};
	info->default_rxportconf.ring_size = DESCRIPTORS;
	if (is_tap(n))
		tap_info(n, info);
	return 0;
}

static int
port_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
	       const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct netdev *n = netdev_of(dev);
	struct netdev_rxq *q = &n->rxq[id];

	(void)socket, (void)conf;
	q->pool = pool;
	q->offloads = dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO;
	q->n_slots = n->args.n_slots ? n->args.n_slots : n_desc;
	dev->data->rx_queues[id] = q;
	return 0;
}

static int
port_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
	       const struct rte_eth_txconf *conf)
{
	struct netdev_txq *q = &netdev_of(dev)->txq[id];

	(void)n_desc, (void)socket, (void)conf;
	q->offloads = dev->data->dev_conf.txmode.offloads & HEADER_OFFLOADS;
	dev->data->tx_queues[id] = q;
	return 0;
}

/* A TAP that was deleted never works again. */
static void
removal_report(struct rte_eth_dev *dev)
{
	if (netdev_of(dev)->removed)
		return;
	netdev_of(dev)->removed = true;
	rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RMV, NULL);
}

static int
port_link_update(struct rte_eth_dev *dev, int wait)
{
	struct rte_eth_link link = {0};
	bool up;

	(void)wait;
	if (netdev_interface_up(&netdev_of(dev)->interface, &up) == -EBADFD)
		removal_report(dev);
	netdev_interface_speed(&netdev_of(dev)->interface, &link);
	link.link_status = up ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN;
	return rte_eth_linkstatus_set(dev, &link);
}

static int
port_link_up(struct rte_eth_dev *dev)
{
	return netdev_interface_up_set(&netdev_of(dev)->interface, true);
}

static int
port_link_down(struct rte_eth_dev *dev)
{
	return netdev_interface_up_set(&netdev_of(dev)->interface, false);
}

/* While started, the MTU cannot grow: it determined the size of the ring's slots. */
static int
port_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	const struct netdev *n = netdev_of(dev);

	if (dev->data->dev_started && mtu > dev->data->mtu)
		return -EBUSY;
	return netdev_interface_mtu_set(&n->interface, mtu);
}

static int
port_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return netdev_interface_mac_set(&netdev_of(dev)->interface, mac);
}

/* The host sends to a TAP whatever its address. */
static int
membership_set(struct rte_eth_dev *dev, uint16_t type, bool on)
{
	return is_tap(netdev_of(dev)) ? 0 : netdev_membership_set(netdev_of(dev), type, on);
}

static int
port_promiscuous_enable(struct rte_eth_dev *dev)
{
	return membership_set(dev, PACKET_MR_PROMISC, true);
}

static int
port_promiscuous_disable(struct rte_eth_dev *dev)
{
	return membership_set(dev, PACKET_MR_PROMISC, false);
}

static int
port_allmulticast_enable(struct rte_eth_dev *dev)
{
	return membership_set(dev, PACKET_MR_ALLMULTI, true);
}

static int
port_allmulticast_disable(struct rte_eth_dev *dev)
{
	return membership_set(dev, PACKET_MR_ALLMULTI, false);
}

static void
missed_read(struct netdev *n)
{
	if (is_tap(n)) {
		netdev_tap_missed_read(n);
		return;
	}
	for (unsigned int i = 0; i < n->dev->data->nb_rx_queues; i++)
		netdev_missed_read(&n->rxq[i]);
}

static int
port_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	struct netdev *n = netdev_of(dev);

	missed_read(n);
	for (unsigned int i = 0; i < dev->data->nb_rx_queues; i++) {
		struct netdev_rxq *q = &n->rxq[i];

		stats->ipackets += q->packets;
		stats->ibytes += q->bytes;
		stats->imissed += q->missed;
		stats->ierrors += q->cut;
		stats->rx_nombuf += q->no_buffers;
	}
	for (unsigned int i = 0; i < dev->data->nb_tx_queues; i++) {
		stats->opackets += n->txq[i].packets;
		stats->obytes += n->txq[i].bytes;
		stats->oerrors += n->txq[i].refused;
	}
	return 0;
}

static int
port_stats_reset(struct rte_eth_dev *dev)
{
	struct netdev *n = netdev_of(dev);

	missed_read(n);
	for (unsigned int i = 0; i < NETDEV_QUEUES_MAX; i++) {
		struct netdev_rxq *q = &n->rxq[i];

		q->packets = q->bytes = q->cut = q->no_buffers = q->missed = 0;
		n->txq[i].packets = n->txq[i].bytes = n->txq[i].refused = 0;
	}
	return 0;
}

const struct eth_dev_ops netdev_port_ops = {
	.dev_configure = port_configure,
	.dev_start = port_start,
	.dev_stop = port_stop,
	.dev_close = port_close,
	.dev_infos_get = port_info,
	.rx_queue_setup = port_rxq_setup,
	.tx_queue_setup = port_txq_setup,
	.link_update = port_link_update,
	.dev_set_link_up = port_link_up,
	.dev_set_link_down = port_link_down,
	.mtu_set = port_mtu_set,
	.mac_addr_set = port_mac_set,
	.promiscuous_enable = port_promiscuous_enable,
	.promiscuous_disable = port_promiscuous_disable,
	.allmulticast_enable = port_allmulticast_enable,
	.allmulticast_disable = port_allmulticast_disable,
	.stats_get = port_stats_get,
	.stats_reset = port_stats_reset,
};
