/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include <rte_eth_vhost.h>
#include <rte_vhost.h>

#include <linux/virtio_net.h>
#include <stdio.h>
#include <string.h>

#define TX_CHECKSUMS                                                                               \
	(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |                            \
	 RTE_ETH_TX_OFFLOAD_UDP_CKSUM)
#define TX_SEGMENTS (RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS)
#define RX_ALL                                                                                     \
	(RTE_ETH_RX_OFFLOAD_TCP_LRO | RTE_ETH_RX_OFFLOAD_TCP_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM)

/* The driver passes on whole segments to a guest that has asked for them, and does not report it as an
 * offload. */
uint64_t
swp_offloads_of_guest(const struct swp_port *p)
{
	const uint64_t need = RTE_BIT64(VIRTIO_NET_F_GUEST_CSUM) |
			      RTE_BIT64(VIRTIO_NET_F_GUEST_TSO4) |
			      RTE_BIT64(VIRTIO_NET_F_GUEST_TSO6);
	int vid = rte_eth_vhost_get_vid_from_port_id(p->ethdev);
	uint64_t has = 0;

	if (!(p->tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) || vid < 0 ||
	    rte_vhost_get_negotiated_features(vid, &has))
		return p->tx_offloads;
	return (has & need) == need ? p->tx_offloads | RTE_ETH_TX_OFFLOAD_TCP_TSO
				    : p->tx_offloads & ~RTE_ETH_TX_OFFLOAD_TCP_TSO;
}

/* By its arguments: net_vhost does not report it. */
static bool
vhost_takes_long(const char *devargs)
{
	return strstr(devargs, ",tso=1") || !strstr(devargs, ",tso=");
}

/* A packet that is cut by a device takes several buffers. */
static void
tx_choose(struct swp_port *p, const struct rte_eth_dev_info *info)
{
	p->tx_offloads = info->tx_offload_capa & TX_CHECKSUMS;
	p->n_segs_max = info->tx_desc_lim.nb_seg_max ? info->tx_desc_lim.nb_seg_max : UINT16_MAX;
	if ((info->tx_offload_capa & TX_SEGMENTS) == TX_SEGMENTS)
		p->tx_offloads |= TX_SEGMENTS;
	else if (p->traits->has_guest)
		p->tx_offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (!(p->tx_offloads & RTE_ETH_TX_OFFLOAD_TCP_TSO))
		p->offloads_why = p->traits->has_guest ? "no guest that takes segments is connected"
				  : p->tx_offloads     ? "the device does not cut segments"
						       : "the device does neither";
}

/* Returns NULL, or why nothing is left to the device. */
static const char *
nothing_why(const struct swp_port *p)
{
	if (p->config.tso == SWP_TSO_OFF)
		return "the port has tso=false";
	if (p->traits->has_no_engine)
		return "the driver would do it in software too";
	if (p->config.tso != SWP_TSO_ON && !p->traits->has_sizes)
		return "those of a NIC are used with tso=true";
	return NULL;
}

static void
rx_choose(struct swp_port *p, const struct rte_eth_dev_info *info)
{
	p->rx_offloads = p->traits->has_sizes ? info->rx_offload_capa & RX_ALL : 0;
	p->takes_long = p->traits->has_guest ? vhost_takes_long(p->devargs)
					     : p->rx_offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO;
}

void
swp_offloads_choose(struct swp_port *p, const struct rte_eth_dev_info *info,
		    struct rte_eth_conf *conf)
{
	p->tx_offloads = p->rx_offloads = 0;
	p->takes_long = false;
	p->offloads_why = nothing_why(p);
	if (p->offloads_why)
		return;
	tx_choose(p, info);
	rx_choose(p, info);
	if (p->rx_offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO)
		conf->rxmode.max_lro_pkt_size = info->max_lro_pkt_size;
	conf->rxmode.offloads |= p->rx_offloads;
	conf->txmode.offloads |= p->tx_offloads;
	if (p->traits->has_guest)
		p->tx_offloads = swp_offloads_of_guest(p);
	p->sends_chains |= !!(p->tx_offloads & RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
}

bool
swp_offloads_devargs(const struct swp_port_config *config, const char *devargs, char *out,
		     size_t n_out)
{
	bool vhost = !strncmp(devargs, "net_vhost", 9) || !strncmp(devargs, "eth_vhost", 9);
	bool adds = vhost && (!config || config->tso != SWP_TSO_OFF) && strchr(devargs, ',') &&
		    !strstr(devargs, ",tso=");

	return snprintf(out, n_out, "%s%s", devargs, adds ? ",tso=1" : "") < (int)n_out;
}
