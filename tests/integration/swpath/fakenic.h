/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated PCI NIC with representors, for behaviour that no virtual device of DPDK has.
 *
 * It is on a bus that EAL takes for PCI, under the address "fake:0". Its uplink appears at the
 * first probe. Representors appear when a probe names them ("fake:0,representor=vf1"), also
 * later ones, and together with the uplink.
 *
 * The behaviour may be changed, and the counts read, at any time.
 *
 * Thread safety: the test's thread. */
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
	struct rte_ring *in;   /* packets that the uplink receives; NULL: none */
	struct rte_ring *out;  /* packets that all ports send; NULL: they are freed */
	int start_error;       /* error of every start; 0: none */
	uint32_t tx_bytes_min; /* tx_prepare refuses shorter frames */
	bool tx_limited;       /* the transmit queue has room for 'tx_room' more frames */
	uint16_t tx_room;
	uint64_t tx_capa; /* transmit offloads besides MULTI_SEGS */
	int reset_error;
	int promiscuous_error;
	bool has_lsc;	   /* ethdevs created from now on report their links */
	int node;	   /* NUMA node of ethdevs created from now on */
	uint32_t if_index; /* of the kernel's interface behind each ethdev; 0: none */
	/* Counts. */
	struct rte_mempool *pool; /* the last pool given to receive queues */
	unsigned int n_link_asked;
	unsigned int n_removed; /* removals of the whole device */
	unsigned int n_started; /* ethdevs that are started now */
	unsigned int n_stopped; /* stops of ethdevs */
	unsigned int n_reset;	/* resets of ethdevs */
	unsigned int
		n_filled; /* ethdevs with a receive queue, hence with a pool of packet buffers */
};
struct fakenic *fakenic(void);

/* Sets the link of an ethdev, and reports it if the ethdev reports links. */
void fakenic_link_set(const char *name, bool up);

/* Reports an event of an ethdev; a removal only if the application enabled that event. */
void fakenic_report(const char *name, enum rte_eth_event_type type);
