/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of counters: every packet that a port received must be counted in exactly one place.
 *
 * Two equations per port:
 *     paths:   received + recirculated = hardware + uncounted + hits + upcalls + drops before either,
 *              by reason
 *     ledger:  counts of the megaflows by path = counts of the paths
 * Without traffic both hold exactly. Under traffic the terms are not read at one instant; the error
 * is at most the number of packets that arrived between a reading before the barrier and one after
 * the terms were read ('in_motion').
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

struct ctl_audit_port {
	uint32_t dp_port;
	char name[64];
	bool device_counts; /* 'received' includes hardware's part by the device's own count */
	uint64_t received, recirculated, hw, hits, upcalls, drops;
	uint64_t reasons[FLOW_N_DROPS]; /* 'drops' by reason, without 'missed' */
	uint64_t missed;		/* dropped by the device: its queue was full */
	uint64_t no_buffers;		/* how often the device had no packet buffer */
	/* Packets that hardware rules treated after their last reading, on a device whose counters
	 * end with its rules, or after one was lost with its counters ('tails' of ofl_stats). */
	uint64_t uncounted;
	uint64_t ledger_hw, ledger_sw, ledger_upcalled;
	uint64_t released;  /* upcalls that a handler dropped, counted by no megaflow */
	uint64_t in_motion; /* packets that arrived or were recirculated meanwhile */
	int64_t diff;	    /* left side of the paths equation less its right */
	int64_t diff_hw, diff_sw, diff_up; /* counts of the paths less those of the ledger */
};

struct ctl_audit {
	struct ctl_audit_port *ports; /* owned */
	unsigned int n_ports, n_looks;
	bool balanced;
	uint64_t in_motion;
};

/* Returns 0 or -ENOMEM. ctl_audit_destroy() frees the struct ctl_audit 'a'. */
int ctl_audit_create(struct ctl_audit **out);
void ctl_audit_destroy(void *a);

/* Begins a look. Returns how many nanoseconds the caller has to wait until the counters of
 * hardware have been read again. Then the caller settles the paths (UPC_CALL_SETTLE) and
 * calls ctl_audit_end(). */
uint64_t ctl_audit_begin(struct ctl_stack *s, struct ctl_audit *a);

/* Ends a look. Returns false if the caller should begin another, which may be more exact. */
bool ctl_audit_end(struct ctl_stack *s, struct ctl_audit *a);

/* Returns true if no difference of the port exceeds its 'in_motion'. */
bool ctl_audit_port_balanced(const struct ctl_audit_port *p);
