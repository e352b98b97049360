/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include <string.h>

#define TX_CHECKSUMS                                                                               \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |                            \
	 RTE_ETH_TX_OFFLOAD_UDP_CKSUM)

/* Drivers whose long frames can be cut into the segments that they were made of: those of a kernel
 * or guest, which state the size. A NIC that joins received packets does not keep it. */
static bool
joins_without_loss(const struct rte_eth_dev_info *info)
{
	return !strcmp(info->driver_name, "net_netdev");
}

static uint16_t
segs_max(const struct rte_eth_dev_info *info)
{
	return info->tx_desc_lim.nb_seg_max ? info->tx_desc_lim.nb_seg_max : UINT16_MAX;
}

/* A packet that is cut by a device takes several buffers. */
void
swp_offloads_choose(struct swp_port *p, const struct rte_eth_dev_info *info,
		    struct rte_eth_conf *conf)
{
	uint64_t chains = RTE_ETH_TX_OFFLOAD_MULTI_SEGS, cuts = RTE_ETH_TX_OFFLOAD_TCP_TSO;

	p->tx_offloads = p->rx_offloads = 0;
	p->n_segs_max = segs_max(info);
	if (!joins_without_loss(info))
		return;
	p->rx_offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_LRO;
	p->tx_offloads = info->tx_offload_capa & TX_CHECKSUMS;
	if ((info->tx_offload_capa & (chains | cuts)) == (chains | cuts)) {
		p->tx_offloads |= chains | cuts;
		p->sends_chains = true;
	}
	conf->rxmode.offloads |= p->rx_offloads;
	conf->txmode.offloads |= p->tx_offloads;
	if (p->rx_offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO)
		conf->rxmode.max_lro_pkt_size = info->max_lro_pkt_size;
}
