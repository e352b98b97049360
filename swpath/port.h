/* SPDX-License-Identifier: Apache-2.0 */
/* A port: an ethdev, its counters, its miss queues, its transmit buffers. */
#pragma once

#include "impl.h"

#include <rte_ethdev.h>
#include <rte_ring.h>
#include <rte_spinlock.h>

#define SWP_BURST 32
#define SWP_RXQ_MAX 16
/* Beyond the device's MTU: Ethernet header and two tags. */
#define SWP_FRAME_OVERHEAD_BYTES 22

/* One writer: the worker; the last one of a port: any thread, by count_add_shared(). */
struct swp_counts {
	struct swp_port_stats c;
} __attribute__((aligned(64)));

/* What one worker is about to send out of a port; empty between its bursts. */
struct swp_tx {
	struct rte_mbuf *mbufs[SWP_BURST];
	struct swp_port *from[SWP_BURST];
	unsigned int n;
	uint16_t queue;
	rte_spinlock_t *lock; /* NULL: the queue is this worker's alone */
} __attribute__((aligned(64)));

/* Counters only. */
struct swp_device_totals {
	uint64_t received,
		received_bytes; /* with what its hardware forwarded; 0 where it does not say */
	uint64_t missed, rx_errors, tx_errors, no_buffers;
};
#define SWP_DEVICE_TOTALS (sizeof(struct swp_device_totals) / sizeof(uint64_t))

struct swp_device_counts {
	bool has_received; /* the device says what it received, by these xstats: packets, bytes */
	uint64_t received_ids[2];
	struct swp_device_totals before;  /* what the device had counted at the last start */
	struct swp_device_totals carried; /* of this port until the last start */
	struct swp_device_totals total;	  /* of this port, as read last */
};

/* Packet buffers that a port may hold beside upcalls. */
struct swp_port_buffers {
	unsigned int rx, tx, worker; /* in its queues, and about to be sent */
};

struct swp_port {
	uint32_t number;
	uint64_t id; /* never used again */
	uint16_t ethdev;
	struct swp_port_config config;
	uint16_t n_rxq, n_txq, n_rxd, n_txd;
	uint16_t mtu, send_mtu;
	bool sends_chains; /* a frame may be sent in several mbufs */
	bool running;	   /* the device is started, and workers poll it. For control alone */
	uint32_t frame_bytes_max; /* 0: nothing is sent while the port does not run */
	enum swp_link_source link_source;
	unsigned int ifindex; /* of the kernel's interface behind the device; 0: none */
	bool link_up;
	bool link_full_duplex, link_autoneg;
	uint32_t link_mbps;  /* 0: unknown, or down */
	uint32_t speed_capa; /* RTE_ETH_LINK_SPEED_* */
	unsigned int n_workers;
	struct swp_counts *counts;		    /* n_workers + 1 */
	struct swp_tx *tx;			    /* n_workers */
	struct rte_ring *missq[DP_HANDLERS_MAX];    /* those of handlers 0..n-1 are there */
	struct swp_worker *rxq_worker[SWP_RXQ_MAX]; /* who polls each receive queue */
	rte_spinlock_t txq_locks[SWP_WORKERS_MAX];
	uint32_t txq_enabled;	   /* bit per transmit queue, of a vhost port (txq.h) */
	struct swp_device *device; /* a reference; NULL for 'nowhere' */
	struct swp_device_counts dev_counts;
	struct swp_port_buffers buffers;
	unsigned int upcall_buffers; /* that its upcalls hold. Any thread, atomic */
	unsigned int trouble; /* SWP_EVENT_REMOVED, SWP_EVENT_RESET to be acted upon (recover.h) */
	unsigned int tries_left; /* of that */
	uint64_t n_resets, n_removals;
	char fault[128]; /* why it does not run; "" */
	char name[64];
	char devargs[256];
	char driver[32];
};

/* The port if it is still the one with this id, else 'nowhere'. Thread: any RCU reader. */
struct swp_port *swp_port_or_nowhere(struct swp *s, uint32_t number, uint64_t id);

/* Lets workers send to the port, or not: then what they send drops (port-gone). Thread: control. */
void swp_port_sending_set(struct swp_port *p, bool on);

static inline struct swp_port_stats *
swp_port_shared_counts(struct swp_port *p)
{
	return &p->counts[p->n_workers].c;
}
