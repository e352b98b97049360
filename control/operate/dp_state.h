/* SPDX-License-Identifier: Apache-2.0 */
/* The state that the tables keep in the datapath beside megaflows: meters.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

/* Makes the tables use the datapath's meters. */
void ctl_meters_join(struct ctl_stack *s);
