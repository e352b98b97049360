/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's network interfaces, over rtnetlink.
 *
 * Thread safety: control only. */
#pragma once

#include <stdbool.h>

/* What the kernel says of an interface. */
struct ctl_netdev {
	unsigned int ifindex;
	bool there; /* false: it was removed, or went to another namespace */
	bool up;    /* administratively, and its carrier is there */
};

/* A socket that reads a message for each change of any interface; it does not block. -errno. */
int ctl_netdev_watch_open(void);

/* Reads what came, 64 messages of the kernel at most, and calls 'cb' for each interface in it.
 * Returns 0, or -ENOBUFS: reports were lost, so every interface has to be asked. */
int ctl_netdev_watch_read(int fd, void (*cb)(const struct ctl_netdev *n, void *aux), void *aux);

/* Asks about one interface. Waits for a second at most. 0 or -errno; an interface that does not exist is
 * no error. */
int ctl_netdev_get(unsigned int ifindex, struct ctl_netdev *out);
