/* SPDX-License-Identifier: Apache-2.0 */
/* The software datapath: poll threads over DPDK ethdevs. Implements flow/dp.h.
 *
 * EAL is initialised before swp_create().
 *
 * Thread safety: functions are for the control thread (RCU-registered, online) unless stated.
 * Functions that stop devices or wait for something block. */
#pragma once

#include <flow/dp.h>
#include <flow/nic.h>
#include <flow/parse.h>

#include <base/log.h>

struct swp;

#define SWP_WORKERS_MAX 16
#define SWP_NODES_MAX 32   /* NUMA nodes, numbered from 0 */
#define SWP_PORTS_MAX 1024 /* datapath port numbers are 0..SWP_PORTS_MAX-1 */
/* Distinct masks of the megaflows of one port; more are refused with -ENOSPC and counted. */
#define SWP_PORT_MASKS_MAX 256

/* Default number of packet buffers. Enough for 32 ports with one queue per worker, for few
 * workers. */
#define SWP_MBUFS_AUTO(n_workers) ((n_workers) < 6 ? 20480u * (1 + (n_workers)) : 131072u)
#define SWP_MBUFS_AUTO_MIN 8192

struct swp_config {
	unsigned int n_workers;	    /* 1..SWP_WORKERS_MAX; 0 means 1 */
	int cores[SWP_WORKERS_MAX]; /* CPU to pin worker i to; -1: not pinned */
	uint64_t seed;		    /* of hashes */
	unsigned int cache_entries; /* flow cache per worker, a power of two; 0: swp_caches_fit() */
	/* Of each NUMA node with devices. 0: SWP_MBUFS_AUTO, or fewer if memory is short. */
	unsigned int n_mbufs;
	unsigned int mbuf_bytes;     /* frame bytes in one packet buffer, 2,048..16,384; 0: 2,048 */
	unsigned int miss_queue_len; /* per handler and port, a power of two; 0: 256 */
	/* Longest sleep of an idle worker; 0: never sleeps. It is shorter where a receive queue
	 * could be full at link speed before (swp_worker_sleep_us), and 1 ms at least without queues. */
	unsigned int idle_sleep_us;
	/* Called when a device reports an event: swp_links_read() and swp_devices_recover() are
	 * due. Must not block. May be NULL. Thread: any. */
	void (*device_event)(void *aux);
	/* Called before a device is stopped and after it was started again. The callee removes the
	 * hardware rules that use the device, and may insert them again. -ETIMEDOUT and -ENOMEM:
	 * the device must not be stopped. May be NULL. Thread: control, online. */
	int (*device_down)(void *aux, uint16_t ethdev);
	void (*device_up)(void *aux, uint16_t ethdev);
	void *aux;
	struct log *log;
};

/* Makes the datapath and starts its workers, which poll nothing until a port is added. Returns 0 or
 * -errno. */
int swp_create(const struct swp_config *config, struct swp **out);

/* Removes all ports, stops the workers and frees the datapath. The handlers have stopped. */
void swp_destroy(struct swp *s);

/* Returns the datapath contract; it lives as long as 's'. */
struct dp *swp_dp(struct swp *s);

/* Returns the owner of ethdevs, for drivers of NICs; it lives as long as 's'. The control thread of
 * 's' may wait while a driver holds an ethdev. */
struct nic_devices *swp_devices(struct swp *s);

#define SWP_MTU_MIN 68
#define SWP_MTU_MAX 9216

/* Whether a port leaves checksums and segments to its device, and takes unfinished packets from it.
 * Without a choice: from and to kernels and guests, not to NICs. */
enum swp_tso { SWP_TSO_AUTO, SWP_TSO_ON, SWP_TSO_OFF };

/* How a port uses its device. A member that is 0 has its default. */
struct swp_port_config {
	uint16_t mtu;	/* SWP_MTU_MIN..SWP_MTU_MAX; default: the device's own */
	uint16_t n_rxq; /* default: with RSS one per worker, else all that the device has */
	/* descriptors per queue; default: 512, or the nearest number that the driver supports */
	uint16_t n_rxd;
	uint16_t n_txd;
	uint16_t tso; /* enum swp_tso */
};

/* Adds a port. 'devargs' is the name of an existing ethdev, or DPDK device arguments that name an
 * ethdev of a device ("0000:03:00.0,representor=vf0") or create one ("net_netdev0,iface=veth0").
 * Without representor= the ethdev is the device's own.
 *
 * 'config' may be NULL. On error nothing has changed and 'err' has the message: -EEXIST, -ENODEV,
 * -EINVAL, -EBUSY, -ENOSPC (no port numbers, Ethernet ports of DPDK or packet buffers left),
 * -ENOMEM (among others, no packet buffers on the NUMA node of the device), or the driver's error. Blocks. */
int swp_port_add(struct swp *s, const char *name, const char *devargs,
		 const struct swp_port_config *config, uint32_t *port, char *err, size_t n_err);

/* Sets the MTU of a port under traffic. Its device is stopped for some milliseconds, between
 * swp_config.device_down and device_up; packets sent to the port meanwhile are dropped
 * (FLOW_DROP_PORT_GONE). On error (-EINVAL or the driver's), with 'err', the port continues with
 * its old MTU, or has stopped with a fault. Blocks. */
int swp_port_mtu_set(struct swp *s, uint32_t port, uint16_t mtu, char *err, size_t n_err);

/* Sets whether a port leaves checksums and segments to its device, in the same way. -EINVAL for the
 * port of a guest, which agreed with the device when it connected. Blocks. */
int swp_port_tso_set(struct swp *s, uint32_t port, enum swp_tso tso, char *err, size_t n_err);

/* Removes a port under traffic. The device is unplugged with its last port if swp_port_add()
 * plugged it. Upcalls of the port that a handler has received stay valid; queued ones are freed.
 * Later outputs to it are dropped (FLOW_DROP_PORT_GONE). Returns -ENOENT, or -ENOMEM with nothing
 * changed. Blocks. */
int swp_port_del(struct swp *s, uint32_t port);

/* Source of link reports of a port. */
enum swp_link_source {
	SWP_LINK_POLLED,    /* none: the device is polled */
	SWP_LINK_INTERRUPT, /* the device's interrupt */
	SWP_LINK_NETDEV,    /* the kernel, for the network interface behind the device */
	SWP_N_LINK_SOURCES
};
extern const char *const swp_link_source_names[SWP_N_LINK_SOURCES]; /* "poll", ... */

struct swp_port_info {
	char name[64];
	char devargs[256];
	char driver[32];
	uint16_t ethdev;
	struct flow_mac mac;
	uint16_t mtu;
	bool link_up; /* as last reported */
	/* swp_port_stats.received is the device's count, including packets that hardware
	 * forwarded */
	bool device_counts;
	enum swp_link_source link_source;
	/* As of the last change of the link. 0: unknown, or the link is down. */
	uint32_t link_mbps;
	bool link_full_duplex, link_autoneg;
	uint32_t speed_capa;  /* device capabilities: bits RTE_ETH_LINK_SPEED_*; 0: unknown */
	unsigned int ifindex; /* of the network interface behind the device; 0: none */
	unsigned int n_rxq, n_txq, n_rxd, n_txd;
	unsigned int n_buffers; /* packet buffers that it may hold besides upcalls */
	unsigned int n_masks;	/* distinct masks of its megaflows */
	/* What the device does for sent packets; the rest is done in software. */
	bool completes_checksums, cuts_segments;
	bool takes_long;	  /* received packets may be cut into segments later */
	const char *offloads_why; /* why the device does not do both; NULL if it does */
	char fault[128];	  /* why the port has stopped; "" while it runs */
};

/* Packet buffers of a NUMA node: their number and use. */
struct swp_buffers_info {
	unsigned int n, n_bytes;	   /* size of the pool; frame bytes in one buffer */
	unsigned int n_threads, n_ports;   /* the most that threads and ports hold */
	unsigned int upcalls_max, upcalls; /* the most that upcalls may hold; held now */
};
/* Reports the number of packet buffers of a NUMA node, below SWP_NODES_MAX, and their use. Returns
 * 0, or -ENOENT if the node has none. */
int swp_buffers_info(const struct swp *s, unsigned int node, struct swp_buffers_info *out);

/* Returns 0 or -ENOENT. Queries only the MAC address of the device: O(1). */
int swp_port_info(struct swp *s, uint32_t port, struct swp_port_info *out);

/* Sets the link of the port's device up or down. Returns 0, -ENOENT, -ENOTSUP if the device cannot,
 * or the driver's error. Blocks. */
int swp_port_link_set(struct swp *s, uint32_t port, bool up);

/* Reads the links of devices that reported a change and, with 'poll', of devices that never report.
 * Calls 'changed' for each port whose link has changed. O(ports), plus one query for each of these
 * devices. */
void swp_links_read(struct swp *s, bool poll, void (*changed)(uint32_t port, bool up, void *aux),
		    void *aux);

/* Handles devices that reported a removal or asked for a reset: stops or restarts their ports.
 * Called after swp_config.device_event and twice a second. swp_port_info.fault has the reason why a
 * port does not run. Calls 'changed' for each port that has stopped or started. O(ports) if nothing
 * was reported. */
void swp_devices_recover(struct swp *s, void (*changed)(uint32_t port, void *aux), void *aux);

/* Sets the link of all ports on this network interface, as reported by the kernel. Calls 'changed'
 * for those whose link has changed. O(ports). */
void swp_netdev_link_set(struct swp *s, unsigned int ifindex, bool up,
			 void (*changed)(uint32_t port, bool up, void *aux), void *aux);

/* Returns the number of ports that swp_links_read() has to poll. */
unsigned int swp_links_polled(const struct swp *s);

/* Calls 'cb' for each port, in order of port number. */
void swp_port_each(struct swp *s, void (*cb)(uint32_t port, void *aux), void *aux);

/* Workers' counters of a port. For packets that the port received:
 *     rx_packets + recirculated = hits + misses + sum of rx_drops
 * A miss is a packet that was queued to a handler. Counters never decrease while the port
 * exists. */
struct swp_port_stats {
	uint64_t rx_packets, rx_bytes;
	uint64_t recirculated;	  /* looked up again, with another recirc_id */
	uint64_t hits, hit_bytes; /* matched by a megaflow */
	uint64_t cache_hits;	  /* of these, found by the flow cache */
	uint64_t misses;
	uint64_t action_upcalls; /* copies sent to a handler by an action */
	/* Neither hit nor miss: queue full, no buffers left for upcalls, paused, shorter than an
	 * Ethernet header (malformed), ... */
	uint64_t rx_drops[FLOW_N_DROPS];
	/* Misses that a handler released with a drop reason, or that were queued when their handler
	 * was stopped (queue full). */
	uint64_t upcall_drops[FLOW_N_DROPS];
	/* Dropped by an action or during execution: explicit, port removed, tx-queue-full, ...;
	 * also copies for a handler that could not be queued or that it released with a drop
	 * reason. */
	uint64_t action_drops[FLOW_N_DROPS];
	uint64_t parse[FLOW_N_PARSE_STATUSES];
	/* Megaflows of this port that were not added because it has SWP_PORT_MASKS_MAX masks, or
	 * because the table of flows is full. Their packets take the slow path. */
	uint64_t flow_refusals;
	/* Turns of a receive queue that it had used before, because its packets cost more time than
	 * those of other queues of the worker. */
	uint64_t turns_waited;
	uint64_t tx_packets, tx_bytes; /* sent by the workers out of this port */
	/* Packets for this port that asked for a checksum or to be cut into segments, where the
	 * device does not do it: checksums completed in software, and segments made of packets. */
	uint64_t sw_checksums, sw_segments;
	/* Packets for this port that the device did not take, or that were too long for it. They
	 * are also in action_drops of the port that received them. */
	uint64_t tx_dropped;
	/* The device's own counters; 0 if it has none. */
	uint64_t dev_missed, dev_rx_errors, dev_tx_errors;
	uint64_t dev_no_buffers; /* lost in the device because it had no packet buffers */
	/* Number of resets and removals that the device reported (swp_devices_recover). */
	uint64_t dev_resets, dev_removals;
	/* TSC cycles that workers spent on bursts of this port, from receiving to sending. */
	uint64_t worker_cycles;
	/* All packets that entered the port, including those that hardware forwarded: the device's
	 * own count if it has one (xstats "rx_eswitch_packets" and "_bytes", or "rx_vport_packets"
	 * and "_bytes"), else rx_packets and rx_bytes. */
	uint64_t received, received_bytes;
};

/* Reads the counters of a port, with those of its device. Returns 0 or -ENOENT. May block in the
 * driver. */
int swp_port_stats(struct swp *s, uint32_t port, struct swp_port_stats *out);

/* Stages of a burst. */
enum swp_stage {
	SWP_STAGE_RECEIVE, /* from the device */
	SWP_STAGE_READ,	   /* heads of packets, or whole packets where they are not plain */
	SWP_STAGE_LOOKUP,
	SWP_STAGE_EXECUTE, /* grouping, misses, actions; sending of a full batch */
	SWP_STAGE_SEND,	   /* what is left to send */
	SWP_N_STAGES
};
extern const char *const swp_stage_names[SWP_N_STAGES]; /* "receive", ... */

struct swp_worker_stats {
	int core; /* CPU; -1: not pinned */
	int node; /* NUMA node of its CPUs; -1: several */
	uint64_t polls, empty_polls, sleeps;
	uint64_t packets, bursts; /* packets: number of lookups */
	uint64_t cycles_busy;	  /* TSC cycles of polls that found packets */
	uint64_t cache_hits, classifier_hits, misses, subtables_searched;
	uint64_t searches_paused; /* pauses of long searches, in which light queues had turns */
	/* Of the bursts that were measured, a few in a hundred: packets, and cycles by stage. */
	uint64_t stage_packets, stage_cycles[SWP_N_STAGES];
};

/* Load over about the last ten seconds. Busy share: cycles / span. */
struct swp_load {
	uint64_t span;	 /* TSC cycles that have passed */
	uint64_t cycles; /* of them, spent on packets */
	uint64_t packets;
};

/* Samples the counters from which loads are computed, and follows the speeds of links. Called once
 * a second. O(queues). */
void swp_loads_sample(struct swp *s);

/* Grows the flow caches to the number of megaflows, unless their size is configured: two entries for
 * each, a power of two from 262,144 to 8,388,608. Called once a second. O(workers), and the time to
 * clear what is added. */
void swp_caches_fit(struct swp *s);

/* Reports the load of a worker that exists. O(1). */
void swp_worker_load(struct swp *s, unsigned int worker, struct swp_load *out);

struct swp_queue_info {
	uint32_t port;
	const char *port_name; /* valid as long as the port */
	unsigned int queue;
	unsigned int worker;	  /* that polls it */
	uint64_t cycles, packets; /* since the port was added */
	struct swp_load load;
};

/* Calls 'cb' for each receive queue that is polled, in order of port number and queue. */
void swp_queue_each(struct swp *s, void (*cb)(const struct swp_queue_info *q, void *aux),
		    void *aux);

/* Moves receive queues between workers if, by the loads of the last 'n_seconds' (at most 10), the
 * busiest worker would lose more than 'gain_percent' of its time. Returns the number of queues
 * moved; 0 also while an earlier move is under way. Does not block. No packet of a queue is lost or
 * overtaken: the new worker polls it once the round of the old one is over, so packets wait in the
 * queue for at most one round more. Where workers have transmit queues of their own, the device may
 * send what the new worker sent before the rest of what the old one did.
 * O(queues * log(queues) + queues * workers). */
unsigned int swp_workers_balance(struct swp *s, unsigned int n_seconds, unsigned int gain_percent);

/* Returns the number of workers, which are numbered from 0. Thread: any. */
unsigned int swp_n_workers(const struct swp *s);

/* Reads the counters of a worker that exists. Thread: any. */
void swp_worker_stats(struct swp *s, unsigned int worker, struct swp_worker_stats *out);

/* Returns the longest sleep of a worker that exists. A packet that arrives while it sleeps waits for
 * this time and what the kernel needs to wake it. Thread: any. */
unsigned int swp_worker_sleep_us(const struct swp *s, unsigned int worker);

/* Returns the entries of a worker's flow cache. Thread: any. */
unsigned int swp_worker_cache_entries(const struct swp *s, unsigned int worker);

/* Returns the number of subtables: distinct masks of each port, summed. Thread: any. */
unsigned int swp_n_masks(struct swp *s);
