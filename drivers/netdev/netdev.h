/* SPDX-License-Identifier: Apache-2.0 */
/* net_netdev: a network interface of the Linux kernel as a DPDK port, over AF_PACKET.
 *
 * It also serves the names of DPDK's own driver (net_af_packet), with its arguments. That driver
 * lets the kernel reassemble IP fragments, cuts frames longer than its ring's slots, reports every
 * link as up, and supports no MTU above 1,500. This one delivers frames of any size that the
 * interface accepts, unchanged: not reassembled, in several mbufs if one is too small, and with the
 * tag that the kernel strips restored. Frames that were cut or found no room are counted.
 *
 * Receiving maps a ring (TPACKET_V2) per queue. Sending is one sendmmsg() per burst. Sockets are
 * opened when the port starts and closed when it stops, so a port can be configured again. Frames
 * that this host itself sends out of the interface are not received.
 *
 * Thread safety: as DPDK requires: each queue is for one thread, everything else for the control
 * thread. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>
#include <linux/if_packet.h>

#define NETDEV_QUEUES_MAX 16
#define NETDEV_MTU_MAX 9216
/* Frame bytes beyond the MTU: Ethernet header and two tags. */
#define NETDEV_OVERHEAD_BYTES 22

struct netdev;

struct netdev_rxq {
	struct netdev *netdev;
	struct rte_mempool *pool;
	unsigned int n_slots; /* number requested */
	int fd;		      /* -1 if closed */
	/* The ring: blocks of whole slots. */
	uint8_t *ring;
	size_t n_ring_bytes;
	unsigned int block_bytes, slot_bytes, n_blocks, slots_per_block;
	unsigned int block, slot; /* the next to read */
	/* Counters of the receiving thread. */
	uint64_t packets, bytes;
	uint64_t cut;	     /* longer than a slot; dropped */
	uint64_t no_buffers; /* dropped because no mbuf was free */
	/* For the control thread: dropped by the kernel because the ring was full. */
	uint64_t missed;
};

struct netdev_txq {
	struct netdev *netdev;
	int fd; /* -1 if closed */
	uint64_t packets, bytes;
	uint64_t refused; /* by the kernel: too long, or the interface is down or was removed */
};

struct netdev_args {
	const char *iface;
	unsigned int n_rxq; /* device argument qpairs */
	/* framesz, blocksz, framecnt; 0 if not given */
	unsigned int slot_bytes, block_bytes, n_slots;
	bool qdisc_bypass;
};

/* The private data of an ethdev. */
struct netdev {
	struct rte_eth_dev *dev;
	unsigned int ifindex;
	struct netdev_args args; /* 'iface' is not kept, since interfaces may be renamed */
	struct rte_ether_addr mac;
	struct netdev_rxq rxq[NETDEV_QUEUES_MAX];
	struct netdev_txq txq[NETDEV_QUEUES_MAX];
};

extern int netdev_log_type;
#define NETDEV_LOG(level, ...) rte_log(RTE_LOG_##level, netdev_log_type, "net_netdev: " __VA_ARGS__)

/* interface.c: queries and settings of the kernel's interface. Each returns 0 or -errno. */
int netdev_interface_mtu(unsigned int ifindex, uint16_t *mtu);
int netdev_interface_mtu_set(unsigned int ifindex, uint16_t mtu);
int netdev_interface_mac(unsigned int ifindex, struct rte_ether_addr *mac);
int netdev_interface_mac_set(unsigned int ifindex, const struct rte_ether_addr *mac);
int netdev_interface_up(unsigned int ifindex, bool *up);
int netdev_interface_up_set(unsigned int ifindex, bool up);

/* Sets speed, duplex and autonegotiation of 'link'; if the interface does not report them, to
 * unknown, full duplex and fixed. */
void netdev_interface_speed(unsigned int ifindex, struct rte_eth_link *link);

/* socket.c: open and close the sockets of all queues. netdev_sockets_open() returns 0, or -errno
 * with nothing left open. netdev_missed_read() adds the kernel's drops since its last call to
 * 'missed'. */
int netdev_sockets_open(struct netdev *n, unsigned int frame_bytes_max);
void netdev_sockets_close(struct netdev *n);
void netdev_missed_read(struct netdev_rxq *q);

/* Sets a PACKET_MR_* of the interface while the port is started; ethdev sets it again at each
 * start. Returns 0 or -errno. */
int netdev_membership_set(struct netdev *n, uint16_t type, bool on);

/* A slot of the receive ring. The kernel writes its status at any time, and its members are plain
 * since the structure is the kernel's. */
static inline struct tpacket2_hdr *
netdev_slot(const struct netdev_rxq *q)
{
	return (void *)(q->ring + (size_t)q->block * q->block_bytes +
			(size_t)q->slot * q->slot_bytes);
}

static inline bool
netdev_slot_is_full(const struct tpacket2_hdr *h)
{
	return atomic_load_explicit((const _Atomic uint32_t *)&h->tp_status, memory_order_acquire) &
	       TP_STATUS_USER;
}

/* Returns the slot to the kernel, and advances to the next. */
static inline void
netdev_slot_release(struct netdev_rxq *q, struct tpacket2_hdr *h)
{
	atomic_store_explicit((_Atomic uint32_t *)&h->tp_status, TP_STATUS_KERNEL,
			      memory_order_release);
	if (++q->slot < q->slots_per_block)
		return;
	q->slot = 0;
	if (++q->block == q->n_blocks)
		q->block = 0;
}

/* burst.c: receive and send. Return the number of packets received; sent or refused (and freed). */
uint16_t netdev_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t netdev_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* port.c: the operations of the ethdev. */
extern const struct eth_dev_ops netdev_port_ops;
