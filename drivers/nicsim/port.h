/* SPDX-License-Identifier: Apache-2.0 */
/* A port of the e-switch, with its queues, as an ethdev. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>
#include <rte_spinlock.h>

#define NICSIM_TXQ_MAX 16
#define NICSIM_RXQ_MAX 16
#define NICSIM_RXQ_DEPTH 512
#define NICSIM_XSTATS 7

struct nicsim;
struct nicsim_port;

struct nicsim_rxq {
	struct nicsim_port *port;
	struct rte_mempool *pool;
	/* delivered to software, and dropped because 'pkts' was full */
	uint64_t packets, bytes, missed;
	struct rte_mbuf *pkts[NICSIM_RXQ_DEPTH];
	uint16_t first, n; /* of 'pkts', a ring */
};

struct nicsim_txq {
	struct nicsim_port *port;
	uint64_t packets, bytes, dropped; /* from software */
};

struct nicsim_port {
	struct nicsim *sw;
	struct rte_eth_dev *dev; /* NULL if closed */
	uint16_t index;
	struct rte_ether_addr mac;
	uint16_t backing;	/* ethdev; RTE_MAX_ETHPORTS if none */
	bool backing_made;	/* by this device, to be closed with it */
	uint64_t backing_owner; /* the id with which this device owns the backing */
	rte_spinlock_t tx_lock; /* protects the backing's only tx queue, and 'started' */
	bool started;
	_Atomic bool hung;	/* neither receives nor sends until it is reset */
	bool rmv_reported;	/* removal was reported */
	rte_spinlock_t rx_lock; /* protects the backing's only rx queue, and 'rxq' */
	struct nicsim_rxq rxq[NICSIM_RXQ_MAX];
	struct nicsim_txq txq[NICSIM_TXQ_MAX];
	/* Counted with 'rx_lock' held, read by any thread. */
	_Atomic uint64_t rx_eswitch_packets, rx_eswitch_bytes; /* all packets from the backing */
	_Atomic uint64_t rx_hw_packets, rx_hw_bytes;	       /* of these, processed by rules */
	/* Sent by rules to the backing. Counted by any thread. */
	_Atomic uint64_t tx_hw_packets, tx_hw_bytes, tx_hw_dropped;
	uint64_t xstats_base[NICSIM_XSTATS];
	bool has_xstats;
};

extern const struct eth_dev_ops nicsim_port_ops;

/* Sends to the backing, without rules. Packets that it does not accept are dropped and counted. */
uint16_t nicsim_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
