/* SPDX-License-Identifier: Apache-2.0 */
/* Enters the flows that the kernel's datapath has from an earlier daemon into the ledger, in steps, so that the control
 * thread does other work between them. Handlers and revalidators wait meanwhile.
 *
 * Thread safety: control only. */
#pragma once

#include <kernel/kdp.h>
#include <upcall/upc.h>

struct ctl_adoption;

struct ctl_adoption_of {
	struct kdp *kdp;
	struct upc *upc;
	struct log *log;
	const char *name; /* of the datapath; lives as long as the adoption */
};

/* Returns 0 or -ENOMEM. */
int ctl_adoption_create(const struct ctl_adoption_of *of, struct ctl_adoption **out);

/* Takes a step: a part of a dump, some hundred flows at most. Returns 1 if more follow, 0 at the end, when the log has
 * their number. Flows that cannot be entered, and after an error those that were not read, are removed by the first
 * sweep. */
int ctl_adoption_step(struct ctl_adoption *a);

/* Returns the number of flows so far. */
unsigned int ctl_adoption_n(const struct ctl_adoption *a);

/* In the middle, too: the kernel's flows stay. 'a' may be NULL. */
void ctl_adoption_destroy(struct ctl_adoption *a);
