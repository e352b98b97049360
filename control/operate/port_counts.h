/* SPDX-License-Identifier: Apache-2.0 */
/* What a port received and sent on both paths.
 *
 * What came in is the device's own count where it has one that includes hardware's part, else what
 * workers received and what flows in hardware counted. What left is what workers sent and what flows in
 * hardware sent. Hardware's part of the latter is as old as its counters may be
 * (ofl_counters_age_ns()).
 *
 * Thread safety: control. */
#pragma once

#include "operate/stack.h"

struct ctl_port_counts {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	uint64_t hw_tx_packets, hw_tx_bytes; /* hardware's part of tx_packets, tx_bytes */
	/* Received and given up before any flow saw it, and not taken by the device for sending. */
	uint64_t rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors; /* what the device says */
};

/* 'st' receives the workers' counts, from which a part of 'out' is made. Counts never go back while the
 * port exists. Returns 0 or -ENOENT. */
int ctl_port_counts(const struct ctl_stack *s, uint32_t dp_port, struct swp_port_stats *st,
		    struct ctl_port_counts *out);
