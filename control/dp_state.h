/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables have of the datapath beside megaflows: meters, and which links are up.
 *
 * Thread safety: control only. */
#pragma once

#include "stack.h"

/* Gives the tables the datapath's meters. */
void ctl_meters_join(struct ctl_stack *s);

/* Tells the tables which ports are up, and when that has changed waits until flows follow. Call
 * often. */
void ctl_links_poll(struct ctl_stack *s);
