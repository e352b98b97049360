/* SPDX-License-Identifier: Apache-2.0 */
#include "interface.h"

#include "namespace.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a socket in the network namespace of the interface, or -errno. A socket stays in its
 * namespace, whatever becomes of the interface. */
static int
socket_beside(const struct netdev_interface *i, int family, int type, int protocol)
{
	int back = -1, rc = i->tap >= 0 ? netdev_namespace_enter(i->tap, &back) : 0;
	int fd;

	if (rc)
		return rc;
	fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		fd = -errno;
	netdev_namespace_leave(back);
	return fd;
}

/* Names may change at any time, so the name is looked up for each request. That of a TAP is asked once
 * the socket is in its namespace: elsewhere another interface may have it, eth0 of the host for
 * example. */
static int
name_find(const struct netdev_interface *i, struct ifreq *ifr)
{
	struct ifreq found = {0};

	if (i->tap < 0) {
		if (!if_indextoname(i->ifindex, ifr->ifr_name))
			return errno == ENXIO ? -ENODEV : -errno;
		return 0;
	}
	if (ioctl(i->tap, TUNGETIFF, &found))
		return -errno;
	memcpy(ifr->ifr_name, found.ifr_name, sizeof ifr->ifr_name);
	return 0;
}

static int
request(const struct netdev_interface *i, unsigned long what, struct ifreq *ifr)
{
	int fd = socket_beside(i, AF_INET, SOCK_DGRAM, 0), rc;

	if (fd < 0)
		return fd;
	rc = name_find(i, ifr);
	if (!rc && ioctl(fd, what, ifr))
		rc = -errno;
	close(fd);
	return rc;
}

int
netdev_interface_index(const struct netdev_interface *i, unsigned int *ifindex)
{
	struct ifreq ifr = {0};
	int rc = request(i, SIOCGIFINDEX, &ifr);

	*ifindex = rc ? 0 : (unsigned int)ifr.ifr_ifindex;
	return rc;
}

int
netdev_interface_mtu(const struct netdev_interface *i, uint16_t *mtu)
{
	struct ifreq ifr = {0};
	int rc = request(i, SIOCGIFMTU, &ifr);

	*mtu = (uint16_t)RTE_MIN(ifr.ifr_mtu, NETDEV_MTU_MAX);
	return rc;
}

int
netdev_interface_mtu_set(const struct netdev_interface *i, uint16_t mtu)
{
	struct ifreq ifr = {.ifr_mtu = mtu};

	return request(i, SIOCSIFMTU, &ifr);
}

int
netdev_interface_mac(const struct netdev_interface *i, struct rte_ether_addr *mac)
{
	struct ifreq ifr = {0};
	int rc = request(i, SIOCGIFHWADDR, &ifr);

	if (!rc && ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER &&
	    ifr.ifr_hwaddr.sa_family != ARPHRD_LOOPBACK)
		return -EPROTOTYPE;
	memcpy(mac->addr_bytes, ifr.ifr_hwaddr.sa_data, sizeof mac->addr_bytes);
	return rc;
}

int
netdev_interface_mac_set(const struct netdev_interface *i, const struct rte_ether_addr *mac)
{
	struct ifreq ifr = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

	memcpy(ifr.ifr_hwaddr.sa_data, mac->addr_bytes, sizeof mac->addr_bytes);
	return request(i, SIOCSIFHWADDR, &ifr);
}

int
netdev_interface_tso(const struct netdev_interface *i, bool *on)
{
	struct ethtool_value value = {.cmd = ETHTOOL_GTSO};
	struct ifreq ifr = {.ifr_data = (char *)&value};
	int rc = request(i, SIOCETHTOOL, &ifr);

	*on = !rc && value.data;
	return rc;
}

int
netdev_interface_up(const struct netdev_interface *i, bool *up)
{
	const int both = IFF_UP | IFF_RUNNING;
	struct ifreq ifr = {0};
	int rc = request(i, SIOCGIFFLAGS, &ifr);

	*up = !rc && (ifr.ifr_flags & both) == both;
	return rc;
}

int
netdev_interface_up_set(const struct netdev_interface *i, bool up)
{
	struct ifreq ifr = {0};
	int rc = request(i, SIOCGIFFLAGS, &ifr);

	if (rc)
		return rc;
	ifr.ifr_flags = (short)(up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP);
	return request(i, SIOCSIFFLAGS, &ifr);
}

static int
dropped_ask(int fd, unsigned int ifindex)
{
	const struct {
		struct nlmsghdr header;
		struct if_stats_msg stats;
	} ask = {.header = {.nlmsg_len = sizeof ask,
			    .nlmsg_type = RTM_GETSTATS,
			    .nlmsg_flags = NLM_F_REQUEST},
		 .stats = {.ifindex = ifindex,
			   .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64)}};

	return send(fd, &ask, sizeof ask, 0) < 0 ? -errno : 0;
}

/* The answer's only attribute has the counters. */
static int
dropped_take(int fd, uint64_t *n)
{
	struct {
		struct nlmsghdr header;
		struct if_stats_msg stats;
		struct nlattr attr;
		uint8_t link[sizeof(struct rtnl_link_stats64) * 2];
	} answer;
	struct rtnl_link_stats64 link = {0};
	ssize_t n_bytes = recv(fd, &answer, sizeof answer, 0);

	if (n_bytes < 0)
		return -errno;
	if (n_bytes < (ssize_t)offsetof(typeof(answer), link) ||
	    answer.header.nlmsg_type != RTM_NEWSTATS || answer.attr.nla_type != IFLA_STATS_LINK_64)
		return -EPROTO;
	memcpy(&link, answer.link,
	       RTE_MIN(sizeof link, (size_t)n_bytes - offsetof(typeof(answer), link)));
	*n = link.tx_dropped;
	return 0;
}

int
netdev_interface_dropped(const struct netdev_interface *i, uint64_t *n)
{
	unsigned int ifindex;
	int rc = netdev_interface_index(i, &ifindex);
	int fd = rc ? rc : socket_beside(i, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (fd < 0)
		return fd;
	rc = dropped_ask(fd, ifindex);
	if (!rc)
		rc = dropped_take(fd, n);
	close(fd);
	return rc;
}

void
netdev_interface_speed(const struct netdev_interface *i, struct rte_eth_link *link)
{
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};
	struct ifreq ifr = {.ifr_data = (char *)&cmd};
	bool known = !request(i, SIOCETHTOOL, &ifr);
	uint32_t mbps = known ? ethtool_cmd_speed(&cmd) : 0;

	link->link_speed =
		mbps && mbps != (uint32_t)SPEED_UNKNOWN ? mbps : RTE_ETH_SPEED_NUM_UNKNOWN;
	link->link_duplex = known && cmd.duplex == DUPLEX_HALF ? RTE_ETH_LINK_HALF_DUPLEX
							       : RTE_ETH_LINK_FULL_DUPLEX;
	link->link_autoneg =
		known && cmd.autoneg == AUTONEG_ENABLE ? RTE_ETH_LINK_AUTONEG : RTE_ETH_LINK_FIXED;
}
