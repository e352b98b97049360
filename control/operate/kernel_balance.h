/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the counts of the kernel's ports and those of their megaflows conserve packets.
 *
 * For each device of the kernel
 *     received + recirculated = hits + upcalls + unknown
 * where 'unknown' are packets that it received before the daemon had it, that handlers released, or for which the kernel had
 * no upcall. Only the last two may grow: each look compares with the one before. Under traffic the terms are not read at
 * one instant; the error is at most what arrived between a reading before the barrier and one after the terms were
 * read ('in_motion').
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

struct ctl_kernel_balance_port {
	uint32_t dp_port;
	char name[64];
	uint64_t received, recirculated, hits, upcalls;
	uint64_t released;  /* of 'unknown': dropped by handlers */
	uint64_t in_motion; /* arrived or were recirculated during the look */
	int64_t unknown;
	int64_t grown; /* since the look before, if the port was in that */
	bool is_read;  /* in this look */
	bool has_grown;
	struct {
		uint64_t arrivals; /* when this look began */
		/* Of the look before. */
		uint64_t released, in_motion;
		int64_t unknown;
	} before;
};

struct ctl_kernel_balance {
	struct ctl_kernel_balance_port *ports; /* owned; in order of dp_port */
	unsigned int n_ports;
	unsigned int at;	   /* port with which the next step begins */
	uint64_t lost, lost_grown; /* by the kernel, whatever the port */
	unsigned int n_looks;
	bool balanced;
};

/* A look is these calls, with a turn of the event loop after each that returns true:
 *
 *     ctl_kernel_balance_begin(s, b);
 *     while (ctl_kernel_balance_arrivals(s, b)) ...
 *     UPC_CALL_SETTLE
 *     while (ctl_kernel_balance_terms(s, b)) ...
 *     more = !ctl_kernel_balance_end(b);
 *
 * Begins one: lists the ports. Returns 0 or -ENOMEM. 'b' is all zero at first. */
int ctl_kernel_balance_begin(struct ctl_stack *s, struct ctl_kernel_balance *b);

/* Read some ports, at most CTL_KERNEL_BALANCE_PORTS. Return whether more follow. Cost: a few requests to the kernel for
 * each. */
#define CTL_KERNEL_BALANCE_PORTS 128
bool ctl_kernel_balance_arrivals(struct ctl_stack *s, struct ctl_kernel_balance *b);
bool ctl_kernel_balance_terms(struct ctl_stack *s, struct ctl_kernel_balance *b);

/* Ends a look. Returns false if the caller should begin another: the first one compares nothing, and one that is not
 * balanced may be followed by one that is. */
bool ctl_kernel_balance_end(struct ctl_kernel_balance *b);

/* Returns true if what is unknown grew by no more than what explains it. */
bool ctl_kernel_balance_port_is(const struct ctl_kernel_balance *b,
				const struct ctl_kernel_balance_port *p);

void ctl_kernel_balance_free(struct ctl_kernel_balance *b);
