/* SPDX-License-Identifier: Apache-2.0 */
/* Datapaths of the kernel, as its messages describe them.
 *
 * A datapath is named as its internal port 0, and identified by the ifindex of that.
 *
 * Thread safety: one thread at a time for a connection. */
#pragma once

#include "family.h"

#include <linux/openvswitch.h>
#include <net/if.h>

struct kdp_datapath {
	char name[IFNAMSIZ];
	int ifindex;
	uint32_t features; /* OVS_DP_F_*, as the kernel accepted them */
	struct ovs_dp_stats stats;
};

/* Creates a datapath with the features of 'wanted', or as many of them as the kernel has: it is asked
 * again without OVS_DP_F_DISPATCH_UPCALL_PER_CPU, then without OVS_DP_F_VPORT_PIDS. Misses of its
 * internal port are sent to netlink port 'pid'; 0: they are dropped. Returns 0, -EEXIST (a datapath
 * or an interface has the name), -EPERM, or another -errno of the kernel. */
int kdp_datapath_new(struct kdp_conn *c, const struct kdp_families *f, const char *name,
		     uint32_t wanted, uint32_t pid, struct kdp_datapath *out);

/* Finds a datapath by name, or by ifindex if 'name' is NULL. Returns 0 or -ENODEV. */
int kdp_datapath_get(struct kdp_conn *c, const struct kdp_families *f, const char *name,
		     int ifindex, struct kdp_datapath *out);

/* Negotiates the features of an existing datapath, as kdp_datapath_new(). Its flows and ports stay.
 * Returns 0 or -ENODEV; then 'd' is as the kernel has it. */
int kdp_datapath_adopt(struct kdp_conn *c, const struct kdp_families *f, uint32_t wanted,
		       struct kdp_datapath *d);

/* Sets the netlink ports of processors 0..n-1, for OVS_DP_F_DISPATCH_UPCALL_PER_CPU. Upcalls of a
 * processor beyond them use port [number modulo n]. Returns 0 or -ENODEV. */
int kdp_datapath_pids_set(struct kdp_conn *c, const struct kdp_families *f,
			  const struct kdp_datapath *d, const uint32_t *pids, unsigned int n);

/* Deletes a datapath with its ports and flows; network devices that were its ports remain. Returns 0
 * or -ENODEV. */
int kdp_datapath_del(struct kdp_conn *c, const struct kdp_families *f, int ifindex);
