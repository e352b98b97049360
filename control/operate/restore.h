/* SPDX-License-Identifier: Apache-2.0 */
/* The end of flow-restore-wait, with which every daemon starts whose datapath may have flows.
 *
 * While it waits, the datapath forwards by the flows that an earlier daemon left, drops misses, and is
 * neither read nor changed but for ports; controllers are not connected, and commands and RUNDIR/BRIDGE.mgmt
 * restore the tables.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

/* Enters the flows that the datapath has, starts upcall threads, and connects to controllers. Returns 0,
 * also if nothing waits; or -errno: threads cannot be created, and the daemon waits on. Cost: O(flows of the datapath). */
int ctl_restore_end(struct ctl_stack *s);
