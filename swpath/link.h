/* SPDX-License-Identifier: Apache-2.0 */
/* The link of a port: the source of its reports, and its last reported state.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#include <rte_ethdev.h>

/* Chooses the source of link reports. Called before the device is configured, since interrupts are
 * part of its configuration. */
void swp_link_choose(struct swp_port *p, const struct rte_eth_dev_info *info);

/* Reads the link of the device, which has just started. */
void swp_link_begin(struct swp *s, struct swp_port *p);
