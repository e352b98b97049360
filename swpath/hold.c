/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"

#include "buffers.h"
#include "device.h"
#include "event.h"
#include "port.h"

#include <rte_errno.h>

#include <errno.h>
#include <stdatomic.h>

#define DESCRIPTORS 64

static struct swp *
swp_of(struct nic_devices *devices)
{
	return caa_container_of(devices, struct swp, holds.devices);
}

static struct swp_port *
port_on(const struct swp *s, uint16_t ethdev)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i] && s->ports[i]->ethdev == ethdev)
			return s->ports[i];
	}
	return NULL;
}

static int
start_alone(struct swp *s, uint16_t ethdev)
{
	unsigned int socket = (unsigned int)rte_eth_dev_socket_id(ethdev);
	uint16_t n_rxd = DESCRIPTORS, n_txd = DESCRIPTORS;
	struct rte_eth_conf conf = {0};
	struct rte_eth_dev_info info;
	struct rte_mempool *pool;
	int rc = swp_ethdev_is_removed(s, ethdev) ? -ENODEV : rte_eth_dev_info_get(ethdev, &info);

	if (rc)
		return rc;
	rc = swp_buffers_pool(s, swp_buffers_node(s, ethdev), &pool);
	if (rc)
		return rc;
	conf.intr_conf.rmv = *info.dev_flags & RTE_ETH_DEV_INTR_RMV ? 1 : 0;
	rc = rte_eth_dev_configure(ethdev, 1, 1, &conf);
	if (rc)
		return rc;
	atomic_store_explicit(&s->configured[ethdev], true, memory_order_release);
	rc = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev, &n_rxd, &n_txd);
	if (!rc)
		rc = rte_eth_rx_queue_setup(ethdev, 0, n_rxd, socket, NULL, pool);
	if (!rc)
		rc = rte_eth_tx_queue_setup(ethdev, 0, n_txd, socket, NULL);
	if (!rc)
		rc = rte_eth_dev_start(ethdev);
	if (rc)
		return rc;
	s->holds.alone[ethdev] = true;
	s->holds.n_buffers[ethdev] = (unsigned int)n_rxd + n_txd;
	swp_buffers_update(s);
	return 0;
}

static void
stop_alone(struct swp *s, uint16_t ethdev)
{
	s->holds.alone[ethdev] = false;
	s->holds.n_buffers[ethdev] = 0;
	rte_eth_dev_stop(ethdev);
	swp_buffers_update(s);
}

/* Holds an ethdev that has no hold yet. */
static int
hold_first(struct swp *s, uint16_t ethdev)
{
	struct swp_holds *h = &s->holds;
	const struct swp_port *p = port_on(s, ethdev);
	int rc;

	if (p && !p->running)
		return -ENETDOWN;
	if (!h->device[ethdev]) {
		rc = swp_device_join(s, ethdev, &h->device[ethdev]);
		if (rc)
			return rc;
	}
	rc = p || h->alone[ethdev] ? 0 : start_alone(s, ethdev);
	if (rc)
		LOG_ERR(s->log, SWPATH,
			"ethdev %u, the transfer proxy of its NIC, cannot be started: %s", ethdev,
			rte_strerror(-rc));
	return rc;
}

static int
hold(struct nic_devices *devices, uint16_t ethdev)
{
	struct swp *s = swp_of(devices);
	struct swp_holds *h = &s->holds;
	int rc;

	if (!rte_eth_dev_is_valid_port(ethdev))
		return -ENODEV;
	mutex_lock(&h->mu);
	rc = h->n[ethdev] ? 0 : hold_first(s, ethdev);
	h->n[ethdev] += !rc;
	mutex_unlock(&h->mu);
	return rc;
}

static void
release(struct nic_devices *devices, uint16_t ethdev)
{
	struct swp_holds *h = &swp_of(devices)->holds;

	mutex_lock(&h->mu);
	h->n[ethdev]--;
	mutex_unlock(&h->mu);
}

static int
identify(struct nic_devices *devices, uint16_t ethdev, struct nic_identity *out)
{
	struct rte_eth_dev_info info;

	if (swp_ethdev_is_removed(swp_of(devices), ethdev) || rte_eth_dev_info_get(ethdev, &info) ||
	    !info.device)
		return -ENODEV;
	memset(out, 0, sizeof *out);
	snprintf(out->device, sizeof out->device, "%s", rte_dev_name(info.device));
	out->switch_port = info.switch_info.port_id;
	return 0;
}

static const struct nic_devices_class holds_class = {
	.hold = hold, .release = release, .identify = identify};

void
swp_holds_init(struct swp *s)
{
	s->holds.devices.class = &holds_class;
	mutex_init(&s->holds.mu);
}

struct nic_devices *
swp_devices(struct swp *s)
{
	return &s->holds.devices;
}

static bool
is_held(struct swp *s, uint16_t ethdev)
{
	bool held;

	mutex_lock(&s->holds.mu);
	held = s->holds.n[ethdev];
	mutex_unlock(&s->holds.mu);
	return held;
}

int
swp_hold_lend(struct swp *s, uint16_t ethdev)
{
	int rc;

	if (!s->holds.alone[ethdev])
		return 0;
	rc = swp_device_down(s, ethdev);
	if (rc == -ENOMEM || rc == -ETIMEDOUT)
		return rc;
	rcu_sleep();
	stop_alone(s, ethdev);
	rcu_wake();
	return 0;
}

static void
start_again(struct swp *s, uint16_t ethdev)
{
	int rc;

	rcu_sleep();
	rc = start_alone(s, ethdev);
	rcu_wake();
	if (rc)
		LOG_ERR(s->log, SWPATH,
			"ethdev %u, the transfer proxy of its NIC, cannot be restarted: %s", ethdev,
			rte_strerror(-rc));
	else
		swp_device_up(s, ethdev);
}

bool
swp_hold_take_back(struct swp *s, const struct swp_port *p)
{
	if (!is_held(s, p->ethdev))
		return false;
	if (!p->running) {
		start_again(s, p->ethdev);
		return true;
	}
	s->holds.alone[p->ethdev] = true;
	s->holds.n_buffers[p->ethdev] = p->buffers.rx + p->buffers.tx;
	swp_buffers_update(s);
	rte_eth_promiscuous_disable(p->ethdev);
	return true;
}

static void
hold_end(struct swp *s, uint16_t ethdev)
{
	struct swp_device *device = s->holds.device[ethdev];

	s->holds.device[ethdev] = NULL;
	if (s->holds.alone[ethdev]) {
		rcu_sleep();
		stop_alone(s, ethdev);
		rcu_wake();
	}
	swp_device_close(s, device);
}

static void
recover(struct swp *s, uint16_t ethdev, unsigned int bits)
{
	int rc = swp_device_down(s, ethdev);

	LOG_WARN(s->log, SWPATH, "ethdev %u, the transfer proxy of its NIC, was %s", ethdev,
		 bits & SWP_EVENT_REMOVED ? "removed" : "reset");
	if (rc == -ENOMEM || rc == -ETIMEDOUT) {
		swp_event_note(s, ethdev, bits);
		return;
	}
	rcu_sleep();
	stop_alone(s, ethdev);
	rcu_wake();
	if (bits & SWP_EVENT_REMOVED) {
		s->holds.device[ethdev]->made = true;
		return;
	}
	rcu_sleep();
	rte_eth_dev_reset(ethdev);
	rcu_wake();
	start_again(s, ethdev);
}

void
swp_holds_recover(struct swp *s)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		unsigned int bits = s->holds.alone[id] ? SWP_EVENT_REMOVED | SWP_EVENT_RESET : 0;

		bits = bits ? swp_events_take(s, id, bits) : 0;
		if (bits)
			recover(s, id, bits);
	}
}

/* Closes ethdevs without holds. Tries again to start a held one that could not be started when its
 * port was removed. */
void
swp_holds_reap(struct swp *s)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		if (!s->holds.device[id])
			continue;
		if (!is_held(s, id))
			hold_end(s, id);
		else if (!s->holds.alone[id] && !port_on(s, id) && !swp_ethdev_is_removed(s, id))
			start_again(s, id);
	}
}
