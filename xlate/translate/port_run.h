/* SPDX-License-Identifier: Apache-2.0 */
/* Ports in translation.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Copies to mirrors too. False: the port that the packet came in at does not take it; run->end.why says
 * why. */
bool run_receive(struct run *run);

/* Commits and sends to a port, if its configuration lets it. */
void run_output(struct run *run, const struct port *port);

/* Sends to every port but the packet's, and but those that have a bit of 'left_out' in their flags. */
void run_flood(struct run *run, uint32_t left_out);
