/* SPDX-License-Identifier: Apache-2.0 */
/* Traits of DPDK drivers that their API does not report, by their sources in DPDK 22.11.
 *
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct swp_traits {
	const char *driver; /* the name, or how it begins */
	/* The driver may fill every receive descriptor with a packet buffer, and keeps buffers that
	 * were sent until their descriptor is used again. Others copy, or pass on buffers of
	 * another process. */
	bool keeps_received, keeps_sent;
	/* Packets that no worker polls for wait outside: in the kernel, a guest or another process.
	 */
	bool waits_outside;
	/* A frame that is longer than a packet buffer is received as a chain, although the driver
	 * does not announce RTE_ETH_RX_OFFLOAD_SCATTER. */
	bool chains;
	/* Its queues are enabled and disabled by a guest (RTE_ETH_EVENT_QUEUE_STATE). */
	bool has_guest;
	/* Behind it is a kernel or a guest, which states in which segments a long frame is to be cut,
	 * and which checksums are not complete. A NIC that joins received packets keeps no size. */
	bool has_sizes;
	/* It would cut and compute in software itself, IPv4 only. */
	bool has_no_engine;
	/* Packets that are received together cost less: each is a call of the kernel, and the host's
	 * receiver wakes less often. At least so many are received at once; 0: one. */
	uint8_t n_at_once;
	/* Its xstats count all that enters a port, also what hardware forwards. */
	bool counts_received;
};

/* Returns the traits of a driver; those of drivers that are not known assume the least. O(drivers
 * that are known). */
const struct swp_traits *swp_traits_of(const char *driver);
