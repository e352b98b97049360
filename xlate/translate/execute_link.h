/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: choices among links.
 *
 * Thread safety: as run.h. */
#pragma once

#include "run/run.h"

void execute_multipath(struct run *run, const struct xlate_action *a);

/* Returns the port of a bundle, or XLATE_PORT_NONE. */
uint16_t bundle_choose_member(struct run *run, const struct xlate_bundle *b);
