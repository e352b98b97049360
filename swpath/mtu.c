/* SPDX-License-Identifier: Apache-2.0 */
#include "mtu.h"

#include <base/err.h>

#include <rte_ether.h>

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Beyond the overhead of a frame: the checksum, which some devices leave in the buffer. */
#define TAIL_BYTES RTE_ETHER_CRC_LEN

/* Returns 0 if the kernel does not report it. The ioctl takes a name, which may change at any time,
 * so it is looked up by index first. */
static unsigned int
interface_mtu(unsigned int ifindex)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int mtu = 0;

	if (fd < 0)
		return 0;
	if (if_indextoname(ifindex, ifr.ifr_name) && !ioctl(fd, SIOCGIFMTU, &ifr))
		mtu = (unsigned int)ifr.ifr_mtu;
	close(fd);
	return mtu;
}

/* Computes the maximal MTU as DPDK's ethdev layer does when it checks one. */
static unsigned int
device_max(const struct rte_eth_dev_info *info)
{
	uint32_t n_more = info->max_mtu != UINT16_MAX && info->max_rx_pktlen > info->max_mtu
				  ? info->max_rx_pktlen - info->max_mtu
				  : RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
	unsigned int max = info->max_mtu ? info->max_mtu : SWP_MTU_MAX;

	if (info->max_rx_pktlen > n_more)
		max = RTE_MIN(max, info->max_rx_pktlen - n_more);
	return RTE_MIN(max, (unsigned int)SWP_MTU_MAX);
}

/* Returns the longest MTU whose frames fit into one packet buffer. */
static unsigned int
buffer_max(const struct swp *s)
{
	return s->config.mbuf_bytes - SWP_FRAME_OVERHEAD_BYTES - TAIL_BYTES;
}

static bool
takes_chains(const struct swp_port *p, const struct rte_eth_dev_info *info)
{
	return (p->traits->chains || info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) &&
	       info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
}

static bool
on_eswitch(const struct rte_eth_dev_info *info)
{
	return info->switch_info.domain_id != RTE_ETH_DEV_SWITCH_DOMAIN_ID_INVALID;
}

static int
refuse(const struct swp *s, const struct swp_port *p, const struct rte_eth_dev_info *info,
       unsigned int max, char *err, size_t n_err)
{
	if (p->config.mtu > device_max(info) || p->config.mtu < info->min_mtu)
		err_print(err, n_err, "dev=%s: mtu=%u: expected %u..%u (limits of its driver)",
			  p->devargs, p->config.mtu, info->min_mtu, device_max(info));
	else
		err_print(err, n_err,
			  "dev=%s: mtu=%u: its driver needs a whole frame in one packet buffer, "
			  "and buffers of %u bytes allow an MTU of up to %u; use a smaller MTU, or "
			  "longer buffers (workers.packet-buffer-bytes)",
			  p->devargs, p->config.mtu, s->config.mbuf_bytes, max);
	return -EINVAL;
}

static unsigned int
own_mtu(const struct swp_port *p)
{
	unsigned int mtu = p->ifindex ? interface_mtu(p->ifindex) : 0;
	uint16_t reported;

	if (mtu)
		return mtu;
	return !rte_eth_dev_get_mtu(p->ethdev, &reported) && reported ? reported : RTE_ETHER_MTU;
}

int
swp_mtu_choose(const struct swp *s, struct swp_port *p, const struct rte_eth_dev_info *info,
	       struct rte_eth_conf *conf, char *err, size_t n_err)
{
	bool chains = takes_chains(p, info);
	unsigned int max = chains ? device_max(info) : RTE_MIN(device_max(info), buffer_max(s));

	if (p->config.mtu > max || (p->config.mtu && p->config.mtu < info->min_mtu))
		return refuse(s, p, info, max, err, n_err);
	p->mtu = (uint16_t)(p->config.mtu ? p->config.mtu : RTE_MIN(own_mtu(p), max));
	p->send_mtu = on_eswitch(info) ? (uint16_t)max : p->mtu;
	p->sends_chains = p->send_mtu > buffer_max(s);
	conf->rxmode.mtu = p->mtu;
	if (p->mtu > buffer_max(s) && !p->traits->chains)
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	if (p->sends_chains)
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	return 0;
}
