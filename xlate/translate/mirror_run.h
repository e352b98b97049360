/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors in translation.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Copies of a packet that has come in, or that goes out, at a port. */
void run_mirror_in(struct run *run, const struct port *port);
void run_mirror_out(struct run *run, const struct port *port);
