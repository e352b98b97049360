/* SPDX-License-Identifier: Apache-2.0 */
/* The end of flow-restore-wait, with which every daemon starts whose datapath may have flows.
 *
 * While it waits, the datapath forwards by the flows that an earlier daemon left, drops misses, and is
 * neither read nor changed but for ports; controllers are not connected, and commands and RUNDIR/BRIDGE.mgmt
 * restore the tables. At the end of the wait the flows are entered in the ledger, some in each turn of the event
 * loop, so that commands are answered meanwhile; then upcall threads start, and controllers are connected.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

struct ctl_restore;
struct event_base;

enum ctl_restore_phase {
	CTL_RESTORE_WAITS,
	CTL_RESTORE_ADOPTS,
	CTL_RESTORE_OVER, /* from the start, if nothing is to be restored */
};

/* Returns 0 or -ENOMEM. */
int ctl_restore_create(struct event_base *base, struct ctl_stack *s, struct ctl_restore **out);

/* In any phase. If flows are being entered, those of the datapath stay as they are: the next daemon enters them. 'r' may
 * be NULL. */
void ctl_restore_destroy(struct ctl_restore *r);

/* Ends the wait, if it waits. A datapath with few flows is through all phases on return. */
void ctl_restore_proceed(struct ctl_restore *r);

/* Returns the phase. 'rc': 0, or why upcall threads could not be started the last time, after which it waits again. */
enum ctl_restore_phase ctl_restore_phase(const struct ctl_restore *r, int *rc);
