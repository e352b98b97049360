/* SPDX-License-Identifier: Apache-2.0 */
/* Queries and settings of the kernel's interface. Each function that has a result returns 0 or
 * -errno. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>

int netdev_interface_mtu(unsigned int ifindex, uint16_t *mtu);
int netdev_interface_mtu_set(unsigned int ifindex, uint16_t mtu);
int netdev_interface_mac(unsigned int ifindex, struct rte_ether_addr *mac);
int netdev_interface_mac_set(unsigned int ifindex, const struct rte_ether_addr *mac);
int netdev_interface_tso(unsigned int ifindex, bool *on);
int netdev_interface_up(unsigned int ifindex, bool *up);
int netdev_interface_up_set(unsigned int ifindex, bool up);

/* Sets speed, duplex and autonegotiation of 'link'; if the interface does not report them, to
 * unknown, full duplex and fixed. */
void netdev_interface_speed(unsigned int ifindex, struct rte_eth_link *link);
