/* SPDX-License-Identifier: Apache-2.0 */
#include "fakenic.h"

#include <bus_driver.h>
#include <dev_driver.h>
#include <ethdev_driver.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct port {
	struct rte_ether_addr mac;
	bool filled;
};

static struct fakenic nic;
static struct rte_driver driver = {.name = "net_fake"};
static struct rte_device device = {.name = FAKENIC};

struct fakenic *
fakenic(void)
{
	return &nic;
}

void
fakenic_link_set(const char *name, bool up)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(name);

	dev->data->dev_link.link_status = up ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN;
	if (dev->data->dev_conf.intr_conf.lsc)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
}

void
fakenic_report(const char *name, enum rte_eth_event_type type)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(name);

	if (type != RTE_ETH_EVENT_INTR_RMV || dev->data->dev_conf.intr_conf.rmv)
		rte_eth_dev_callback_process(dev, type, NULL);
}

static int
reset(struct rte_eth_dev *dev)
{
	(void)dev;
	nic.n_reset++;
	return nic.reset_error;
}

static int
configure(struct rte_eth_dev *dev)
{
	(void)dev;
	return 0;
}

static int
start(struct rte_eth_dev *dev)
{
	(void)dev;
	if (nic.start_error)
		return nic.start_error;
	nic.n_started++;
	return 0;
}

static int
stop(struct rte_eth_dev *dev)
{
	(void)dev;
	nic.n_started--;
	nic.n_stopped++;
	return 0;
}

static int
close_port(struct rte_eth_dev *dev)
{
	struct port *p = dev->data->dev_private;

	nic.n_filled -= p->filled;
	dev->data->mac_addrs = NULL; /* part of 'p' */
	return 0;
}

static int
infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	(void)dev;
	info->if_index = nic.if_index;
	info->max_mac_addrs = 1;
	info->max_rx_pktlen = 9728;
	info->max_mtu = 9700;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | nic.tx_capa;
	info->flow_type_rss_offloads = RTE_ETH_RSS_IP;
	info->max_rx_queues = 16;
	info->max_tx_queues = 16;
	return 0;
}

static int
rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
	  const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct port *p = dev->data->dev_private;

	(void)n_desc, (void)socket, (void)conf;
	nic.pool = pool;
	nic.n_filled += !p->filled;
	p->filled = true;
	dev->data->rx_queues[id] = dev;
	return 0;
}

static int
txq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
	  const struct rte_eth_txconf *conf)
{
	(void)n_desc, (void)socket, (void)conf;
	dev->data->tx_queues[id] = dev;
	return 0;
}

static int
mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	(void)dev, (void)mtu;
	return 0;
}

static int
link_update(struct rte_eth_dev *dev, int wait)
{
	(void)dev, (void)wait;
	nic.n_link_asked++;
	return 0;
}

static int
promiscuous_enable(struct rte_eth_dev *dev)
{
	(void)dev;
	return nic.promiscuous_error;
}

static const struct eth_dev_ops ops = {
	.dev_configure = configure,
	.dev_start = start,
	.dev_stop = stop,
	.dev_close = close_port,
	.dev_reset = reset,
	.dev_infos_get = infos_get,
	.rx_queue_setup = rxq_setup,
	.tx_queue_setup = txq_setup,
	.link_update = link_update,
	.mtu_set = mtu_set,
	.promiscuous_enable = promiscuous_enable,
};

static uint16_t
rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	const struct rte_eth_dev *dev = queue;
	bool has = nic.in && !(dev->data->dev_flags & RTE_ETH_DEV_REPRESENTOR);

	return has ? (uint16_t)rte_ring_dequeue_burst(nic.in, (void **)pkts, n, NULL) : 0;
}

static uint16_t
tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	(void)queue;
	if (nic.tx_limited) {
		n = RTE_MIN(n, nic.tx_room);
		nic.tx_room = (uint16_t)(nic.tx_room - n);
	}
	if (nic.out)
		return (uint16_t)rte_ring_enqueue_burst(nic.out, (void **)pkts, n, NULL);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static uint16_t
tx_prepare(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	(void)queue;
	for (uint16_t i = 0; i < n; i++) {
		if (pkts[i]->pkt_len < nic.tx_bytes_min) {
			rte_errno = EINVAL;
			return i;
		}
	}
	return n;
}

/* Returns 0 also if the port existed. 'vf' < 0: the uplink. */
static int
port_new(int vf)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_eth_dev *dev;
	struct port *p;

	snprintf(name, sizeof name, vf < 0 ? "%s" : "%s_representor_vf%d", FAKENIC, vf);
	if (rte_eth_dev_allocated(name))
		return 0;
	dev = rte_eth_dev_allocate(name);
	if (!dev)
		return -ENOMEM;
	p = rte_zmalloc(name, sizeof *p, 0);
	if (!p)
		return -ENOMEM;
	rte_eth_random_addr(p->mac.addr_bytes);
	dev->device = &device;
	dev->data->dev_private = p;
	dev->data->numa_node = nic.node;
	dev->data->mac_addrs = &p->mac;
	dev->data->dev_link.link_status = RTE_ETH_LINK_UP;
	dev->data->dev_flags |= RTE_ETH_DEV_INTR_RMV;
	if (nic.has_lsc)
		dev->data->dev_flags |= RTE_ETH_DEV_INTR_LSC;
	if (vf >= 0) {
		dev->data->dev_flags |= RTE_ETH_DEV_REPRESENTOR;
		dev->data->representor_id = (uint16_t)vf;
		dev->data->backer_port_id = rte_eth_dev_allocated(FAKENIC)->data->port_id;
	}
	dev->dev_ops = &ops;
	dev->rx_pkt_burst = rx_burst;
	dev->tx_pkt_burst = tx_burst;
	dev->tx_pkt_prepare = tx_prepare;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

/* Probes a device. EAL keeps its latest arguments in its devargs. */
static int
plug(struct rte_device *dev)
{
	struct rte_eth_devargs da = {0};
	int rc = dev->devargs ? rte_eth_devargs_parse(dev->devargs->args, &da) : 0;

	if (!rc)
		rc = port_new(-1);
	for (unsigned int i = 0; !rc && i < da.nb_representor_ports; i++)
		rc = da.representor_ports[i] < FAKENIC_VFS ? port_new(da.representor_ports[i])
							   : -ENODEV;
	if (rte_eth_dev_allocated(FAKENIC)) {
		dev->driver = &driver;
		dev->numa_node = SOCKET_ID_ANY;
	}
	return rc;
}

static int
unplug(struct rte_device *dev)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (rte_eth_dev_is_valid_port(id) && rte_eth_devices[id].device == dev)
			rte_eth_dev_close(id);
	dev->driver = NULL;
	rte_devargs_remove(dev->devargs);
	dev->devargs = NULL;
	nic.n_removed++;
	return 0;
}

static struct rte_bus fake_bus;

static int
scan(void)
{
	struct rte_devargs *da;

	device.bus = &fake_bus;
	RTE_EAL_DEVARGS_FOREACH("pci", da)
	if (!strcmp(da->name, FAKENIC))
		device.devargs = da;
	return 0;
}

static int
probe_all(void)
{
	return device.devargs ? plug(&device) : 0;
}

static struct rte_device *
find_device(const struct rte_device *from, rte_dev_cmp_t cmp, const void *data)
{
	return !from && !cmp(&device, data) ? &device : NULL;
}

static int
parse(const char *name, void *addr)
{
	(void)addr;
	return strcmp(name, FAKENIC) != 0;
}

static void *
iterate(const void *from, const char *text, const struct rte_dev_iterator *it)
{
	(void)it;
	return !from && text && !strcmp(text, "addr=" FAKENIC) && device.driver ? &device : NULL;
}

static struct rte_bus fake_bus = {
	.name = "pci",
	.scan = scan,
	.probe = probe_all,
	.find_device = find_device,
	.plug = plug,
	.unplug = unplug,
	.parse = parse,
	.dev_iterate = iterate,
};

RTE_INIT_PRIO(fakenic_register, BUS)
{
	rte_bus_register(&fake_bus);
}
