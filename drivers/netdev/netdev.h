/* SPDX-License-Identifier: Apache-2.0 */
/* net_netdev: a network interface of the Linux kernel as a DPDK port, over AF_PACKET.
 *
 * Serves the names of DPDK's own driver (net_af_packet) too, with its arguments, because that one has
 * the kernel put IP fragments together, cuts frames that are longer than its ring's slots, says that
 * every link is up, and knows no MTU above 1,500. Here frames of any size that the interface takes
 * arrive whole and apart, in several mbufs where one is too small, with the tag that the kernel keeps
 * beside them put back; what was cut or found no room is counted.
 *
 * Receiving maps a ring (TPACKET_V2) per queue. Sending is one sendmmsg() per burst. Sockets are opened
 * when the port starts and closed when it stops, so a port can be configured again. Frames that this
 * host itself sends out of the interface are not received.
 *
 * Thread safety: as DPDK asks: a queue is one thread's, all else the control thread's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>

#define NETDEV_QUEUES_MAX 16
#define NETDEV_MTU_MAX 9216
/* Beyond the MTU: Ethernet header and two tags. */
#define NETDEV_OVERHEAD_BYTES 22

struct netdev;

struct netdev_rxq {
	struct netdev *netdev;
	struct rte_mempool *pool;
	unsigned int n_slots; /* asked for */
	int fd;		      /* -1: closed */
	/* The ring: blocks of whole slots. */
	uint8_t *ring;
	size_t n_ring_bytes;
	unsigned int block_bytes, slot_bytes, n_blocks, slots_per_block;
	unsigned int block, slot; /* the next to be read */
	/* Counters of the thread that receives. */
	uint64_t packets, bytes;
	uint64_t cut;	     /* longer than a slot; dropped */
	uint64_t no_buffers; /* dropped for want of mbufs */
	/* Of the control thread: dropped by the kernel, which found the ring full. */
	uint64_t missed;
};

struct netdev_txq {
	struct netdev *netdev;
	int fd; /* -1: closed */
	uint64_t packets, bytes;
	uint64_t refused; /* by the kernel: too long, or the interface is down or gone */
};

struct netdev_args {
	const char *iface;
	unsigned int n_rxq;			       /* qpairs */
	unsigned int slot_bytes, block_bytes, n_slots; /* framesz, blocksz, framecnt; 0: unset */
	bool qdisc_bypass;
};

/* The private data of an ethdev. */
struct netdev {
	struct rte_eth_dev *dev;
	unsigned int ifindex;
	struct netdev_args args; /* 'iface' is not kept: interfaces may be renamed */
	struct rte_ether_addr mac;
	struct netdev_rxq rxq[NETDEV_QUEUES_MAX];
	struct netdev_txq txq[NETDEV_QUEUES_MAX];
};

extern int netdev_log_type;
#define NETDEV_LOG(level, ...) rte_log(RTE_LOG_##level, netdev_log_type, "net_netdev: " __VA_ARGS__)

/* interface.c: the interface as the kernel has it. Each returns 0 or -errno. */
int netdev_interface_mtu(unsigned int ifindex, uint16_t *mtu);
int netdev_interface_mtu_set(unsigned int ifindex, uint16_t mtu);
int netdev_interface_mac(unsigned int ifindex, struct rte_ether_addr *mac);
int netdev_interface_mac_set(unsigned int ifindex, const struct rte_ether_addr *mac);
int netdev_interface_up(unsigned int ifindex, bool *up);
int netdev_interface_up_set(unsigned int ifindex, bool up);

/* Sets speed, duplex and autonegotiation of 'link', to unknown and full duplex where the interface says
 * nothing of them. */
void netdev_interface_speed(unsigned int ifindex, struct rte_eth_link *link);

/* socket.c: opening and closing. On error nothing is left open. */
int netdev_sockets_open(struct netdev *n, unsigned int frame_bytes_max);
void netdev_sockets_close(struct netdev *n);
void netdev_missed_read(struct netdev_rxq *q);

/* Sets a PACKET_MR_* of the interface while the port is started; ethdev sets it again at each start. */
int netdev_membership_set(struct netdev *n, uint16_t type, bool on);

/* burst.c */
uint16_t netdev_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t netdev_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/* port.c */
extern const struct eth_dev_ops netdev_port_ops;
