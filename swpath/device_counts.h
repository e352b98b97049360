/* SPDX-License-Identifier: Apache-2.0 */
/* What the device of a port counts by itself, since the port began.
 *
 * A device may have counted before, may begin again at each start, and may not answer. What is told of
 * it never goes back.
 *
 * Thread safety: control only. */
#pragma once

#include "port.h"

/* Before each start: what the device has counted so far is not this port's. */
void swp_device_counts_prepare(struct swp_port *p);

/* After each start. */
void swp_device_counts_begin(struct swp_port *p);

/* Reads the counts; p->dev_counts.total has them. Also before each stop, which may lose them. */
void swp_device_counts_read(struct swp_port *p);
