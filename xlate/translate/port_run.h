/* SPDX-License-Identifier: Apache-2.0 */
/* Ports in translation.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Receives the packet at its input port, and copies it to mirrors. Returns false if the port does
 * not accept it, with the reason in run->end.why. */
bool run_receive(struct run *run);

/* The same for a copy that comes by a patch port, which mirrors do not select. */
bool run_admit(struct run *run);

/* Commits, and sends to a port if its configuration allows it. A copy for a patch port continues in
 * the bridge of its peer. */
void run_output(struct run *run, const struct port *port);

/* Sends to every port except the input port and ports with a flag of 'left_out'. */
void run_flood(struct run *run, uint32_t left_out);
