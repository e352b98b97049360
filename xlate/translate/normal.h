/* SPDX-License-Identifier: Apache-2.0 */
/* The NORMAL action: a learning switch.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

/* Executes the NORMAL action. */
void run_normal(struct run *run);
