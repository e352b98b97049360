/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables in translation.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

/* Looks up in a table and executes, goto_table included. The first lookup, and nothing else, takes
 * 'in_port' for where the packet came from. tell: controllers may be told when it finds nothing; as
 * Open vSwitch has it, they are not after a resubmit, and may be for a table that goto_table
 * names. */
void run_table(struct run *run, uint8_t table, uint32_t in_port, bool tell);
