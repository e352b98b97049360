/* SPDX-License-Identifier: Apache-2.0 */
/* A port: an ethdev, its counters, its miss queues, its transmit buffers.
 *
 * Thread safety: the control thread writes, except where stated. */
#pragma once

#include "impl.h"
#include "load.h"
#include "traits.h"

#include <rte_ethdev.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#define SWP_BURST 32
#define SWP_RXQ_MAX 16
/* Frame bytes beyond the MTU: Ethernet header and two tags. */
#define SWP_FRAME_OVERHEAD_BYTES 22

/* Counters with one writer each: a worker. The last entry of a port is for any thread, by
 * count_add_shared(). */
struct swp_counts {
	struct swp_port_stats c;
} __attribute__((aligned(64)));

/* Packets that one worker is about to send to a port; empty between its bursts. */
struct swp_tx {
	struct rte_mbuf *mbufs[SWP_BURST];
	struct swp_port *from[SWP_BURST];
	unsigned int n;
	uint64_t bytes; /* of the packets */
	uint16_t queue;
	rte_spinlock_t *lock; /* NULL if only this worker uses the queue */
} __attribute__((aligned(64)));

/* Counters only. */
struct swp_device_totals {
	/* including packets that hardware forwarded; 0 if the device does not count them */
	uint64_t received, received_bytes;
	uint64_t missed, rx_errors, tx_errors, no_buffers;
};
#define SWP_DEVICE_TOTALS (sizeof(struct swp_device_totals) / sizeof(uint64_t))

struct swp_device_counts {
	bool has_received; /* the device counts received packets, in these xstats: packets, bytes */
	uint64_t received_ids[2];
	struct swp_device_totals before;  /* the device's counts at the last start */
	struct swp_device_totals carried; /* counts of this port until the last start */
	struct swp_device_totals total;	  /* counts of this port, as last read */
};

/* Packet buffers that a port may hold besides upcalls: 'rx' of its NUMA node, others of each. */
struct swp_port_buffers {
	unsigned int node;
	/* in its receive and transmit queues, and in 'tx' of the workers */
	unsigned int rx, tx, worker;
};

struct swp_port {
	uint32_t number;
	uint64_t id; /* unique, never reused */
	uint16_t ethdev;
	struct swp_port_config config;
	uint16_t n_rxq, n_txq, n_rxd, n_txd;
	uint16_t mtu, send_mtu;
	bool sends_chains; /* a frame may be sent in several mbufs */
	/* RTE_ETH_TX_OFFLOAD_*, RTE_ETH_RX_OFFLOAD_* for checksums and segments, as configured */
	uint64_t tx_offloads, rx_offloads;
	uint16_t n_segs_max;	  /* mbufs of a packet that the device cuts */
	bool takes_long;	  /* received packets may be cut into segments later */
	const char *offloads_why; /* why it does not do both; NULL if it does */
	/* the device is started, and workers poll it; for the control thread only */
	bool running;
	_Atomic uint32_t frame_bytes_max; /* longest frame to send; 0 while the port does not run */
	enum swp_link_source link_source;
	unsigned int ifindex; /* of the kernel's interface behind the device; 0: none */
	bool link_up;
	bool link_full_duplex, link_autoneg;
	uint32_t link_mbps;  /* 0: unknown, or the link is down */
	uint32_t speed_capa; /* RTE_ETH_LINK_SPEED_* */
	unsigned int n_workers;
	struct swp_counts *counts; /* n_workers + 1 */
	struct swp_tx *tx;	   /* n_workers */
	/* for handlers 0..n_handlers-1, and perhaps NULL for others */
	struct rte_ring *missq[DP_HANDLERS_MAX];
	struct swp_worker *rxq_worker[SWP_RXQ_MAX]; /* the worker that polls each receive queue */
	struct swp_rxq *rxqs;			    /* SWP_RXQ_MAX */
	/* The worker that executes what handlers give back. It stays when queues move, so that
	 * these packets stay in order. NULL until the port has started once. */
	struct swp_worker *executor;
	rte_spinlock_t txq_locks[SWP_WORKERS_MAX];
	uint32_t txq_enabled;	   /* bit per transmit queue, for a vhost port (txq.h) */
	struct swp_device *device; /* a reference; NULL for 'orphan_port' */
	struct swp_device_counts dev_counts;
	struct swp_port_buffers buffers;
	_Atomic unsigned int upcall_buffers; /* held by its upcalls; any thread */
	_Atomic unsigned int n_given;	     /* its packets in the executor's ring (exec_ring.h) */
	/* SWP_EVENT_REMOVED, SWP_EVENT_RESET still to be handled (recover.h) */
	unsigned int trouble;
	unsigned int tries_left; /* tries left for 'trouble' */
	uint64_t n_resets, n_removals;
	char fault[128]; /* why the port does not run; "" while it does */
	char name[64];
	char devargs[256];
	char driver[32];
	const struct swp_traits *traits; /* of the driver */
};

/* Returns the port with this number if it still has this ID, else 'orphan_port'. Thread: any RCU
 * reader. */
struct swp_port *swp_port_or_orphan(struct swp *s, uint32_t number, uint64_t id);

/* Returns the port with this number, or NULL. Thread: any RCU reader. */
static inline struct swp_port *
swp_port_at(struct swp *s, uint32_t number)
{
	return number < SWP_PORTS_MAX ? rcu_read(&s->ports[number]) : NULL;
}

/* Permits or forbids workers to send to the port. While forbidden, packets sent to it are dropped
 * (FLOW_DROP_PORT_GONE). Thread: control. */
void swp_port_sending_set(struct swp_port *p, bool on);

static inline struct swp_port_stats *
swp_port_shared_counts(struct swp_port *p)
{
	return &p->counts[p->n_workers].c;
}
