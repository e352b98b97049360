/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables have of the datapath beside megaflows: meters.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

/* Gives the tables the datapath's meters. */
void ctl_meters_join(struct ctl_stack *s);
