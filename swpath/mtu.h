/* SPDX-License-Identifier: Apache-2.0 */
/* The MTU of a port: the longest frame that its device handles, and in how many packet buffers.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

#include <rte_ethdev.h>

/* Sets p->mtu to the configured MTU, else to the device's own (that of its network interface, if it
 * has one), limited to the supported maximum. Sets p->send_mtu, the limit for sending. It is the
 * same, except on an e-switch: there hardware rules forward frames of any length that the device
 * supports, and so does software. Sets 'conf' to receive and send frames of these lengths, and
 * p->sends_chains. Returns 0, or -EINVAL with 'err' if the device does not support the configured
 * MTU. */
int swp_mtu_choose(const struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
		   struct rte_eth_conf *conf, char *err, size_t n_err);
