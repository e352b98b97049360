/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a packet into a bridge.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Enters a bridge by an OpenFlow port, or returns to one. Returns 0 or -ENOMEM; it does not fail for
 * the first bridge of a run, or for one that the run has been in. */
int run_enter_bridge(struct run *run, struct xlate_bridge *br, struct xlate_ofp_port in_port);

/* Enters the bridge that owns the datapath port, or the tunnel. Ignores a port that its bridge's set does not
 * have: it is being removed. */
void run_find_bridge(struct run *run);

/* Enters the bridge of a packet that a controller sends. */
void run_take_bridge(struct run *run);

/* Frees all visits with their drafts. */
void run_visits_free(struct run *run);
