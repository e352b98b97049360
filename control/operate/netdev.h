/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's network interfaces, over rtnetlink.
 *
 * Thread safety: control only. */
#pragma once

#include <flow/key.h>

#include <net/if.h>

/* An interface as the kernel reports it. */
struct ctl_netdev {
	unsigned int ifindex;
	bool there; /* false: it was removed, or moved to another namespace */
	bool up;    /* true: administratively up, with carrier */
	/* Not set if it is not there. */
	bool has_master; /* it is a part of a bridge, a bond or a datapath */
	char name[IFNAMSIZ];
	uint32_t mtu;
	struct flow_mac mac; /* zero if its address is no Ethernet address */
};

/* Opens a non-blocking socket that receives a message for each change of any interface. Returns its
 * descriptor or -errno. */
int ctl_netdev_watch_open(void);

/* Reads at most 64 messages and calls 'cb' for each interface in them. Returns 0 or -errno; after
 * an error, such as -ENOBUFS, reports may be lost, and the caller queries every interface. */
int ctl_netdev_watch_read(int fd, void (*cb)(const struct ctl_netdev *n, void *aux), void *aux);

/* Discards reports. Called after an error, before ctl_netdev_list(): the reports that are still there are
 * older than what it returns. */
void ctl_netdev_watch_drain(int fd);

/* Lists every interface, in order of ifindex; the caller frees the list. Blocks for up to a second for each
 * part of an answer. Returns 0 or -errno; -EINTR: they changed so often meanwhile that none of some
 * attempts had all. Cost: O(interfaces). */
int ctl_netdev_list(struct ctl_netdev **out, size_t *n);

/* Queries one interface. Blocks for up to a second. Returns 0 or -errno; for an interface that does
 * not exist, 0 with 'there' false. */
int ctl_netdev_get(unsigned int ifindex, struct ctl_netdev *out);

/* Queries an interface by name, in the same way; -EINVAL if that is longer than a name can be. Unlike
 * if_nametoindex() it makes the kernel load no module "netdev-NAME", which takes a process for each name. */
int ctl_netdev_find(const char *name, struct ctl_netdev *out);

/* Returns the ifindex of an interface, or 0 if there is none, or it cannot be queried. Blocks likewise. */
unsigned int ctl_netdev_ifindex(const char *name);
