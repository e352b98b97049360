/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the table in execute.c: selection of a link.
 *
 * Thread safety: see run.h. */
#pragma once

#include "run/run.h"

void execute_multipath(struct run *run, const struct xlate_action *a);

/* Returns a port of a bundle, or XLATE_PORT_NONE if none is live. */
uint16_t execute_bundle_member(struct run *run, const struct xlate_bundle *b);
