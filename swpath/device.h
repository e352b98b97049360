/* SPDX-License-Identifier: Apache-2.0 */
/* DPDK devices, and which of them this datapath plugged.
 *
 * One device (rte_device) may carry several ethdevs: a NIC's uplink and its representors. A record
 * exists for each device in use and counts its users, which are ports and holds (hold.h). When the
 * last user leaves, the device is unplugged if swp_device_open() had plugged it; a device that
 * existed before (EAL's -a, --vdev) stays. An ethdev without a port or hold stays with its device,
 * stopped, and can be opened again.
 *
 * Thread safety: control only. Functions that open, close or remove devices block, RCU-offline
 * meanwhile. */
#pragma once

#include "impl.h"

/* Finds the ethdev that 'devargs' name; if none exists, plugs the device and finds it then. '*out'
 * is a reference for one port. On error nothing new stays plugged, and 'err' has the message:
 * -ENODEV, -EINVAL, -EBUSY, -ENOMEM, -ENOSPC, or the driver's error. */
int swp_device_open(struct swp *s, const char *devargs, uint16_t *ethdev, struct swp_device **out,
		    char *err, size_t n_err);

/* Adds a reference to the device of an existing ethdev. Returns 0, -ENODEV or -ENOMEM. */
int swp_device_join(struct swp *s, uint16_t ethdev, struct swp_device **out);

/* Drops a reference. */
void swp_device_close(struct swp *s, struct swp_device *d);

/* Closes every remaining ethdev that had a port: its queues refer to this datapath's packet
 * buffers, which are about to be freed. No port exists any more. */
void swp_devices_close_left(struct swp *s);

/* Calls swp_config.device_down before an ethdev is stopped, and device_up after it was started
 * again. Thread: control. */
int swp_device_down(struct swp *s, uint16_t ethdev);
void swp_device_up(struct swp *s, uint16_t ethdev);
