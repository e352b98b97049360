/* SPDX-License-Identifier: Apache-2.0 */
/* The first rules of a bridge, by its fail mode and controllers. Thread safety: control only. */
#pragma once

#include "command/call.h"

/* Returns whether a bridge with this fail mode and these controllers starts as a
 * learning switch. */
bool ctl_bridge_is_switch(struct agent *a, const char *name);

/* Replaces all rules of a bridge by its first rules: NORMAL for a learning switch, else none.
 * Returns 0, or -errno with 'err'. */
int ctl_call_rules_reset(struct ctl_call *c, struct xlate_bridge *br);
