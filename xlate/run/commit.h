/* SPDX-License-Identifier: Apache-2.0 */
/* The sets and tags that bring the datapath's view of the packet up to date.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* For a port: none is the end of a tunnel, so what a tunnel would have is not told to the
 * datapath, which might not be able to. */
void commit_packet(struct run *run);
void commit(struct run *run);
