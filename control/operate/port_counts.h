/* SPDX-License-Identifier: Apache-2.0 */
/* The packets that a port received and sent on both paths.
 *
 * Received packets are counted by the device, if its count includes hardware's part; else they are
 * the sum of the workers' count and of the megaflows' in hardware. Sent packets are the sum of the
 * workers' count and of the megaflows' in hardware, whose counters may be up to
 * ofl_counters_age_ns() old.
 *
 * Thread safety: control. */
#pragma once

#include "operate/stack.h"

struct ctl_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t hw_tx_packets, hw_tx_bytes; /* hardware's part of tx_packets, tx_bytes */
	/* Received but dropped before a megaflow was looked up; not accepted by the device
	 * to send. */
	uint64_t rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors; /* as the device reports them */
};

/* '*st' receives the software path's counts, on which '*out' is based. Counts do not decrease while
 * the port exists. Returns 0 or -ENOENT. */
int ctl_port_counts(const struct ctl_stack *s, uint32_t dp_port, struct swp_port_stats *st,
		    struct ctl_port_counts *out);

/* Returns the packets that crossed a patch port, those of hardware included, as of the last sweep of
 * their megaflows. Returns 0 or -ENOENT. */
int ctl_patch_counts(const struct ctl_stack *s, const char *name, struct ctl_port_counts *out);
