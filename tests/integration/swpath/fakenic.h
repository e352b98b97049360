/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated PCI NIC with representors, for what no virtual device of DPDK does.
 *
 * It is on a bus that EAL takes for PCI, under the address "fake:0". Its uplink appears with the first
 * probe. Representors appear when a probe names them ("fake:0,representor=vf1"), also later ones, and
 * with their uplink.
 *
 * The behaviour below may be set at any time, and the counts read. */
#pragma once

#include <rte_ethdev.h>

#include <stdbool.h>
#include <stdint.h>

#define FAKENIC "fake:0"
#define FAKENIC_VFS 8

struct rte_mempool;
struct rte_ring;

struct fakenic {
	/* Behaviour. */
	struct rte_ring *in;   /* what the uplink receives; NULL: nothing */
	struct rte_ring *out;  /* what all ports send; NULL: it is freed */
	int start_error;       /* of every start; 0: none */
	uint32_t tx_bytes_min; /* shorter frames are not prepared to be sent */
	int reset_error;
	int promiscuous_error;
	bool has_lsc;	   /* of ethdevs that are made now: they report their links */
	uint32_t if_index; /* of the kernel's interface behind each ethdev; 0: none */
	/* What happened. */
	struct rte_mempool *pool; /* that receive queues were given last */
	unsigned int n_link_asked;
	unsigned int n_removed; /* times the whole device was removed */
	unsigned int n_started; /* ethdevs that are started now */
	unsigned int n_stopped; /* times that one was stopped */
	unsigned int n_reset;	/* times that one was reset */
	unsigned int
		n_filled; /* ethdevs with a receive queue, hence with a pool of packet buffers */
};
struct fakenic *fakenic(void);

/* Sets the link of an ethdev, and reports it where the ethdev reports its link. */
void fakenic_link_set(const char *name, bool up);

/* Reports an event of an ethdev; a removal only where the application has asked for that. */
void fakenic_report(const char *name, enum rte_eth_event_type type);
