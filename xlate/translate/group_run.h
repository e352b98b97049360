/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in translation.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Executes the buckets of a group, by its type. A missing group is noted in the trace. */
void run_group(struct run *run, uint32_t id);
