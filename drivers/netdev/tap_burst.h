/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving and sending by the files of a TAP: a readv() or writev() for each frame.
 *
 * A queue that had no frame is not read again for a time, from 1 us to 16 us, doubled each time: a
 * worker whose other ports are busy makes no system call for it in most turns. */
#pragma once

#include "netdev.h"

/* Returns the number of packets received. */
uint16_t netdev_tap_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* Returns the number of packets sent, or refused and freed. */
uint16_t netdev_tap_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
