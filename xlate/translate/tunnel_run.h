/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that are sent to tunnel ports.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Emits the tunnel that the port sends the packet to. Returns false if it has no far end, or the run has
 * stopped: nothing is to be sent. */
bool run_tunnel(struct run *run, const struct xlate_tunnel *config);
