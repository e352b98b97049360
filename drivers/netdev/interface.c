/* SPDX-License-Identifier: Apache-2.0 */
#include "interface.h"

#include "netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sends a request for an interface. It must name the interface, and names may change at any time,
 * so the name is looked up by index first. */
static int
request(unsigned int ifindex, unsigned long what, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (!if_indextoname(ifindex, ifr->ifr_name) || ioctl(fd, what, ifr))
		rc = errno == ENXIO ? -ENODEV : -errno;
	close(fd);
	return rc;
}

int
netdev_interface_mtu(unsigned int ifindex, uint16_t *mtu)
{
	struct ifreq ifr = {0};
	int rc = request(ifindex, SIOCGIFMTU, &ifr);

	*mtu = (uint16_t)RTE_MIN(ifr.ifr_mtu, NETDEV_MTU_MAX);
	return rc;
}

int
netdev_interface_mtu_set(unsigned int ifindex, uint16_t mtu)
{
	struct ifreq ifr = {.ifr_mtu = mtu};

	return request(ifindex, SIOCSIFMTU, &ifr);
}

int
netdev_interface_mac(unsigned int ifindex, struct rte_ether_addr *mac)
{
	struct ifreq ifr = {0};
	int rc = request(ifindex, SIOCGIFHWADDR, &ifr);

	if (!rc && ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
	    ifr.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
		return -EPROTOTYPE;
	memcpy(mac->addr_bytes, ifr.ifr_hwaddr.sa_data, sizeof mac->addr_bytes);
	return rc;
}

int
netdev_interface_mac_set(unsigned int ifindex, const struct rte_ether_addr *mac)
{
	struct ifreq ifr = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

	memcpy(ifr.ifr_hwaddr.sa_data, mac->addr_bytes, sizeof mac->addr_bytes);
	return request(ifindex, SIOCSIFHWADDR, &ifr);
}

int
netdev_interface_tso(unsigned int ifindex, bool *on)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GTSO};
	struct ifreq ifr = {.ifr_data = (char *)&value};
	int rc = request(ifindex, SIOCETHTOOL, &ifr);

	*on = !rc && value.data;
	return rc;
}

int
netdev_interface_up(unsigned int ifindex, bool *up)
{
	const int both = IFF_UP | IFF_RUNNING;
	struct ifreq ifr = {0};
	int rc = request(ifindex, SIOCGIFFLAGS, &ifr);

	*up = !rc && (ifr.ifr_flags & both) == both;
	return rc;
}

int
netdev_interface_up_set(unsigned int ifindex, bool up)
{
	struct ifreq ifr = {0};
	int rc = request(ifindex, SIOCGIFFLAGS, &ifr);

	if (rc)
		return rc;
	ifr.ifr_flags = (short)(up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP);
	return request(ifindex, SIOCSIFFLAGS, &ifr);
}

void
netdev_interface_speed(unsigned int ifindex, struct rte_eth_link *link)
{
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
	struct ifreq ifr = {.ifr_data = (char *)&cmd};
	bool known = !request(ifindex, SIOCETHTOOL, &ifr);
	uint32_t mbps = known ? ethtool_cmd_speed(&cmd) : 0;

	link->link_speed =
		mbps && mbps != (uint32_t)SPEED_UNKNOWN ? mbps : RTE_ETH_SPEED_NUM_UNKNOWN;
	link->link_duplex = known && cmd.duplex == DUPLEX_HALF ? RTE_ETH_LINK_HALF_DUPLEX
							       : RTE_ETH_LINK_FULL_DUPLEX;
	link->link_autoneg =
		known && cmd.autoneg == AUTONEG_ENABLE ? RTE_ETH_LINK_AUTONEG : RTE_ETH_LINK_FIXED;
}
