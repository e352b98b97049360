/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving, which runs the e-switch. */
#pragma once

#include "port.h"

/* Members of ethdev's operations: receives, which runs the e-switch; sets up a receive queue. */
uint16_t nicsim_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
int nicsim_rxq_setup(struct rte_eth_dev *dev, uint16_t id, uint16_t n_desc, unsigned int socket,
		     const struct rte_eth_rxconf *conf, struct rte_mempool *pool);

/* Frees the packets in the receive queues. The caller holds 'rx_lock'. */
void nicsim_rx_stop(struct nicsim_port *port);
