/* SPDX-License-Identifier: Apache-2.0 */
#include "burst.h"
#include "interface.h"
#include "log.h"
#include "netdev.h"
#include "port.h"
#include "tap.h"
#include "tap_burst.h"

#include <errno.h>
#include <ethdev_vdev.h>
#include <net/if.h>
#include <rte_bus_vdev.h>
#include <rte_kvargs.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const keys[] = {"iface",   "tap",	  "mac",	  "qpairs", "framesz",
				   "blocksz", "framecnt", "qdisc_bypass", NULL};

static int
number_take(const char *key, const char *value, void *aux)
{
	unsigned int *out = aux;
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (end == value || *end || n > INT32_MAX) {
		NETDEV_LOG(ERR, "%s=%s is not a number\n", key, value);
		return -EINVAL;
	}
	*out = (unsigned int)n;
	return 0;
}

static int
text_take(const char *key, const char *value, void *aux)
{
	(void)key;
	*(const char **)aux = value;
	return 0;
}

static int
mac_take(const char *key, const char *value, void *aux)
{
	struct netdev_args *a = aux;

	if (rte_ether_unformat_addr(value, &a->mac) || !rte_is_valid_assigned_ether_addr(&a->mac)) {
		NETDEV_LOG(ERR, "%s=%s is not the address of an interface\n", key, value);
		return -EINVAL;
	}
	a->has_mac = true;
	return 0;
}

static int
names_check(const struct netdev_args *a)
{
	if (!a->iface == !a->tap)
		NETDEV_LOG(ERR, "expected either iface=NAME or tap=NAME\n");
	else if (a->tap && (!a->tap[0] || strlen(a->tap) >= IFNAMSIZ || strchr(a->tap, '%')))
		NETDEV_LOG(ERR, "tap=%s: expected the name of an interface, up to %d characters\n",
			   a->tap, IFNAMSIZ - 1);
	else if (a->iface && a->has_mac)
		NETDEV_LOG(ERR, "mac=ADDRESS is for tap=NAME\n");
	else
		return 0;
	return -EINVAL;
}

static int
bounds_check(const struct netdev_args *a, unsigned int qdisc_bypass)
{
	if (names_check(a))
		return -EINVAL;
	if (!a->n_rxq || a->n_rxq > NETDEV_QUEUES_MAX)
		NETDEV_LOG(ERR, "qpairs=%u: expected 1..%u\n", a->n_rxq, NETDEV_QUEUES_MAX);
	else if (a->slot_bytes > 1 << 16 || a->block_bytes > 1 << 22 || a->n_slots > 32768)
		NETDEV_LOG(ERR, "expected framesz up to 65536, blocksz up to 4194304, framecnt up "
				"to 32768\n");
	else if (qdisc_bypass > 1)
		NETDEV_LOG(ERR, "qdisc_bypass=%u: expected 0 or 1\n", qdisc_bypass);
	else
		return 0;
	return -EINVAL;
}

/* Parses the device arguments. Texts in 'a' belong to 'kv'. */
static int
args_take(struct rte_kvargs *kv, struct netdev_args *a)
{
	unsigned int qdisc_bypass = 1;
	const struct {
		const char *key;
		unsigned int *out;
	} numbers[] = {{"qpairs", &a->n_rxq},
		       {"framesz", &a->slot_bytes},
		       {"blocksz", &a->block_bytes},
		       {"framecnt", &a->n_slots},
		       {"qdisc_bypass", &qdisc_bypass}};
	int rc = rte_kvargs_process(kv, "iface", text_take, &a->iface);

	if (!rc)
		rc = rte_kvargs_process(kv, "tap", text_take, &a->tap);
	if (!rc)
		rc = rte_kvargs_process(kv, "mac", mac_take, a);
	a->n_rxq = 1;
	for (unsigned int i = 0; !rc && i < RTE_DIM(numbers); i++)
		rc = rte_kvargs_process(kv, numbers[i].key, number_take, numbers[i].out);
	if (!rc)
		rc = bounds_check(a, qdisc_bypass);
	a->qdisc_bypass = qdisc_bypass;
	return rc ? -EINVAL : 0;
}

static int
ethdev_make(struct rte_vdev_device *vdev, const struct netdev_args *a,
	    const struct netdev_interface *i, uint16_t mtu, const struct rte_ether_addr *mac)
{
	bool is_tap = i->tap >= 0;
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct netdev));
	struct netdev *n;

	if (!dev)
		return -ENOMEM;
	n = dev->data->dev_private;
	n->dev = dev;
	n->interface = *i;
	n->args = *a;
	n->args.iface = n->args.tap = NULL;
	n->mac = *mac;
	for (unsigned int q = 0; q < NETDEV_QUEUES_MAX; q++) {
		n->rxq[q].netdev = n->txq[q].netdev = n;
		n->rxq[q].fd = n->txq[q].fd = -1;
	}
	dev->data->mtu = mtu;
	dev->data->mac_addrs = &n->mac;
	dev->dev_ops = &netdev_port_ops;
	dev->rx_pkt_burst = is_tap ? netdev_tap_rx_burst : netdev_rx_burst;
	dev->tx_pkt_burst = is_tap ? netdev_tap_tx_burst : netdev_tx_burst;
	rte_eth_dev_probing_finish(dev);
	return 0;
}

/* Returns 0 with the interface, which is closed by the caller if it is a TAP, or -errno. */
static int
interface_open(const struct netdev_args *a, struct netdev_interface *i)
{
	if (a->tap) {
		i->tap = netdev_tap_make(a);
		return RTE_MIN(i->tap, 0);
	}
	i->ifindex = if_nametoindex(a->iface);
	return i->ifindex ? 0 : -ENODEV;
}

static int
interface_probe(struct rte_vdev_device *vdev, const struct netdev_args *a)
{
	struct netdev_interface i = {.tap = -1};
	struct rte_ether_addr mac;
	uint16_t mtu = 0;
	int rc = interface_open(a, &i);

	if (!rc)
		rc = netdev_interface_mtu(&i, &mtu);
	if (!rc)
		rc = netdev_interface_mac(&i, &mac);
	if (!rc)
		rc = ethdev_make(vdev, a, &i, mtu, &mac);
	if (!rc)
		return 0;
	NETDEV_LOG(ERR, "%s=%s: %s\n", a->tap ? "tap" : "iface", a->tap ? a->tap : a->iface,
		   rte_strerror(-rc));
	if (i.tap >= 0)
		close(i.tap);
	return rc;
}

static int
device_probe(struct rte_vdev_device *vdev)
{
	struct rte_kvargs *kv = rte_kvargs_parse(rte_vdev_device_args(vdev), keys);
	struct netdev_args args = {0};
	int rc = kv ? args_take(kv, &args) : -EINVAL;

	if (!rc)
		rc = interface_probe(vdev, &args);
	rte_kvargs_free(kv);
	return rc;
}

static int
device_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	return dev ? rte_eth_dev_close(dev->data->port_id) : 0;
}

static struct rte_vdev_driver netdev_driver = {
	.probe = device_probe,
	.remove = device_remove,
};

/* A program linked with this driver registers it before DPDK loads its own drivers, so this one is
 * tried first for both names. */
RTE_PMD_REGISTER_VDEV(net_netdev, netdev_driver);
RTE_PMD_REGISTER_ALIAS(net_netdev, net_af_packet);
RTE_PMD_REGISTER_PARAM_STRING(
	net_netdev, "iface=<text> tap=<text> mac=<text> qpairs=<int> framecnt=<int> framesz=<int> "
		    "blocksz=<int> qdisc_bypass=<0|1>");
