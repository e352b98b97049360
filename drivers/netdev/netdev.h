/* SPDX-License-Identifier: Apache-2.0 */
/* net_netdev: a network interface of the Linux kernel as a DPDK port, over AF_PACKET.
 *
 * It also serves the names of DPDK's own driver (net_af_packet), with its arguments. That driver
 * lets the kernel reassemble IP fragments, cuts frames longer than its ring's slots, reports every
 * link as up, and supports no MTU above 1,500. This one delivers frames of any size that the
 * interface accepts, unchanged: not reassembled, in several mbufs if one is too small, and with the
 * tag that the kernel strips restored. Frames that were cut or found no room are counted.
 *
 * With tap=NAME in place of iface=NAME, the driver makes the interface: a TAP, which exists as long as
 * the device does. Frames of its host are read from a file, one at a time, and sent ones are written.
 * It may move to another network namespace. A TAP that was deleted is reported as a removed device.
 *
 * With the receive offload TCP_LRO, frames arrive as the kernel has them: up to 64 KiB long, to be
 * cut into segments, and with checksums that are not complete (vnet.h). Without it, such checksums
 * are wrong, and such frames are counted as cut. A transmit offload of checksums works with every
 * interface, TCP_TSO with TAPs, and where the interface has it when the port starts.
 *
 * Receiving from other interfaces maps a ring (TPACKET_V2) per queue. Sending is one sendmmsg() per burst. Sockets are
 * opened when the port starts and closed when it stops, so a port can be configured again. Frames
 * that this host itself sends out of the interface are not received.
 *
 * This header has types only; each .c file beside it has a header for what it defines.
 *
 * Thread safety: as DPDK requires: each queue is for one thread, everything else for the control
 * thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <ethdev_driver.h>

#define NETDEV_QUEUES_MAX 16
#define NETDEV_MTU_MAX 9216
/* Frame bytes beyond the MTU: Ethernet header and two tags. */
#define NETDEV_OVERHEAD_BYTES 22
/* The longest frame that stands for several: an IP packet, with its Ethernet header and tags. */
#define NETDEV_LONG_BYTES (UINT16_MAX + NETDEV_OVERHEAD_BYTES)

/* Buffers of the longest frame: 64 KiB take 33 of 2 KiB. */
#define NETDEV_SEGMENTS_MAX 64

struct netdev;

/* An interface of the kernel. */
struct netdev_interface {
	int tap;	      /* a file of it if it is a TAP, else -1 */
	unsigned int ifindex; /* if it is none */
};

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
	bool offloads;		  /* frames have a virtio header, and may be longer than a slot */
	uint32_t frame_bytes_max; /* of a frame that is not to be cut into segments */
	/* Of a TAP: mbufs of the longest frame; when to read again after there was none. */
	unsigned int n_room;
	uint64_t wait_cycles, read_tsc;
	/* Counters of the receiving thread. */
	uint64_t packets, bytes;
	uint64_t cut;	     /* longer than a slot, or than its virtio header permits; dropped */
	uint64_t no_buffers; /* dropped because no mbuf was free */
	/* For the control thread: dropped by the kernel because the ring was full. */
	uint64_t missed;
};

struct netdev_txq {
	struct netdev *netdev;
	int fd;	       /* -1 if closed */
	bool offloads; /* frames have a virtio header */
	uint64_t packets, bytes;
	uint64_t refused; /* by the kernel: too long, or the interface is down or was removed */
};

struct netdev_args {
	const char *iface, *tap; /* one of them */
	unsigned int n_rxq;	 /* device argument qpairs */
	/* framesz, blocksz, framecnt; 0 if not given */
	unsigned int slot_bytes, block_bytes, n_slots;
	bool qdisc_bypass;
	bool has_mac;
	struct rte_ether_addr mac;
};

/* The private data of an ethdev. */
struct netdev {
	struct rte_eth_dev *dev;
	struct netdev_interface interface;
	struct netdev_args args; /* names are not kept, since interfaces may be renamed */
	uint64_t dropped;	 /* of a TAP: the kernel's count when it was last read */
	bool removed;		 /* of a TAP: reported */
	struct rte_ether_addr mac;
	struct netdev_rxq rxq[NETDEV_QUEUES_MAX];
	struct netdev_txq txq[NETDEV_QUEUES_MAX];
};
