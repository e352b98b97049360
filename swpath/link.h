/* SPDX-License-Identifier: Apache-2.0 */
/* The link of a port: who tells of it, and what was told last.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#include <rte_ethdev.h>

/* Chooses who tells of the port's link. Before the device is configured: what a device is to report is
 * part of its configuration. */
void swp_link_choose(struct swp_port *p, const struct rte_eth_dev_info *info);

/* Asks the device, which has just started. */
void swp_link_begin(struct swp *s, struct swp_port *p);
