/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <base/err.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* Device arguments that select one ethdev of a device; all others are for its driver. */
static const char *const selectors[] = {"representor=", "mac="};

/* The ethdevs that exist at one moment, and their devices. */
struct ethdevs {
	struct rte_device *device[RTE_MAX_ETHPORTS]; /* NULL: no such ethdev */
};

static struct rte_device *
device_of(uint16_t ethdev)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(ethdev, &info) ? NULL : info.device;
}

static void
ethdevs_list(struct ethdevs *e)
{
	uint16_t id;

	memset(e, 0, sizeof *e);
	RTE_ETH_FOREACH_DEV (id) {
		e->device[id] = device_of(id);
	}
}

static bool
ethdevs_has(const struct ethdevs *e, const struct rte_device *device)
{
	for (unsigned int i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (e->device[i] == device)
			return true;
	return false;
}

/* Returns true if all arguments are selectors. */
static bool
args_select_only(const char *args)
{
	while (*args) {
		size_t i = 0, depth = 0, n = 0;

		while (i < RTE_DIM(selectors) &&
		       strncmp(args, selectors[i], strlen(selectors[i])) != 0)
			i++;
		if (i == RTE_DIM(selectors))
			return false;
		for (; args[n] && (args[n] != ',' || depth); n++)
			depth += (args[n] == '[') - (args[n] == ']');
		args += n + (args[n] == ',');
	}
	return true;
}

/* Refuses arguments that differ from those of an existing device. A virtual device is created by
 * its arguments, so other arguments mean another device. A PCI device exists anyway; DPDK's drivers
 * take its arguments when they first probe it, so these are not compared. */
static int
check_same(const struct rte_devargs *da, uint16_t ethdev, const char *devargs, char *err,
	   size_t n_err)
{
	const struct rte_device *device = device_of(ethdev);
	const struct rte_devargs *has = device ? rte_dev_devargs(device) : NULL;

	if (strcmp(rte_bus_name(da->bus), "vdev") != 0 || args_select_only(da->args) ||
	    (has && has->args && !strcmp(has->args, da->args)))
		return 0;
	err_print(err, n_err,
		  "dev=%s: device %s exists with other arguments (%s); expected its name alone, or "
		  "another device number",
		  devargs, da->name, has && has->args ? has->args : "none");
	return -EEXIST;
}

static int
check_owner(uint16_t ethdev, const char *devargs, char *err, size_t n_err)
{
	struct rte_eth_dev_owner owner = {.id = RTE_ETH_DEV_NO_OWNER};

	if (rte_eth_dev_owner_get(ethdev, &owner) || owner.id == RTE_ETH_DEV_NO_OWNER)
		return 0;
	err_print(err, n_err, "dev=%s: the device is used by %s", devargs, owner.name);
	return -EBUSY;
}

/* Finds the ethdev that the arguments name. Without representor= this is a device's own ethdev,
 * never a representor. Returns -ENODEV, without 'err', if none exists. */
static int
match(const char *devargs, uint16_t *ethdev, char *err, size_t n_err)
{
	struct rte_dev_iterator it;
	unsigned int n = 0;
	uint16_t id;

	RTE_ETH_FOREACH_MATCHING_DEV(id, devargs, &it)
	{
		if (!n++)
			*ethdev = id;
	}
	if (!n)
		return -ENODEV;
	if (n == 1 || !strstr(devargs, "representor="))
		return 0;
	err_print(err, n_err,
		  "dev=%s: names %u ports; expected one, as in representor=vf0; add each port "
		  "separately",
		  devargs, n);
	return -EINVAL;
}

static int
plug(const char *devargs, char *err, size_t n_err)
{
	int rc;

	if (rte_eth_dev_count_total() == RTE_MAX_ETHPORTS) {
		err_print(err, n_err,
			  "dev=%s: all %d devices that this build of DPDK can have are in use "
			  "(RTE_MAX_ETHPORTS, 32 in Debian); remove a port, or build DPDK with "
			  "-Dmax_ethports=N and Tandem with that: docs/guide.md, \"More than 32 "
			  "ports\"",
			  devargs, RTE_MAX_ETHPORTS);
		return -ENOSPC;
	}
	rc = rte_dev_probe(devargs);
	if (!rc)
		return 0;
	/* Many drivers return a bare -1, which would be printed as -EPERM. */
	err_print(err, n_err, "dev=%s: the driver refused the device: %s", devargs,
		  rc == -1 ? "see its messages in the log" : rte_strerror(-rc));
	return rc < -1 ? rc : -ENODEV;
}

/* Unplugs a device that a probe added and that cannot be used: one that had no ethdev before. */
static void
unplug_new(const struct ethdevs *before, const struct rte_devargs *da)
{
	bool any = false;
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		struct rte_device *device = device_of(id);

		if (!device || strcmp(rte_dev_name(device), da->name) != 0)
			continue;
		any = true;
		if (!ethdevs_has(before, device)) {
			rte_dev_remove(device);
			return;
		}
	}
	if (!any)
		rte_eal_hotplug_remove(rte_bus_name(da->bus), da->name);
}

/* Finds the ethdev after a probe. For a bus that cannot be searched (auxiliary), takes the first
 * new ethdev. */
static int
match_new(const struct ethdevs *before, const char *devargs, uint16_t *ethdev, char *err,
	  size_t n_err)
{
	int rc = match(devargs, ethdev, err, n_err);
	uint16_t id;

	if (rc != -ENODEV)
		return rc;
	RTE_ETH_FOREACH_DEV (id) {
		if (before->device[id] || strstr(devargs, "representor="))
			continue;
		*ethdev = id;
		return 0;
	}
	err_print(err, n_err,
		  "dev=%s: the device exists, but has no such port; see its driver's messages in "
		  "the log",
		  devargs);
	return -ENODEV;
}

static int
find_or_plug(const struct rte_devargs *da, const char *devargs, uint16_t *ethdev, bool *made,
	     char *err, size_t n_err)
{
	struct ethdevs before;
	int rc = match(devargs, ethdev, err, n_err);

	if (!rc)
		return check_same(da, *ethdev, devargs, err, n_err);
	if (rc != -ENODEV)
		return rc;
	ethdevs_list(&before);
	rc = plug(devargs, err, n_err);
	if (rc)
		return rc;
	rc = match_new(&before, devargs, ethdev, err, n_err);
	if (rc) {
		unplug_new(&before, da);
		return rc;
	}
	*made = !ethdevs_has(&before, device_of(*ethdev));
	return 0;
}

static int
open_device(const char *devargs, uint16_t *ethdev, bool *made, char *err, size_t n_err)
{
	struct rte_devargs da = {0};
	int rc;

	if (!rte_eth_dev_get_port_by_name(devargs, ethdev))
		return check_owner(*ethdev, devargs, err, n_err);
	/* EAL follows a null pointer if the device names no known bus. */
	if (rte_devargs_parse(&da, devargs) || !da.bus) {
		err_print(err, n_err,
			  "dev=%s: no Ethernet device or driver has this name; expected a device's "
			  "name, a PCI address (0000:03:00.0), or a driver's name with a number "
			  "and arguments (net_netdev0,iface=eth0)",
			  devargs);
		free(da.data);
		return -ENODEV;
	}
	rc = find_or_plug(&da, devargs, ethdev, made, err, n_err);
	free(da.data);
	return rc ? rc : check_owner(*ethdev, devargs, err, n_err);
}

static struct swp_device **
record_of(struct swp *s, const struct rte_device *device)
{
	struct swp_device **at = &s->devices;

	while (*at && (*at)->device != device)
		at = &(*at)->next;
	return at;
}

static int
record_join(struct swp *s, uint16_t ethdev, bool made, struct swp_device **out)
{
	struct rte_device *device = device_of(ethdev);
	struct swp_device **at;

	if (!device)
		return -ENODEV;
	at = record_of(s, device);
	if (!*at) {
		*at = calloc(1, sizeof **at);
		if (!*at)
			return -ENOMEM;
		(*at)->device = device;
		(*at)->made = made;
	}
	(*at)->n_users++;
	*out = *at;
	return 0;
}

int
swp_device_join(struct swp *s, uint16_t ethdev, struct swp_device **out)
{
	return record_join(s, ethdev, false, out);
}

int
swp_device_open(struct swp *s, const char *devargs, uint16_t *ethdev, struct swp_device **out,
		char *err, size_t n_err)
{
	bool made = false;
	int rc;

	rcu_sleep();
	rc = open_device(devargs, ethdev, &made, err, n_err);
	if (!rc) {
		rc = record_join(s, *ethdev, made, out);
		if (rc)
			err_print(err, n_err, "dev=%s: %s", devargs, strerror(-rc));
	}
	if (rc && made)
		rte_dev_remove(device_of(*ethdev));
	rcu_wake();
	return rc;
}

void
swp_device_close(struct swp *s, struct swp_device *d)
{
	int rc = 0;

	if (--d->n_users)
		return;
	*record_of(s, d->device) = d->next;
	rcu_sleep();
	if (d->made)
		rc = rte_dev_remove(d->device);
	rcu_wake();
	if (rc)
		LOG_WARN(s->log, SWPATH, "a device cannot be unplugged: %s", rte_strerror(-rc));
	free(d);
}

void
swp_devices_close_left(struct swp *s)
{
	rcu_sleep();
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (atomic_load_explicit(&s->configured[id], memory_order_acquire))
			rte_eth_dev_close(id);
	rcu_wake();
}

int
swp_device_down(struct swp *s, uint16_t ethdev)
{
	return s->config.device_down ? s->config.device_down(s->config.aux, ethdev) : 0;
}

void
swp_device_up(struct swp *s, uint16_t ethdev)
{
	if (s->config.device_up)
		s->config.device_up(s->config.aux, ethdev);
}
