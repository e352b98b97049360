/* SPDX-License-Identifier: Apache-2.0 */
/* The MTU of a port: the longest frame that its device takes, and in how many packet buffers.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#include <rte_ethdev.h>

/* Sets p->mtu: the one that was asked for, or else the device's own (of its network interface, where it
 * has one) as far as it can be had. Sets p->send_mtu, the bound of what is sent: the same, except on an
 * e-switch, where hardware rules forward frames of any length that the device takes, and so does
 * software. Sets 'conf' to receive and send frames of these lengths, and p->sends_chains.
 * -EINVAL, with 'err', when the device cannot have what was asked for. */
int swp_mtu_choose(const struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
		   struct rte_eth_conf *conf, char *err, size_t n_err);
