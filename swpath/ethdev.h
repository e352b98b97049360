/* SPDX-License-Identifier: Apache-2.0 */
/* Configures, starts and stops a port's ethdev. Thread: control, RCU-offline where it may block. */
#pragma once

#include "port.h"

/* Configures the queues, starts the device, and fills in the port's members about its device.
 * Returns 0, or -errno with 'err'. */
int swp_ethdev_start(struct swp *s, struct swp_port *p, char *err, size_t n_err);

/* Reads the device's counters a last time, and stops it. */
void swp_ethdev_stop(struct swp_port *p);

/* Sets the link up or down. Returns 0, -ENOTSUP if the device cannot, or the driver's error. */
int swp_ethdev_link_set(struct swp_port *p, bool up);
