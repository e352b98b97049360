/* SPDX-License-Identifier: Apache-2.0 */
/* How a packet enters a bridge.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* The packet is in this bridge, by an OpenFlow port. */
void run_enter_bridge(struct run *run, struct xlate_bridge *br, uint32_t in_port);

/* Finds who owns the port. A port that is not in its bridge's set is on its way out. */
void run_find_bridge(struct run *run);

/* As run_find_bridge(), for a packet that a controller sends. */
void run_take_bridge(struct run *run);
