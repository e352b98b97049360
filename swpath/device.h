/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of DPDK, and which of them this datapath plugged.
 *
 * One device (rte_device) may carry several ethdevs: a NIC's uplink and its representors. A record
 * exists for each device that is used, by ports or holds (hold.h), and counts them. The device is
 * unplugged when its last user leaves it, and only if swp_device_open() plugged it: a device that
 * existed before (EAL's -a, --vdev) stays. An ethdev without a port or hold stays with its device,
 * stopped, and is found again.
 *
 * Thread safety: control only. All functions block, RCU-offline meanwhile. */
#pragma once

#include "impl.h"

/* Finds the ethdev that 'devargs' name, or plugs the device and takes the ethdev that they name
 * then. '*out' is a reference for one port. On error nothing is plugged that was not before, and
 * 'err' says why: -ENODEV, -EINVAL, -EBUSY, -ENOMEM, or what the driver said. */
int swp_device_open(struct swp *s, const char *devargs, uint16_t *ethdev, struct swp_device **out,
		    char *err, size_t n_err);

/* Adds a reference to the device of an ethdev that exists. -ENODEV, -ENOMEM. */
int swp_device_join(struct swp *s, uint16_t ethdev, struct swp_device **out);

/* Drops a reference. */
void swp_device_close(struct swp *s, struct swp_device *d);

/* Closes every ethdev that ports had and that still exists: its queues refer to this datapath's packet
 * buffers, which are about to be freed. No port is left. */
void swp_devices_close_left(struct swp *s);

/* Says that an ethdev stops, or has started again: swp_config.device_down and device_up. Thread:
 * control. */
int swp_device_down(struct swp *s, uint16_t ethdev);
void swp_device_up(struct swp *s, uint16_t ethdev);
