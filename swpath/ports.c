/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include "device.h"
#include "ethdev.h"
#include "event.h"
#include "hold.h"
#include "missq.h"
#include "negotiate.h"
#include "port_run.h"
#include "ring.h"

#include <base/err.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void *
zeroed_lines(size_t n_bytes)
{
	void *p = aligned_alloc(64, n_bytes);

	if (p)
		memset(p, 0, n_bytes);
	return p;
}

int
swp_port_new(struct swp *s, uint32_t number, struct swp_port **out)
{
	struct swp_port *p = calloc(1, sizeof *p);

	if (!p)
		return -ENOMEM;
	p->number = number;
	p->id = ++s->last_port_id;
	p->n_workers = s->n_workers;
	p->counts = zeroed_lines((s->n_workers + 1) * sizeof p->counts[0]);
	p->tx = zeroed_lines(s->n_workers * sizeof p->tx[0]);
	p->rxqs = zeroed_lines(SWP_RXQ_MAX * sizeof p->rxqs[0]);
	if (!p->counts || !p->tx || !p->rxqs ||
	    swp_missq_make(s, p, atomic_load_explicit(&s->n_handlers, memory_order_relaxed))) {
		swp_port_free(s, p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void
swp_port_free(struct swp *s, struct swp_port *p)
{
	for (unsigned int h = 0; h < DP_HANDLERS_MAX; h++) {
		swp_missq_drain(s, p, h, false);
		swp_ring_free(p->missq[h]);
	}
	free(p->counts);
	free(p->tx);
	free(p->rxqs);
	free(p);
}

/* Takes the next free number after the last one taken. A number is reused as late as possible, so
 * that an old megaflow does not send to a new port. */
static int
number_take(struct swp *s, uint32_t *number)
{
	for (uint32_t i = 1; i <= SWP_PORTS_MAX; i++) {
		uint32_t n = (s->last_number + i) % SWP_PORTS_MAX;

		if (n && !s->ports[n]) {
			*number = s->last_number = n;
			return 0;
		}
	}
	return -ENOSPC;
}

static int
check_new(const struct swp *s, const char *name, const char *devargs, char *err, size_t n_err)
{
	if (!*name || strlen(name) >= sizeof s->orphan_port->name) {
		err_print(err, n_err, "port name \"%s\": expected 1 to %zu characters", name,
			  sizeof s->orphan_port->name - 1);
		return -EINVAL;
	}
	if (!*devargs || strlen(devargs) >= sizeof s->orphan_port->devargs) {
		err_print(err, n_err, "dev=%s: expected 1 to %zu characters", devargs,
			  sizeof s->orphan_port->devargs - 1);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i] && !strcmp(s->ports[i]->name, name)) {
			err_print(err, n_err, "port name \"%s\": port %u has this name already",
				  name, i);
			return -EEXIST;
		}
	}
	return 0;
}

static int
check_ethdev(const struct swp *s, const char *devargs, uint16_t ethdev, char *err, size_t n_err)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i] && s->ports[i]->ethdev == ethdev) {
			err_print(err, n_err, "dev=%s: port \"%s\" uses this device already",
				  devargs, s->ports[i]->name);
			return -EEXIST;
		}
	}
	return 0;
}

/* Starts the port's device and publishes the port. On error no thread uses the port. */
static int
port_start(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	int rc = swp_hold_lend(s, p->ethdev);

	if (rc) {
		err_print(err, n_err, "dev=%s: its NIC did not remove its rules in time",
			  p->devargs);
		return rc;
	}
	rc = swp_port_device_start(s, p, err, n_err);
	if (rc) {
		swp_hold_take_back(s, p);
		return rc;
	}
	p->running = true;
	swp_port_sending_set(p, true);
	rcu_publish(&s->ports[p->number], p);
	rc = swp_workers_assign(s);
	if (!rc) {
		swp_device_up(s, p->ethdev);
		return 0;
	}
	err_print(err, n_err, "port \"%s\": out of memory", p->name);
	rcu_publish(&s->ports[p->number], (struct swp_port *)NULL);
	rcu_sync();
	p->running = false;
	swp_port_device_stop(s, p);
	swp_hold_take_back(s, p);
	return rc;
}

static int
port_make(struct swp *s, const char *name, const char *devargs,
	  const struct swp_port_config *config, uint16_t ethdev, struct swp_port **out)
{
	struct swp_port *p;
	uint32_t number;
	int rc = number_take(s, &number);

	if (rc)
		return rc;
	rc = swp_port_new(s, number, &p);
	if (rc)
		return rc;
	p->ethdev = ethdev;
	if (config)
		p->config = *config;
	snprintf(p->name, sizeof p->name, "%s", name);
	snprintf(p->devargs, sizeof p->devargs, "%s", devargs);
	*out = p;
	return 0;
}

int
swp_port_add(struct swp *s, const char *name, const char *devargs,
	     const struct swp_port_config *config, uint32_t *port, char *err, size_t n_err)
{
	char complete[sizeof s->orphan_port->devargs + 8];
	struct swp_device *device;
	struct swp_port *p;
	uint16_t ethdev;
	int rc = check_new(s, name, devargs, err, n_err);

	if (rc)
		return rc;
	swp_offloads_devargs(config, devargs, complete, sizeof complete);
	swp_holds_reap(s);
	rc = swp_device_open(s, complete, &ethdev, &device, err, n_err);
	if (rc)
		return rc;
	rc = check_ethdev(s, devargs, ethdev, err, n_err);
	if (rc)
		goto close_device;
	rc = port_make(s, name, devargs, config, ethdev, &p);
	if (rc) {
		err_print(err, n_err, "port \"%s\": %s", name,
			  rc == -ENOSPC ? "all port numbers are taken" : strerror(-rc));
		goto close_device;
	}
	p->device = device;
	rc = port_start(s, p, err, n_err);
	if (rc)
		goto free_port;
	*port = p->number;
	LOG_INFO(s->log, SWPATH,
		 "port %u \"%s\": dev=%s driver=%s, %u receive and %u transmit queues, MTU %u",
		 p->number, name, devargs, p->driver, p->n_rxq, p->n_txq, p->mtu);
	return 0;
free_port:
	swp_port_free(s, p);
close_device:
	swp_device_close(s, device);
	return rc;
}

/* If hardware rules hold the port's device, leaves it to them; otherwise stops it. */
static void
device_give_up(struct swp *s, struct swp_port *p)
{
	if (swp_hold_take_back(s, p)) {
		swp_device_close(s, p->device);
	} else if (p->running && swp_device_down(s, p->ethdev) == -ETIMEDOUT) {
		/* Its driver runs in another thread, so the device is left started and open. */
		LOG_ERR(s->log, SWPATH,
			"port %u \"%s\": its device cannot be used until the daemon restarts: a "
			"call of its driver does not return",
			p->number, p->name);
	} else {
		if (p->running)
			swp_port_device_stop(s, p);
		swp_device_close(s, p->device);
	}
}

/* After the grace period no worker polls the port, sends to it or queues an upcall of it, and no
 * handler reads its queues. */
int
swp_port_del(struct swp *s, uint32_t port)
{
	struct swp_port *p = port < SWP_PORTS_MAX ? s->ports[port] : NULL;

	if (!p)
		return -ENOENT;
	rcu_publish(&s->ports[port], (struct swp_port *)NULL);
	if (swp_workers_assign(s)) {
		rcu_publish(&s->ports[port], p);
		swp_missq_announce(s, p);
		return -ENOMEM;
	}
	rcu_sync();
	device_give_up(s, p);
	swp_holds_reap(s);
	LOG_INFO(s->log, SWPATH, "port %u \"%s\": removed", port, p->name);
	swp_port_free(s, p);
	return 0;
}

static struct swp_port *
port_of(struct swp *s, uint32_t port)
{
	return port < SWP_PORTS_MAX ? s->ports[port] : NULL;
}

/* Starts the port again. If it cannot have the new settings, it has the previous ones. */
static int
config_set(struct swp *s, struct swp_port *p, const struct swp_port_config *config, char *err,
	   size_t n_err)
{
	const struct swp_port_config before = p->config;
	int rc = swp_port_pause(s, p);

	if (rc) {
		err_print(err, n_err, "port \"%s\": %s", p->name,
			  rc == -ENOMEM ? "out of memory"
					: "hardware did not remove its rules in time");
		return rc;
	}
	p->config = *config;
	rc = swp_port_resume(s, p, err, n_err);
	if (!rc)
		return 0;
	p->config = before;
	if (swp_port_resume(s, p, p->fault, sizeof p->fault))
		LOG_ERR(s->log, SWPATH, "port \"%s\" has stopped: %s", p->name, p->fault);
	return rc;
}

int
swp_port_mtu_set(struct swp *s, uint32_t port, uint16_t mtu, char *err, size_t n_err)
{
	struct swp_port *p = port_of(s, port);
	struct swp_port_config config;

	if (!p)
		return -ENOENT;
	config = p->config;
	config.mtu = mtu;
	return p->running && p->config.mtu == mtu ? 0 : config_set(s, p, &config, err, n_err);
}

int
swp_port_tso_set(struct swp *s, uint32_t port, enum swp_tso tso, char *err, size_t n_err)
{
	struct swp_port *p = port_of(s, port);
	struct swp_port_config config;

	if (!p)
		return -ENOENT;
	if (p->traits->has_guest) {
		err_print(err, n_err,
			  "tso: port \"%s\" is that of a guest, which agreed with its device when "
			  "it connected; delete the port and add it again with tso",
			  p->name);
		return -EINVAL;
	}
	config = p->config;
	config.tso = (uint16_t)tso;
	return p->running && p->config.tso == tso ? 0 : config_set(s, p, &config, err, n_err);
}

int
swp_port_link_set(struct swp *s, uint32_t port, bool up)
{
	struct swp_port *p = port < SWP_PORTS_MAX ? s->ports[port] : NULL;
	int rc;

	if (!p)
		return -ENOENT;
	rcu_sleep();
	rc = swp_ethdev_link_set(p, up);
	rcu_wake();
	/* Some drivers do not report a change that they were asked for. */
	if (!rc && p->link_source != SWP_LINK_NETDEV)
		swp_event_note(s, p->ethdev, SWP_EVENT_LINK);
	return rc;
}

void
swp_ports_clear(struct swp *s)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		if (s->ports[i] && swp_port_del(s, i))
			LOG_ERR(s->log, SWPATH, "port %u cannot be removed: out of memory", i);
	}
}
