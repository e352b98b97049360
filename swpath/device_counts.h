/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that a port's device keeps itself, counted since the port was added.
 *
 * A device may have counted before, may restart its counters at each start, and may fail to answer.
 * The totals reported here never decrease.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Called before each start: notes the device's counts so far, which are not this port's. */
void swp_device_counts_prepare(struct swp_port *p);

/* Called after each start: finds out which counters the start has reset. */
void swp_device_counts_begin(struct swp_port *p);

/* Reads the counters into p->dev_counts.total. Also called before each stop, which may reset
 * them. */
void swp_device_counts_read(struct swp_port *p);
