/* SPDX-License-Identifier: Apache-2.0 */
#include "backing.h"
#include "config.h"
#include "control.h"
#include "fault.h"
#include "log.h"
#include "nicsim.h"
#include "port.h"
#include "rx.h"
#include "table.h"

#include <ethdev_vdev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

/* All e-switches. EAL has no place for a device's own data, and the ethdevs may be closed before
 * the device is removed. Changed only under EAL's hotplug lock. */
static LIST_HEAD(, nicsim) eswitches = LIST_HEAD_INITIALIZER(eswitches);

/* Allocates the ethdev of a port. The uplink's has the device's own name. */
static struct rte_eth_dev *
ethdev_new(const struct nicsim *sw, struct rte_vdev_device *vdev, unsigned int index)
{
	const char *device = rte_vdev_device_name(vdev);
	char name[RTE_ETH_NAME_MAX_LEN];

	if (!index)
		return rte_eth_dev_allocate(device);
	snprintf(name, sizeof name, "%s_%s%u", device, sw->config.personality->vf_name, index - 1);
	return rte_eth_dev_allocate(name);
}

static int
port_new(struct nicsim *sw, struct rte_vdev_device *vdev, unsigned int index)
{
	struct nicsim_port *port = &sw->ports[index];
	struct rte_eth_dev *dev;
	int rc;

	port->sw = sw;
	port->index = (uint16_t)index;
	rte_spinlock_init(&port->tx_lock);
	rte_spinlock_init(&port->rx_lock);
	rte_eth_random_addr(port->mac.addr_bytes);
	rc = nicsim_backing_attach(port, sw->config.backing[index]);
	if (rc)
		goto fail;
	dev = ethdev_new(sw, vdev, index);
	rc = -ENOMEM;
	if (!dev)
		goto fail;
	dev->device = &vdev->device;
	dev->data->dev_private = port;
	dev->data->mac_addrs = &port->mac;
	dev->data->numa_node = vdev->device.numa_node;
	dev->data->promiscuous = 1;
	dev->data->dev_link = (struct rte_eth_link){.link_speed = RTE_ETH_SPEED_NUM_100G,
						    .link_duplex = RTE_ETH_LINK_FULL_DUPLEX};
	if (index) {
		dev->data->dev_flags |= RTE_ETH_DEV_REPRESENTOR;
		dev->data->representor_id = (uint16_t)(index - 1);
		dev->data->backer_port_id = sw->ports[0].dev->data->port_id;
	}
	if (sw->config.personality->asks_rmv && !sw->config.personality->ingress_only)
		dev->data->dev_flags |= RTE_ETH_DEV_INTR_RMV;
	dev->dev_ops = &nicsim_port_ops;
	dev->rx_pkt_burst = nicsim_rx_burst;
	dev->tx_pkt_burst = nicsim_tx_burst;
	port->dev = dev;
	sw->n_ports++;
	return 0;
fail:
	nicsim_backing_detach(port);
	return rc;
}

static void
eswitch_free(struct nicsim *sw)
{
	nicsim_control_stop(sw);
	while (sw->n_ports) {
		struct nicsim_port *port = &sw->ports[--sw->n_ports];

		if (port->dev && port->dev->state == RTE_ETH_DEV_ATTACHED) {
			rte_eth_dev_close(port->dev->data->port_id);
		} else if (port->dev) {
			port->dev->data->mac_addrs = NULL;
			port->dev->data->dev_private = NULL;
			rte_eth_dev_release_port(port->dev);
		}
		nicsim_backing_detach(port);
	}
	while (!LIST_EMPTY(&sw->rules))
		nicsim_table_remove(sw, LIST_FIRST(&sw->rules));
	free(sw->ids.rules);
	free(sw->ids.free);
	if (sw->domain != RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID)
		rte_eth_switch_domain_free(sw->domain);
	rte_free(sw);
}

static int
device_remove(struct rte_vdev_device *vdev)
{
	struct nicsim *sw;

	LIST_FOREACH(sw, &eswitches, next)
	if (sw->vdev == vdev)
		break;
	if (!sw)
		return -ENODEV;
	LIST_REMOVE(sw, next);
	eswitch_free(sw);
	return 0;
}

/* Drivers shown by personalities. They are not registered: the bus knows only net_nicsim. */
static const struct rte_vdev_driver shown_drivers[] = {
	{.driver = {.name = "mlx5_pci"}, .remove = device_remove},
	{.driver = {.name = "net_ice"}, .remove = device_remove},
};

static const struct rte_driver *
shown_driver(const struct nicsim_personality *p)
{
	for (size_t i = 0; p->driver && i < RTE_DIM(shown_drivers); i++)
		if (!strcmp(shown_drivers[i].driver.name, p->driver))
			return &shown_drivers[i].driver;
	return NULL;
}

static int
device_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct nicsim *sw;
	int rc;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	sw = rte_zmalloc(name, sizeof *sw, RTE_CACHE_LINE_SIZE);
	if (!sw)
		return -ENOMEM;
	rte_rwlock_init(&sw->lock);
	sw->vdev = vdev;
	sw->domain = RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID;
	sw->control_fd = -1;
	LIST_INIT(&sw->rules);
	for (unsigned int i = 0; i < NICSIM_GROUPS_MAX; i++)
		TAILQ_INIT(&sw->groups[i]);
	rc = nicsim_config_parse(rte_vdev_device_args(vdev), &sw->config);
	if (!rc) {
		sw->shown = shown_driver(sw->config.personality);
		rc = rte_eth_switch_domain_alloc(&sw->domain);
	}
	if (!rc && sw->config.connectx) {
		sw->steering = nicsim_steer_find(name, sw->config.n_vfs);
		rc = sw->steering ? 0 : -ENODEV;
		/* A device that died was removed, and this is another. */
		if (!rc)
			nicsim_steering_fail(sw, false);
	}
	for (unsigned int i = 0; !rc && i <= sw->config.n_vfs; i++)
		rc = port_new(sw, vdev, i);
	if (!rc)
		rc = nicsim_control_start(sw);
	if (rc) {
		NICSIM_LOG(ERR, "%s: %s\n", name, rte_strerror(-rc));
		eswitch_free(sw);
		return rc;
	}
	for (unsigned int i = 0; i < sw->n_ports; i++)
		rte_eth_dev_probing_finish(sw->ports[i].dev);
	LIST_INSERT_HEAD(&eswitches, sw, next);
	return 0;
}

static struct rte_vdev_driver nicsim_driver = {
	.probe = device_probe,
	.remove = device_remove,
};

RTE_PMD_REGISTER_VDEV(net_nicsim, nicsim_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_nicsim, "personality=<plain|mlx5|e810> "
					  "steering=<rules|connectx> "
					  "vfs=<int> "
					  "wire=[<devargs>] "
					  "vfN=[<devargs>] "
					  "capacity=<int> "
					  "counters=<int> "
					  "insert_us=<int> "
					  "count_ms=<int> "
					  "seg_bytes=<int> "
					  "fail_nth=<int> "
					  "unsupported=<name:name> "
					  "control=<path>");
