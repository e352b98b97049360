/* SPDX-License-Identifier: Apache-2.0 */
/* Flow tables in translation.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Looks up 'table', executes the rule, and follows goto_table. 'in_port' is the input port for the
 * first lookup only. reported: a miss may be sent to controllers. As in Open vSwitch, misses after a
 * resubmit are not sent, and those in a table of goto_table may be. */
void run_table(struct run *run, uint8_t table, struct xlate_ofp_port in_port, bool reported);
