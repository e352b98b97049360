/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of the queues, and the rings of those that receive. */
#pragma once

#include "netdev.h"

/* Opens the sockets of all queues. Returns 0, or -errno with nothing left open. */
int netdev_sockets_open(struct netdev *n, unsigned int frame_bytes_max);

/* Closes the sockets of all queues. */
void netdev_sockets_close(struct netdev *n);

/* Adds the kernel's drops since the last call to 'missed'. */
void netdev_missed_read(struct netdev_rxq *q);

/* Sets a PACKET_MR_* of the interface while the port is started; ethdev sets it again at each
 * start. Returns 0 or -errno. */
int netdev_membership_set(struct netdev *n, uint16_t type, bool on);
