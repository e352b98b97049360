/* SPDX-License-Identifier: Apache-2.0 */
/* Emits the sets and tags that bring the datapath's view of the packet up to date.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* As commit(), without tunnel fields, for an output to a port: no port is the end of a tunnel, and
 * the datapath might not support them. */
void commit_packet(struct run *run);
void commit(struct run *run);
