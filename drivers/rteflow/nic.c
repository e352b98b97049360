/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"
#include "port.h"
#include "probe.h"
#include "rule.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

static const enum rte_eth_event_type loss_events[] = {
	RTE_ETH_EVENT_INTR_RESET, RTE_ETH_EVENT_INTR_RMV, RTE_ETH_EVENT_RECOVERY_SUCCESS,
	RTE_ETH_EVENT_RECOVERY_FAILED};

/* Thread: the one that reports events. */
static int
on_loss(uint16_t dev_id, enum rte_eth_event_type event, void *aux, void *ret)
{
	struct rteflow_nic *n = aux;

	(void)dev_id, (void)event, (void)ret;
	atomic_store(&n->lost, true);
	return 0;
}

/* Registers for the loss of rules, at the device that holds them. Ethdev ignores a second
 * registration of the same callback. */
static void
watch(struct rteflow_nic *n, uint16_t proxy_id)
{
	for (size_t i = 0; i < RTE_DIM(loss_events); i++)
		rte_eth_dev_callback_register(proxy_id, loss_events[i], on_loss, n);
}

/* A callback that is running cannot be unregistered; it is short. */
static void
unwatch(struct rteflow_nic *n, uint16_t proxy_id)
{
	for (size_t i = 0; i < RTE_DIM(loss_events); i++) {
		while (rte_eth_dev_callback_unregister(proxy_id, loss_events[i], on_loss, n) ==
		       -EAGAIN)
			rte_pause();
	}
}

static int
hold(struct nic_devices *devices, const struct rteflow_port *port, struct nic_refusal *why)
{
	int rc = devices ? devices->class->hold(devices, port->dev_id) : 0;

	if (rc)
		return nic_refuse(why, NIC_REASON_NO_DEVICE, rte_strerror(-rc));
	if (!devices || port->proxy_id == port->dev_id)
		return 0;
	rc = devices->class->hold(devices, port->proxy_id);
	if (!rc)
		return 0;
	devices->class->release(devices, port->dev_id);
	nic_refuse(why, NIC_REASON_DEVICE_DOWN, NULL);
	snprintf(why->detail, sizeof why->detail, "the proxy, ethdev %" PRIu16 ": %s",
		 port->proxy_id, rte_strerror(-rc));
	return -EOPNOTSUPP;
}

static void
release(struct nic_devices *devices, const struct rteflow_port *port)
{
	if (!devices)
		return;
	if (port->proxy_id != port->dev_id)
		devices->class->release(devices, port->proxy_id);
	devices->class->release(devices, port->dev_id);
}

static struct rteflow_nic *
nic_of_domain(struct nic **nics, unsigned int n, uint16_t domain_id)
{
	if (domain_id == RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID)
		return NULL;
	for (unsigned int i = 0; i < n; i++) {
		if (rteflow_nic(nics[i])->domain_id == domain_id)
			return rteflow_nic(nics[i]);
	}
	return NULL;
}

static uint16_t
proxy_of(uint16_t dev_id)
{
	struct rte_flow_error error = {0};
	uint16_t proxy_id = dev_id;

	if (rte_flow_pick_transfer_proxy(dev_id, &proxy_id, &error))
		return dev_id;
	return proxy_id;
}

static int
nic_new(const struct rte_eth_dev_info *info, const struct rteflow_port *port,
	struct rteflow_nic **out, struct nic_refusal *why)
{
	struct rteflow_nic *n = calloc(1, sizeof *n);
	int rc;

	if (!n)
		return -ENOMEM;
	rc = rteflow_probe(port->dev_id, port->proxy_id, rteflow_traits_find(info->driver_name),
			   &n->dialect, why);
	if (rc) {
		free(n);
		return rc;
	}
	n->nic.class = &rteflow_class;
	n->domain_id = info->switch_info.domain_id;
	n->keeps_counters = info->dev_capa & RTE_ETH_DEV_CAPA_FLOW_SHARED_OBJECT_KEEP;
	n->generation = 1;
	*out = n;
	return 0;
}

static int
port_add(struct nic **nics, unsigned int n, uint32_t number, uint16_t dev_id,
	 struct nic_devices *devices, struct nic **out, struct nic_refusal *why)
{
	struct rteflow_port port = {.number = number, .dev_id = dev_id};
	struct rte_eth_dev_info info;
	struct rteflow_nic *nic, *made = NULL;
	int rc = rte_eth_dev_info_get(dev_id, &info);

	if (rc)
		return nic_refuse(why, NIC_REASON_NO_DEVICE, "no such device");
	port.proxy_id = proxy_of(dev_id);
	rc = hold(devices, &port, why);
	if (rc)
		return rc;
	nic = nic_of_domain(nics, n, info.switch_info.domain_id);
	if (!nic) {
		rc = nic_new(&info, &port, &made, why);
		if (rc)
			goto fail;
		made->devices = devices;
		nic = made;
	}
	rc = rteflow_port_add(nic, &port);
	if (rc)
		goto fail_made;
	watch(nic, port.proxy_id);
	*out = &nic->nic;
	return 0;
fail_made:
	if (made)
		free(made->ports);
	free(made);
fail:
	release(devices, &port);
	return rc;
}

static bool
is_proxy(struct nic *nic, uint16_t dev_id)
{
	const struct rteflow_nic *n = rteflow_nic(nic);

	for (unsigned int i = 0; i < n->n_ports; i++) {
		if (n->ports[i]->proxy_id == dev_id)
			return true;
	}
	return false;
}

static bool
port_del(struct nic *nic, uint32_t number)
{
	struct rteflow_nic *n = rteflow_nic(nic);

	for (unsigned int i = 0; i < n->n_ports; i++) {
		struct rteflow_port *removed = n->ports[i];

		if (removed->number != number)
			continue;
		n->ports[i] = n->ports[--n->n_ports];
		if (!is_proxy(nic, removed->proxy_id))
			unwatch(n, removed->proxy_id);
		release(n->devices, removed);
		free(removed);
		break;
	}
	if (n->n_ports)
		return false;
	free(n->ports);
	free(n->counters);
	free(n);
	return true;
}

static const struct nic_caps *
caps(struct nic *nic)
{
	return &rteflow_nic(nic)->dialect.caps;
}

const struct nic_class rteflow_class = {
	.name = "rteflow",
	.port_add = port_add,
	.port_del = port_del,
	.is_proxy = is_proxy,
	.forget = rteflow_forget,
	.caps = caps,
	.compile = rteflow_compile,
	.insert = rteflow_insert,
	.remove = rteflow_remove,
	.flush = rteflow_flush,
	.poll = rteflow_poll,
	.rule_free = rteflow_rule_free,
	.counter_new = rteflow_counter_new,
	.counter_free = rteflow_counter_free,
	.counters_read = rteflow_counters_read,
};
