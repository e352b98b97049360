/* SPDX-License-Identifier: Apache-2.0 */
/* What a datapath offers to the control thread beside flow/dp.h: ports and their state and counts. The
 * daemon has one: the software path, or that of the kernel. What the software path alone has (workers,
 * receive queues, packet buffers) is asked of 'swp' of the stack, which is NULL for the other.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

#include <jansson.h>

struct ctl_local;
struct ctl_netdev;
struct ctl_port;

/* State of a port, as both datapaths know it. */
struct ctl_port_info {
	char name[64];
	char device[256]; /* DPDK device arguments, or the interface */
	char driver[32];
	struct flow_mac mac;
	uint16_t mtu;
	uint16_t ethdev; /* number in DPDK; 0: none */
	bool link_up;	 /* as last reported */
	/* As of the last change of the link. 0: unknown, or the link is down. */
	uint32_t link_mbps;
	bool link_full_duplex, link_autoneg;
	uint32_t speed_capa;	 /* RTE_ETH_LINK_SPEED_*; 0: unknown */
	unsigned int ifindex;	 /* of the network interface behind the port; 0: none */
	const char *link_source; /* of its reports: "poll", "interrupt", "netdev" */
	char fault[128];	 /* why the port has stopped; "" while it runs */
};

/* Packets that a port received and sent on both paths.
 *
 * Received packets are counted by the device, if its count includes hardware's part; else they are
 * the sum of the datapath's count and of the megaflows' in hardware. Sent packets are the sum of the
 * datapath's count and of the megaflows' in hardware, whose counters may be up to
 * ofl_counters_age_ns() old. Counts do not decrease while the port exists. */
struct ctl_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t hw_tx_packets, hw_tx_bytes; /* hardware's part of tx_packets, tx_bytes */
	/* Received but dropped before a megaflow was looked up; not accepted by the device
	 * to send. */
	uint64_t rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors; /* as the device reports them */
	/* The datapath's part of the received: matched by a megaflow, and sent to a handler. */
	uint64_t hits, hit_bytes, misses;
	uint64_t rx_drops[FLOW_N_DROPS]; /* neither hit nor miss */
	/* Released by handlers, and dropped by actions. */
	uint64_t upcall_drops[FLOW_N_DROPS], action_drops[FLOW_N_DROPS];
};

/* Lookups of all ports. */
struct ctl_datapath_totals {
	uint64_t hits, misses, lost;
	uint64_t searched; /* masks, over all lookups; 0: not counted */
	unsigned int n_masks;
};

typedef void (*ctl_port_cb)(uint32_t dp_port, void *aux);
typedef void (*ctl_link_cb)(uint32_t dp_port, bool up, void *aux);

struct ctl_datapath {
	const char *name; /* "software", "kernel" */

	/* Drivers of steering devices that ports are offered to; NULL-terminated. */

	/* Adds a port. Returns 0, or -errno with 'err'. */
	int (*port_add)(struct ctl_stack *s, const struct ctl_port *port, uint32_t *dp_port,
			char *err, size_t n_err);
	int (*port_del)(struct ctl_stack *s, uint32_t dp_port);

	/* Calls 'cb' for each port, in order of port number. */
	void (*port_each)(struct ctl_stack *s, ctl_port_cb cb, void *aux);

	/* Return 0 or -ENOENT. */
	int (*port_info)(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_info *out);
	int (*port_counts)(struct ctl_stack *s, uint32_t dp_port, struct ctl_port_counts *out);

	/* Return what this datapath shows of a port besides; NULL if there is no port or memory.
	 * 'counts' of FLOW_PORT_NONE: of a port without a device, all 0. */
	json_t *(*details)(struct ctl_stack *s, uint32_t dp_port);
	json_t *(*counts)(struct ctl_stack *s, uint32_t dp_port);

	/* Sets the MTU, if not 0, and who makes checksums and segments, if given. */
	int (*device_set)(struct ctl_stack *s, uint32_t dp_port, const struct swp_port_config *set,
			  char *err, size_t n_err);

	/* Returns 0, -ENOENT, -ENOTSUP or the device's -errno. */
	int (*link_set)(struct ctl_stack *s, uint32_t dp_port, bool up);

	/* Takes a report of the kernel, and calls 'cb' for ports whose link it changes. */
	void (*link_report)(struct ctl_stack *s, const struct ctl_netdev *n, ctl_link_cb cb,
			    void *aux);

	/* Reads links that devices reported; with 'poll', which is twice a second, of those too that
	 * never report. 'restarted' receives ports whose device stopped or started again. */
	void (*links_read)(struct ctl_stack *s, bool poll, ctl_link_cb changed,
			   ctl_port_cb restarted, void *aux);

	void (*totals)(struct ctl_stack *s, struct ctl_datapath_totals *out);

	/* Returns counters of what it could not do; in an object, by reason. NULL: no memory. */
	json_t *(*faults)(struct ctl_stack *s);

	/* Takes a step of entering the flows of an earlier daemon (upc_adopt()), before upc_release(). Returns 1 if more
	 * follow, 0 at the end. NULL: there are none. */
	int (*adopt)(struct ctl_stack *s);

	/* Returns the number of flows that were entered. NULL: there are none. */
	unsigned int (*n_adopted)(struct ctl_stack *s);

	/* Makes the description of a bridge's LOCAL port. Returns 0, or -errno with 'err'. */
	int (*local_make)(const struct ctl_stack *s, const char *bridge, struct ctl_local *out,
			  char *err, size_t n_err);
};
