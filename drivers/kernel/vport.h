/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of a kernel datapath, as its messages describe them.
 *
 * Thread safety: one thread at a time for a connection. */
#pragma once

#include "family.h"

#include <linux/openvswitch.h>
#include <net/if.h>

struct kdp_vport {
	/* OVS_VPORT_TYPE_*: NETDEV, a network device by name; INTERNAL, a new one; GRE, VXLAN and
	 * GENEVE, a new tunnel device that takes its remote address from each packet's tunnel key. */
	uint32_t type;
	uint32_t number; /* KDP_PORT_ANY in a request: the lowest that is free */
	char name[IFNAMSIZ];
	uint16_t udp_port; /* VXLAN, GENEVE: host order; 0: none */
	int ifindex;	   /* 0 if the kernel does not report it */
	struct ovs_vport_stats stats;
};

#define KDP_PORT_ANY UINT32_MAX
#define KDP_PORTS_MAX 65535 /* numbers are below it */

/* Adds the port that 'p' describes, and completes it. Misses are spread by flow hash over netlink
 * ports 'pids', n of them, not 0; unless the datapath dispatches by processor. One pid of 0: misses
 * are dropped. Returns 0; -EEXIST: the name or number has a port, or the UDP port a tunnel of this
 * type; -EBUSY: the device is in another datapath or bridge; -ENODEV: no such device or datapath;
 * -EAFNOSUPPORT: the kernel lacks the module of the type (vport-vxlan, vport-geneve, vport-gre). */
int kdp_vport_new(struct kdp_conn *c, const struct kdp_families *f, int dp, const uint32_t *pids,
		  unsigned int n, struct kdp_vport *p);

/* Finds a port of the datapath by number, or by name if 'name' is not NULL. Returns 0 or -ENODEV. */
int kdp_vport_get(struct kdp_conn *c, const struct kdp_families *f, int dp, const char *name,
		  uint32_t number, struct kdp_vport *out);

/* Replaces the netlink ports. Returns 0 or -ENODEV. */
int kdp_vport_pids_set(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t number,
		       const uint32_t *pids, unsigned int n);

/* Removes a port; a device of type NETDEV remains. Returns 0, -ENODEV, or -EINVAL for port 0. */
int kdp_vport_del(struct kdp_conn *c, const struct kdp_families *f, int dp, uint32_t number);

/* Calls 'each' for every port of the datapath. It may not use the connection. Returns 0, -ENODEV, or
 * the first error of 'each'. Cost: O(ports). */
int kdp_vport_dump(struct kdp_conn *c, const struct kdp_families *f, int dp,
		   int (*each)(void *aux, const struct kdp_vport *p), void *aux);
