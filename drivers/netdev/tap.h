/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a TAP's queues. The interface exists as long as one of them is open: that of the first
 * queue, which is open until the device closes. While the port is stopped no file is attached, and the
 * kernel drops what the host sends.
 *
 * Thread safety: control only. */
#pragma once

#include "netdev.h"

/* Makes the interface and sets it up, or takes an existing TAP of this name. Returns its file or
 * -errno. */
int netdev_tap_make(const struct netdev_args *a);

/* Attaches or opens a file for each receive queue; those send too. Returns 0, or -errno with none
 * attached. */
int netdev_tap_start(struct netdev *n, unsigned int frame_bytes_max);

void netdev_tap_stop(struct netdev *n);

/* Adds the kernel's drops since the last call to 'missed' of the first queue. */
void netdev_tap_missed_read(struct netdev *n);
