/* SPDX-License-Identifier: Apache-2.0 */
/* The host-side ethdev of one e-switch port. */
#include "port.h"

#include "backing.h"
#include "flow_ops.h"
#include "nicsim.h"
#include "rx.h"
#include "xstats.h"

#include <rte_ethdev.h>

static struct nicsim_port *
port_of(const struct rte_eth_dev *dev)
{
	return dev->data->dev_private;
}

uint16_t
nicsim_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct nicsim_txq *q = queue;
	uint64_t n_bytes = 0;
	uint16_t n_dropped;

	for (uint16_t i = 0; i < n; i++)
		n_bytes += pkts[i]->pkt_len;
	n_dropped = nicsim_backing_send(q->port, pkts, n);
	q->packets += n - n_dropped;
	q->bytes += n_bytes;
	q->dropped += n_dropped;
	return n;
}

static int
port_configure(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

static int
port_start(struct rte_eth_dev *dev)
{
	struct nicsim_port *port = port_of(dev);
	int rc = nicsim_backing_start(port);

	if (rc)
		return rc;
	rte_spinlock_lock(&port->tx_lock);
	port->started = true;
	rte_spinlock_unlock(&port->tx_lock);
	dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	nicsim_xstats_start(port);
	return 0;
}

static int
port_stop(struct rte_eth_dev *dev)
{
	struct nicsim_port *port = port_of(dev);
	struct rte_flow_error error;
	bool was;

	rte_spinlock_lock(&port->tx_lock);
	was = port->started;
	port->started = false;
	rte_spinlock_unlock(&port->tx_lock);
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	rte_spinlock_lock(&port->rx_lock);
	nicsim_rx_stop(port);
	rte_spinlock_unlock(&port->rx_lock);
	if (port->sw->config.personality->proxy) {
		/* before the flush, so that no rule is created after it */
		dev->data->dev_started = 0;
		nicsim_flow_ops.flush(dev, &error);
	}
	return was && nicsim_backing_exists(port) ? rte_eth_dev_stop(port->backing) : 0;
}

static int
port_close(struct rte_eth_dev *dev)
{
	struct nicsim_port *port = port_of(dev);
	struct rte_flow_error error;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	port_stop(dev);
	nicsim_flow_ops.flush(dev, &error);
	dev->data->mac_addrs = NULL; /* part of the e-switch's memory */
	dev->data->dev_private = NULL;
	port->dev = NULL;
	return 0;
}

/* Of a ConnectX it is what DPDK's driver makes of the representor: its number and that it is a VF's. */
static uint16_t
switch_port(const struct nicsim_port *port)
{
	if (!port->sw->steering)
		return port->index;
	return port->index ? (uint16_t)(RTE_ETH_REPRESENTOR_VF << 12 | (port->index - 1))
			   : UINT16_MAX;
}

static int
port_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	struct nicsim_port *port = port_of(dev);

	/* EAL sets the driver after the probe, so the personality's driver is set here, when the
	 * application asks. */
	if (port->sw->shown)
		port->sw->vdev->device.driver = port->sw->shown;
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = 9728;
	info->max_mtu = 9700;
	info->min_mtu = 68;
	info->max_rx_queues = port->sw->config.personality->n_rxq;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (info->max_rx_queues > 1) {
		info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_RSS_HASH;
		info->flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
	}
	info->max_tx_queues = NICSIM_TXQ_MAX;
	info->dev_capa = RTE_ETH_DEV_CAPA_FLOW_SHARED_OBJECT_KEEP;
	info->switch_info.name = dev->device->name;
	if (!port->sw->config.personality->ingress_only)
		info->switch_info.domain_id = port->sw->domain;
	info->switch_info.port_id = switch_port(port);
	return 0;
}

static int
port_txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
	       const struct rte_eth_txconf *conf)
{
	struct nicsim_port *port = port_of(dev);

	(void)n_desc, (void)socket, (void)conf;
	port->txq[id].port = port;
	dev->data->tx_queues[id] = &port->txq[id];
	return 0;
}

static int
port_link_update(struct rte_eth_dev *dev, int wait)
{
	(void)dev, (void)wait;
	return 0;
}

static int
port_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	(void)dev, (void)mtu;
	return 0;
}

static int
port_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	port_of(dev)->mac = *mac;
	return 0;
}

static int
port_accept_all(struct rte_eth_dev *dev)
{
	(void)dev; /* an e-switch port has no address filter */
	return 0;
}

static int
port_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats)
{
	struct nicsim_port *port = port_of(dev);

	for (unsigned int i = 0; i < dev->data->nb_rx_queues; i++) {
		stats->ipackets += port->rxq[i].packets;
		stats->ibytes += port->rxq[i].bytes;
		stats->imissed += port->rxq[i].missed;
	}
	for (unsigned int i = 0; i < dev->data->nb_tx_queues; i++) {
		stats->opackets += port->txq[i].packets;
		stats->obytes += port->txq[i].bytes;
		stats->oerrors += port->txq[i].dropped;
	}
	return 0;
}

static int
port_stats_reset(struct rte_eth_dev *dev)
{
	struct nicsim_port *port = port_of(dev);

	for (unsigned int i = 0; i < NICSIM_RXQ_MAX; i++)
		port->rxq[i].packets = port->rxq[i].bytes = port->rxq[i].missed = 0;
	for (unsigned int i = 0; i < NICSIM_TXQ_MAX; i++)
		port->txq[i].packets = port->txq[i].bytes = port->txq[i].dropped = 0;
	return 0;
}

static int
port_flow_ops(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	(void)dev;
	*ops = &nicsim_flow_ops;
	return 0;
}

static int
port_representors(struct rte_eth_dev *dev, struct rte_eth_representor_info *info)
{
	struct nicsim *sw = port_of(dev)->sw;

	if (!info)
		return 1;
	info->controller = 0;
	info->pf = 0;
	if (info->nb_ranges_alloc < 1)
		return -ENOSPC;
	info->nb_ranges = 1;
	info->ranges[0] = (struct rte_eth_representor_range){
		.type = RTE_ETH_REPRESENTOR_VF,
		.vf = 0,
		.id_base = 0,
		.id_end = sw->config.n_vfs ? sw->config.n_vfs - 1 : 0,
		.name = "vf"};
	return 1;
}

static int
port_reset(struct rte_eth_dev *dev)
{
	atomic_store_explicit(&port_of(dev)->hung, false, memory_order_relaxed);
	return 0;
}

const struct eth_dev_ops nicsim_port_ops = {
	.dev_configure = port_configure,
	.dev_start = port_start,
	.dev_stop = port_stop,
	.dev_close = port_close,
	.dev_reset = port_reset,
	.dev_infos_get = port_info,
	.rx_queue_setup = nicsim_rxq_setup,
	.tx_queue_setup = port_txq_setup,
	.link_update = port_link_update,
	.mtu_set = port_mtu_set,
	.mac_addr_set = port_mac_set,
	.promiscuous_enable = port_accept_all,
	.promiscuous_disable = port_accept_all,
	.allmulticast_enable = port_accept_all,
	.allmulticast_disable = port_accept_all,
	.stats_get = port_stats_get,
	.stats_reset = port_stats_reset,
	.xstats_get = nicsim_xstats_get,
	.xstats_get_names = nicsim_xstats_names,
	.flow_ops_get = port_flow_ops,
	.representor_info_get = port_representors,
};
