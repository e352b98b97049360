/* SPDX-License-Identifier: Apache-2.0 */
/* Which checksums and segments a port leaves to its device.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Sets the offloads of 'conf', and p->tx_offloads, p->rx_offloads, p->n_segs_max and
 * p->sends_chains accordingly. Comes after swp_mtu_choose(). */
void swp_offloads_choose(struct swp_port *p, const struct rte_eth_dev_info *info,
			 struct rte_eth_conf *conf);
