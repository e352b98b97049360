/* SPDX-License-Identifier: Apache-2.0 */
#include "backing.h"

#include "log.h"
#include "nicsim.h"

#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

bool
nicsim_backing_exists(const struct nicsim_port *port)
{
	return port->backing != RTE_MAX_ETHPORTS;
}

uint16_t
nicsim_backing_send(struct nicsim_port *port, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = 0;

	rte_spinlock_lock(&port->tx_lock);
	if (port->started && nicsim_backing_exists(port) && !nicsim_is_dead(port->sw) &&
	    !atomic_load_explicit(&port->hung, memory_order_relaxed))
		sent = rte_eth_tx_burst(port->backing, 0, pkts, n);
	rte_spinlock_unlock(&port->tx_lock);
	rte_pktmbuf_free_bulk(pkts + sent, (unsigned int)(n - sent));
	return (uint16_t)(n - sent);
}

int
nicsim_backing_start(struct nicsim_port *port)
{
	struct rte_eth_conf conf = {0};
	int rc;

	if (!nicsim_backing_exists(port))
		return 0;
	rc = rte_eth_dev_configure(port->backing, 1, 1, &conf);
	if (!rc)
		rc = rte_eth_rx_queue_setup(port->backing, 0, 512, SOCKET_ID_ANY, NULL,
					    port->rxq[0].pool);
	if (!rc)
		rc = rte_eth_tx_queue_setup(port->backing, 0, 512, SOCKET_ID_ANY, NULL);
	if (!rc)
		rc = rte_eth_dev_start(port->backing);
	if (rc) {
		NICSIM_LOG(ERR, "port %u: the backing device does not start: %s\n", port->index,
			   rte_strerror(-rc));
		return rc;
	}
	rte_eth_promiscuous_enable(port->backing);
	return 0;
}

/* 'spec' is the name of an existing ethdev, or device arguments of a virtual one to create. The
 * e-switch becomes its owner, so applications ignore it. */
int
nicsim_backing_attach(struct nicsim_port *port, const char *spec)
{
	struct rte_eth_dev_owner owner = {.id = RTE_ETH_DEV_NO_OWNER};
	char name[64];
	const char *args = strchr(spec, ',');
	int rc;

	port->backing = RTE_MAX_ETHPORTS;
	if (!*spec)
		return 0;
	snprintf(name, sizeof name, "%.*s", args ? (int)(args - spec) : (int)strlen(spec), spec);
	if (args || rte_eth_dev_get_port_by_name(name, &port->backing)) {
		rc = rte_vdev_init(name, args ? args + 1 : "");
		if (rc == -EEXIST && !rte_eth_dev_allocated(name)) {
			rte_vdev_uninit(name);
			rc = rte_vdev_init(name, args ? args + 1 : "");
		}
		if (rc) {
			NICSIM_LOG(ERR, "backing device %s: %s\n", spec, rte_strerror(-rc));
			return rc;
		}
		port->backing_made = true;
		rc = rte_eth_dev_get_port_by_name(name, &port->backing);
		if (rc)
			return rc;
	}
	rc = rte_eth_dev_owner_new(&owner.id);
	snprintf(owner.name, sizeof owner.name, "nicsim");
	port->backing_owner = owner.id;
	return rc ? rc : rte_eth_dev_owner_set(port->backing, &owner);
}

/* Closes the ethdev but leaves its empty device on the bus: removing a device during the removal of
 * another would change the bus's list while it is walked. nicsim_backing_attach() removes the empty
 * device before it creates another of this name. */
void
nicsim_backing_detach(struct nicsim_port *port)
{
	if (port->backing_made && port->backing != RTE_MAX_ETHPORTS)
		rte_eth_dev_close(port->backing);
	else if (port->backing != RTE_MAX_ETHPORTS)
		rte_eth_dev_owner_unset(port->backing, port->backing_owner);
	port->backing = RTE_MAX_ETHPORTS;
	port->backing_made = false;
}
