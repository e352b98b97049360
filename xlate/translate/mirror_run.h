/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors in translation.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Copy a packet that is received at, or sent to, a port to the mirrors that select it. */
void run_mirror_in(struct run *run, const struct port *port);
void run_mirror_out(struct run *run, const struct port *port);
