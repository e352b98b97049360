/* SPDX-License-Identifier: Apache-2.0 */
/* Queries and settings of the kernel's interface, also of a TAP in another network namespace. Each
 * function that has a result returns 0 or -errno; -EBADFD: the TAP was deleted.
 *
 * Thread safety: control only. The thread is in the namespace of a TAP for a moment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "netdev.h"

/* The number is that of the interface's namespace. */
int netdev_interface_index(const struct netdev_interface *i, unsigned int *ifindex);
int netdev_interface_mtu(const struct netdev_interface *i, uint16_t *mtu);
int netdev_interface_mtu_set(const struct netdev_interface *i, uint16_t mtu);
int netdev_interface_mac(const struct netdev_interface *i, struct rte_ether_addr *mac);
int netdev_interface_mac_set(const struct netdev_interface *i, const struct rte_ether_addr *mac);
int netdev_interface_tso(const struct netdev_interface *i, bool *on);
int netdev_interface_up(const struct netdev_interface *i, bool *up);
int netdev_interface_up_set(const struct netdev_interface *i, bool up);

/* Reads how many frames the host sent that the TAP's queues had no room for. */
int netdev_interface_dropped(const struct netdev_interface *i, uint64_t *n);

/* Sets speed, duplex and autonegotiation of 'link'; if the interface does not report them, to
 * unknown, full duplex and fixed. */
void netdev_interface_speed(const struct netdev_interface *i, struct rte_eth_link *link);
