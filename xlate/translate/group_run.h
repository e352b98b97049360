/* SPDX-License-Identifier: Apache-2.0 */
/* Groups in translation.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void run_group(struct run *run, uint32_t id);
