/* SPDX-License-Identifier: Apache-2.0 */
/* Extended statistics of a port. */
#pragma once

#include "port.h"

/* Extended statistics: members of eth_dev_ops; nicsim_xstats_start() is called when the port
 * starts. */
int nicsim_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *out, unsigned int max);
int nicsim_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *out, unsigned int max);
void nicsim_xstats_start(struct nicsim_port *port);
