/* SPDX-License-Identifier: Apache-2.0 */
/* What the datapath asks of DPDK's device layer. Thread: control, RCU-offline where it may block. */
#pragma once

#include "port.h"

/* Configures queues, starts it, and fills in what the port knows of its device. */
int swp_ethdev_start(struct swp *s, struct swp_port *p, char *err, size_t n_err);
void swp_ethdev_stop(struct swp_port *p);

/* Takes the link up or down. Returns 0, -ENOTSUP where the device cannot, or what the driver said. */
int swp_ethdev_link_set(struct swp_port *p, bool up);
