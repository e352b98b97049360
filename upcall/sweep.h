/* SPDX-License-Identifier: Apache-2.0 */
/* The leader's part of a pass: choice of its kind, begin and end. Thread: the
 * leader, unless stated. */
#pragma once

#include "core.h"

void sweep_init(struct upc *u);
void sweep_free(struct upc *u);

/* Begins a pass if one is needed. Returns false and the time until which none is. Blocks. */
bool sweep_try(struct upc *u, uint64_t *until_ns);

/* sweep_judged(): all flows of the pass were judged. sweep_end(): the pass has ended. */
void sweep_judged(struct upc *u);
void sweep_end(struct upc *u);
/* Ends a full sweep that has passes left; calls that wait for it wait for another one. */
void sweep_abort(struct upc *u);
