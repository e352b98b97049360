/* SPDX-License-Identifier: Apache-2.0 */
/* The software datapath: poll threads over DPDK ethdevs. Implements flow/dp.h.
 *
 * EAL is initialised before swp_create(). Every function below is for the control thread
 * (RCU-registered, online) unless it says otherwise; functions that stop or wait block. */
#pragma once

#include <flow/dp.h>
#include <flow/nic.h>
#include <flow/parse.h>

#include <base/log.h>

struct swp;

#define SWP_WORKERS_MAX 16
#define SWP_PORTS_MAX 1024 /* datapath port numbers are 0..SWP_PORTS_MAX-1 */
/* Distinct masks of the megaflows of one port; further ones are refused with -ENOSPC and counted. */
#define SWP_PORT_MASKS_MAX 256

/* Packet buffers by default: 32 ports of one queue for each of few workers. */
#define SWP_MBUFS_AUTO(n_workers) ((n_workers) < 6 ? 20480u * (1 + (n_workers)) : 131072u)
#define SWP_MBUFS_AUTO_MIN 8192

struct swp_config {
	unsigned int n_workers;	    /* 1..SWP_WORKERS_MAX; 0: 1 */
	int cores[SWP_WORKERS_MAX]; /* CPU to pin worker i to; -1: not pinned */
	uint64_t seed;		    /* of hashes */
	unsigned int cache_entries; /* flow cache per worker, a power of two; 0: 8,192 */
	unsigned int n_mbufs;	 /* 0: SWP_MBUFS_AUTO, or as many of these as there is memory for */
	unsigned int mbuf_bytes; /* of a frame in one packet buffer, 2,048..16,384; 0: 2,048 */
	unsigned int miss_queue_len; /* per handler and port, a power of two; 0: 256 */
	unsigned int idle_sleep_us;  /* longest sleep of an idle worker; 0: never sleeps */
	/* A device has reported something: swp_links_read() is due. NULL: nobody listens. Thread: any, and
	 * it must not block. */
	void (*device_event)(void *aux);
	/* Before a device is stopped, and after it has started again: who makes rules through it takes
	 * them out, and may put them back. -ETIMEDOUT: the device must not be stopped. NULL: nobody does.
	 * Thread: control, online. */
	int (*device_down)(void *aux, uint16_t ethdev);
	void (*device_up)(void *aux, uint16_t ethdev);
	void *aux;
	struct log *log;
};

/* Makes the datapath and starts its workers, which poll nothing yet. */
int swp_create(const struct swp_config *config, struct swp **out);

/* Ports are removed and handlers stopped. */
void swp_destroy(struct swp *s);

/* The datapath contract; lives as long as 's'. */
struct dp *swp_dp(struct swp *s);

/* The owner of ethdevs as drivers of NICs see it; lives as long as 's', whose control thread waits while
 * something is held. */
struct nic_devices *swp_devices(struct swp *s);

#define SWP_MTU_MIN 68
#define SWP_MTU_MAX 9216

/* How a port uses its device. 0: the default. */
struct swp_port_config {
	uint16_t mtu;	/* SWP_MTU_MIN..SWP_MTU_MAX; default: the device's own */
	uint16_t n_rxq; /* default: one for each worker with RSS, else all that the device has */
	uint16_t n_rxd; /* descriptors of each queue; default: 512, as far as the driver has them */
	uint16_t n_txd;
};

/* Adds a port: 'devargs' is the name of an ethdev that exists, or DPDK device arguments that name an
 * ethdev of a device ("0000:03:00.0,representor=vf0") or make one ("net_netdev0,iface=veth0").
 * Without representor= the ethdev is the device's own.
 *
 * 'config' may be NULL. On error nothing is left and 'err' says what is wrong: -EEXIST, -ENODEV, -EINVAL,
 * -EBUSY, -ENOSPC (numbers, Ethernet ports of DPDK, packet buffers), or what the driver said. */
int swp_port_add(struct swp *s, const char *name, const char *devargs,
		 const struct swp_port_config *config, uint32_t *port, char *err, size_t n_err);

/* Sets the MTU of a port under traffic: its device stops meanwhile, some milliseconds, and what is sent
 * to the port drops (port-gone). Its hardware rules are the caller's to remove before and to offer again.
 * -EINVAL or what the driver said, with 'err': the port goes on as it was, or shows its fault. Blocks. */
int swp_port_mtu_set(struct swp *s, uint32_t port, uint16_t mtu, char *err, size_t n_err);

/* Removes a port under traffic. The device is unplugged when its last port is removed, if
 * swp_port_add() plugged it. Upcalls of the port that a handler took stay valid, those still queued are
 * freed; outputs to it are dropped (port-gone). Blocks. -ENOENT, or -ENOMEM: nothing changed. */
int swp_port_del(struct swp *s, uint32_t port);

/* Who tells of a port's link. */
enum swp_link_source {
	SWP_LINK_POLLED,    /* nobody: the device has to be asked */
	SWP_LINK_INTERRUPT, /* the device */
	SWP_LINK_NETDEV,    /* the kernel, of the network interface behind the device */
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
	bool link_up;	    /* as told last */
	bool device_counts; /* swp_port_stats.received is the device's count, hardware's part included */
	enum swp_link_source link_source;
	/* When the link changed last. 0: unknown, or the link is down. */
	uint32_t link_mbps;
	bool link_full_duplex, link_autoneg;
	uint32_t speed_capa;  /* what the device can: bits RTE_ETH_LINK_SPEED_*, 0: unknown */
	unsigned int ifindex; /* of the network interface behind the device; 0: none */
	unsigned int n_rxq, n_txq, n_rxd, n_txd;
	unsigned int n_buffers; /* packet buffers that it may hold beside upcalls */
	char fault[128];	/* why the port does not run; "" while it does */
};

/* Packet buffers: how many there are, and for what. */
struct swp_buffers_info {
	unsigned int n, n_bytes;	   /* of the pool; bytes of a frame in one */
	unsigned int n_threads, n_ports;   /* that these may hold */
	unsigned int upcalls_max, upcalls; /* that upcalls may hold, and hold now */
};
void swp_buffers_info(const struct swp *s, struct swp_buffers_info *out);

/* Asks no device: O(1). */
int swp_port_info(struct swp *s, uint32_t port, struct swp_port_info *out);

/* Takes the link of the port's device up or down. Returns 0, -ENOENT, -ENOTSUP where the device
 * cannot, or what the driver said. Blocks. */
int swp_port_link_set(struct swp *s, uint32_t port, bool up);

/* Asks devices about their links: those that reported a change, and with 'poll' those that report
 * none. Calls 'changed' for each port whose link has changed. O(ports), and a question to each of
 * these devices. */
void swp_links_read(struct swp *s, bool poll, void (*changed)(uint32_t port, bool up, void *aux),
		    void *aux);

/* Acts upon devices that reported to be gone, or to need a reset, after swp_config.device_event and twice a
 * second: their ports stop, or start again; swp_port_info.fault says why one does not run. Calls 'changed'
 * for each port that has stopped or started. O(ports), if nothing was reported. */
void swp_devices_recover(struct swp *s, void (*changed)(uint32_t port, void *aux), void *aux);

/* Sets the link of all ports that have this network interface, as the kernel told it. Calls 'changed'
 * for those whose link has changed. O(ports). */
void swp_netdev_link_set(struct swp *s, unsigned int ifindex, bool up,
			 void (*changed)(uint32_t port, bool up, void *aux), void *aux);

/* Number of ports that swp_links_read() has to poll. */
unsigned int swp_links_polled(const struct swp *s);

/* Calls 'cb' for each port, by number. */
void swp_port_each(struct swp *s, void (*cb)(uint32_t port, void *aux), void *aux);

/* What the workers counted of a port. For packets that came in there:
 *     rx_packets + recirculated = hits + misses + sum of rx_drops
 * where a miss was queued to a handler. Never goes back while the port is there. */
struct swp_port_stats {
	uint64_t rx_packets, rx_bytes;
	uint64_t recirculated;	  /* treated again, with another recirc_id */
	uint64_t hits, hit_bytes; /* by a megaflow */
	uint64_t cache_hits;	  /* of these, found by the flow cache */
	uint64_t misses;
	uint64_t action_upcalls;	     /* copies sent to a handler by an action */
	uint64_t rx_drops[FLOW_N_DROPS];     /* neither hit nor miss: queue full, few buffers left
					      * for upcalls, paused, less than an Ethernet header
					      * (malformed), ... */
	uint64_t upcall_drops[FLOW_N_DROPS]; /* of the misses: a handler released it with a reason,
					      * or was stopped with it in its queue (queue full) */
	uint64_t action_drops[FLOW_N_DROPS]; /* dropped by an action or while executing: explicit,
					      * port-gone, tx-full, ...; a copy for a handler that
					      * was not queued, or that it released with a reason */
	uint64_t parse[FLOW_N_PARSE_STATUSES];
	uint64_t flow_refusals; /* megaflows of this port that were not put for want of room: it has
				 * SWP_PORT_MASKS_MAX masks (their packets take the slow path) */
	uint64_t tx_packets, tx_bytes; /* sent out of this port by the workers */
	uint64_t
		tx_dropped; /* to be sent out of this port, and not taken by the device or too long for
			      * it; action_drops of the port that they came by has them, too */
	/* What the device says; 0 where it says nothing. */
	uint64_t dev_missed, dev_rx_errors, dev_tx_errors;
	uint64_t dev_no_buffers; /* lost at the device for want of packet buffers */
	/* Times that the device reported this (swp_devices_recover). */
	uint64_t dev_resets, dev_removals;
	/* Everything that entered the port, hardware's part included: the device's own count where it
	 * has one (xstats "rx_eswitch_packets" and "_bytes", or "rx_vport_packets" and "_bytes"), else
	 * rx_packets and rx_bytes. */
	uint64_t received, received_bytes;
};
int swp_port_stats(struct swp *s, uint32_t port, struct swp_port_stats *out);

struct swp_worker_stats {
	int core;
	uint64_t polls, empty_polls, sleeps;
	uint64_t packets, bursts; /* packets: as often as they were looked up */
	uint64_t cycles_busy;	  /* TSC, of polls that found packets */
	uint64_t cache_hits, classifier_hits, misses, subtables_searched;
};
unsigned int swp_n_workers(const struct swp *s);
void swp_worker_stats(struct swp *s, unsigned int worker, struct swp_worker_stats *out);

/* Number of subtables: distinct masks of each port, summed. Thread: any. */
unsigned int swp_n_masks(struct swp *s);
