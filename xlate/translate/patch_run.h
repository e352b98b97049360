/* SPDX-License-Identifier: Apache-2.0 */
/* Patch ports in translation.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

struct port;

/* Sends the packet to a patch port: the pipeline of the peer's bridge runs for a copy, below one
 * more level of resubmits. The packet outside continues as it was. */
void run_patch(struct run *run, const struct port *port);
