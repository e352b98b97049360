/* SPDX-License-Identifier: Apache-2.0 */
/* Conservation: every packet that a port received is counted in exactly one place.
 *
 * Two equations per port:
 *     paths:   received + recirculated = hardware + uncounted + hits + upcalls + drops before either,
 *              by reason
 *     ledger:  what megaflows count by path = what the paths count
 * At rest both hold exactly. Under traffic the terms are not read at one instant; each is off by no
 * more than what arrived between a look before the barrier and one after the terms were read.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

struct ctl_audit_port {
	uint32_t dp_port;
	char name[64];
	bool device_counts; /* the device counts what its hardware forwards; else not checked */
	uint64_t received, recirculated, hw, hits, upcalls, drops;
	uint64_t reasons[FLOW_N_DROPS]; /* 'drops' by reason, but for: */
	uint64_t missed;		/* the device had no room in its queue */
	uint64_t no_buffers;		/* times that the device was out of packet buffers */
	/* What rules treated after their last reading, on a device whose counters end with its rules. */
	uint64_t uncounted;
	uint64_t ledger_hw, ledger_sw, ledger_upcalled;
	uint64_t released;		   /* upcalls that a handler dropped: in no megaflow */
	uint64_t in_motion;		   /* packets that arrived or came back meanwhile */
	int64_t diff;			   /* received less the paths */
	int64_t diff_hw, diff_sw, diff_up; /* paths less the ledger */
};

struct ctl_audit {
	struct ctl_audit_port *ports; /* owned */
	unsigned int n_ports, n_looks;
	bool balanced;
	uint64_t in_motion;
};

/* Returns 0 or -ENOMEM. */
int ctl_audit_create(struct ctl_audit **out);
void ctl_audit_destroy(void *a);

/* Begins a look. After the time that is returned what hardware counted before the look is told; then the
 * caller settles the paths (UPC_CALL_SETTLE), and ends the look. Returns nanoseconds. */
uint64_t ctl_audit_begin(struct ctl_stack *s, struct ctl_audit *a);

/* Ends a look. Returns false if another one may be closer to the truth. */
bool ctl_audit_end(struct ctl_stack *s, struct ctl_audit *a);

/* True when no difference of the port exceeds what was in motion. */
bool ctl_audit_port_balanced(const struct ctl_audit_port *p);
