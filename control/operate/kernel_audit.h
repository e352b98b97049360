/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the ledger with the flows of the kernel's datapath, and the daemon's ports with the kernel's.
 *
 * Neither stops meanwhile, so a difference may be a change in progress: each is looked at again, and one that
 * remains at the last look, some hundred milliseconds later, is no change.
 *
 *     1. each flow of the kernel is in the ledger, with the same match and actions;
 *     2. each megaflow of the ledger is in the kernel, with at least the packets that were read of it;
 *     3. the flows that differ are read again, AUDIT_LOOKS times;
 *     4. each port is in the kernel with its number, device and kind.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/kernel_ports.h"

#include <upcall/upc.h>

/* Name, and what to do. */
/* clang-format off */
#define CTL_AUDIT_KINDS(K) \
	K(MISSING, "missing", "another program removed it; sweeps forget it, and packets make it again") \
	K(UNKNOWN, "unknown", "another program added it; the next sweep removes it") \
	K(FOREIGN, "foreign", "another program added it, and no sweep can remove it: ovs-dpctl del-flow") \
	K(MATCH, "match", "another program replaced it: ovs-appctl revalidator/purge") \
	K(ACTIONS, "actions", "another program changed it: ovs-appctl revalidator/purge") \
	K(COUNTS, "counts", "another program added it again; rules lack the packets before that") \
	K(PORT_MISSING, "port-missing", "another program removed it: wait, or tandem port del and add") \
	K(PORT_OTHER, "port-other", "another device has its number: tandem port del and add")
/* clang-format on */

enum ctl_audit_kind {
#define K(id, name, next) CTL_AUDIT_##id,
	CTL_AUDIT_KINDS(K)
#undef K
		CTL_AUDIT_N_KINDS,
	CTL_AUDIT_SAME = CTL_AUDIT_N_KINDS,
};

extern const char *const ctl_audit_kind_names[CTL_AUDIT_N_KINDS];
extern const char *const ctl_audit_kind_nexts[CTL_AUDIT_N_KINDS];

/* One thing that differs. The texts are owned; NULL: the side does not have it. */
struct ctl_audit_difference {
	enum ctl_audit_kind kind;
	struct flow_ufid ufid; /* zero: of a port, or FOREIGN */
	uint32_t port;	       /* of a port; else FLOW_PORT_NONE */
	char *kernel, *ours;
};

/* Differences that are looked at again; more are counted. */
#define CTL_AUDIT_MAX 1024

struct ctl_kernel_audit_of {
	struct kdp *kdp;
	const struct ctl_kernel_ports *ports;
	struct upc *upc;
};

struct ctl_kernel_audit_result {
	const struct ctl_audit_difference *differences; /* borrowed from the audit */
	unsigned int n;
	uint64_t n_kernel, n_ledger;		/* flows that were compared */
	uint64_t n_changing;			/* differences that were gone at a later look */
	uint64_t n_unexamined;			/* beyond CTL_AUDIT_MAX */
	unsigned int n_unowned;			/* ports of the kernel that no bridge has */
	unsigned int n_lost;			/* ports that wait for their interface */
	uint64_t n_vanished, n_orphans;		/* that sweeps found meanwhile */
	unsigned int n_flows_most, n_asks_most; /* of one step: flows, requests to the kernel */
};

struct ctl_kernel_audit;

/* Returns 0 or -ENOMEM. */
int ctl_kernel_audit_create(const struct ctl_kernel_audit_of *of, struct ctl_kernel_audit **out);

/* Takes a step, which compares some hundred flows at most. Returns 1 if more follow, after '*wait_ns'; 0 at the
 * end; -ENODEV: the datapath is gone; or the -errno for which the kernel's flows cannot be read. Blocks for
 * requests to the kernel. */
int ctl_kernel_audit_step(struct ctl_kernel_audit *a, uint64_t *wait_ns);

/* After the last step. */
void ctl_kernel_audit_result(const struct ctl_kernel_audit *a, struct ctl_kernel_audit_result *out);

/* In the middle, too. 'a': struct ctl_kernel_audit, or NULL. */
void ctl_kernel_audit_destroy(void *a);
